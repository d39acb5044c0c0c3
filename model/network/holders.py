"""Who holds: accounts by the population or the target that they belong to."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from model.bridges.base import Bridge
from model.markets.base import Market
from model.world.accounts import OUTSIDE
from model.world.board import PriceFeed
from model.world.chain import Chain
from model.world.claim import ClaimToken
from model.world.target import Target
from model.world.timelock import Timelock
from model.world.venue import TradingVenue
from model.world.world import World

OUTSIDE_NODE = "outside"
FINAL_TYPES = ("group", OUTSIDE_NODE)
_TYPES: tuple[tuple[type[Target], str], ...] = (
    (TradingVenue, "venue"), (Market, "market"), (ClaimToken, "claim"), (PriceFeed, "feed"), (Chain, "chain"), (Bridge, "bridge"),
    (Timelock, "timelock"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Holding:
    """Tokens of one holder in one form: ``wallet`` (a ledger balance), ``gas`` (a purse), ``owed`` (in flight, in a queue, due to a
    position in a venue), ``deposit`` (owed by a market), ``debt`` (owed to it), ``pledged`` (yet to be given for a hole) or ``own`` (what a
    target has beyond what it owes).

    ``holder`` is ``<type>:<name>``; ``chain`` where it is held, or will arrive; ``at`` the chain of a wallet or the target that owes or is
    owed; ``token`` its name on that chain (see ``model.network.forms``).
    """

    holder: str
    chain: str
    at: str
    form: str
    token: str
    amount: float
    account: int = -1


@dataclass(frozen=True, slots=True)
class Position:
    """One account in one market: what the market owes it and what it owes, token -> amount."""

    account: int
    holder: str
    market: str
    chains: dict[str, str]
    deposits: dict[str, float] = field(default_factory=dict)
    debts: dict[str, float] = field(default_factory=dict)


def type_of(target: Target) -> str:
    """The type of a target's node; ``other`` for a kind of target that is none of the known ones."""
    return next((word for cls, word in _TYPES if isinstance(target, cls)), "other")


def node_of(target: Target) -> str:
    """Name of a target's node."""
    return f"{type_of(target)}:{target.name}"


def is_final(holder: str) -> bool:
    """Whether a holder owns what it holds: a population or the outside, no target."""
    return holder.partition(":")[0] in FINAL_TYPES


class Holders:
    """Names of holders by account: a target's own accounts are the target, the rest are populations (``group:<name>``)."""

    def __init__(self, world: World) -> None:
        names, starts = world.accounts.groups()
        own = {account: node_of(target) for target in world.targets.values() for account in target.accounts()}
        self.starts = np.array(starts, dtype=np.int64)
        self.names = [
            OUTSIDE_NODE if start == OUTSIDE else own.get(start, f"group:{name}") for name, start in zip(names, starts, strict=True)
        ]

    def of(self, account: int) -> str:
        """Holder of an account."""
        return self.names[self.place(account)]

    def place(self, account: int) -> int:
        """Place of the population of an account in ``names``."""
        return int(np.searchsorted(self.starts, account, side="right")) - 1
