"""Who holds what: every balance of every ledger and every position of every market, summed by holder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from model.core.units import AUDIT_TOLERANCE
from model.markets.base import Market
from model.world.accounts import OUTSIDE
from model.world.board import PriceFeed
from model.world.chain import Chain
from model.world.claim import ClaimToken
from model.world.target import Target
from model.world.venue import TradingVenue
from model.world.world import World

OUTSIDE_NODE = "outside"


@dataclass(frozen=True, slots=True)
class Holding:
    """Tokens of one holder in one form: ``wallet`` (a ledger balance), ``deposit`` (owed by a market) or ``debt`` (owed to it).

    ``holder`` is ``<type>:<name>``, ``at`` the chain of a wallet or the market of a position.
    """

    holder: str
    chain: str
    at: str
    form: str
    token: str
    amount: float


@dataclass(frozen=True, slots=True)
class Position:
    """One account in one market: what the market owes it and what it owes, token -> amount."""

    holder: str
    market: str
    deposits: dict[str, float] = field(default_factory=dict)
    debts: dict[str, float] = field(default_factory=dict)


def type_of(target: Target) -> str:
    """The type of a target's node."""
    for cls, word in ((TradingVenue, "venue"), (Market, "market"), (ClaimToken, "claim"), (PriceFeed, "feed"), (Chain, "chain")):
        if isinstance(target, cls):
            return word
    return "bridge"


def custodian_of(claim: ClaimToken) -> str | None:
    """Node of the bridge that holds the backing of a bridged form, None for a claim that holds its own."""
    return f"bridge:{claim.custodian.name}" if isinstance(claim.custodian, Target) else None


class Holders:
    """Names of holders by account: a target's own accounts are the target, the rest are populations (``group:<name>``)."""

    def __init__(self, world: World) -> None:
        names, starts = world.accounts.groups()
        own = {account: f"{type_of(target)}:{name}" for name, target in world.targets.items() for account in target.accounts()}
        self.starts = np.array(starts, dtype=np.int64)
        self.names = [
            OUTSIDE_NODE if start == OUTSIDE else own.get(start, f"group:{name}") for name, start in zip(names, starts, strict=True)
        ]

    def of(self, account: int) -> str:
        """Holder of an account."""
        return self.names[int(np.searchsorted(self.starts, account, side="right")) - 1]


def wallets(world: World, holders: Holders) -> Iterator[Holding]:
    """Every positive sum of ledger balances by holder, chain and token. Gas that a chain keeps for its users is none."""
    for chain, ledger in world.ledgers.items():
        for token in ledger.tokens:
            column = ledger.column(token)
            groups = np.searchsorted(holders.starts, np.arange(len(column)), side="right") - 1
            sums = np.bincount(groups, weights=column, minlength=len(holders.names))
            gross = float(np.abs(column).sum())
            merged: dict[str, float] = {}
            for place in np.flatnonzero(sums > AUDIT_TOLERANCE * gross).tolist():
                merged[holders.names[place]] = merged.get(holders.names[place], 0.0) + float(sums[place])
            for holder, amount in merged.items():
                if not holder.startswith("chain:"):
                    yield Holding(holder, chain, chain, "wallet", token, amount)


def positions(world: World, holders: Holders) -> Iterator[Position]:
    """Every account with something in a market, one by one: debts are settled account by account."""
    for market in world.all(Market):
        for account in market.participants():
            deposits, debts = market.deposits_of(account), market.debts_of(account)
            if deposits or debts:
                yield Position(holders.of(account), market.name, deposits, debts)


def holdings(world: World) -> list[Holding]:
    """Wallets and positions, summed by holder, place, form and token."""
    holders = Holders(world)
    found = list(wallets(world, holders))
    sums: dict[tuple[str, str, str, str], float] = {}
    for position in positions(world, holders):
        for form, amounts in (("deposit", position.deposits), ("debt", position.debts)):
            for token, amount in amounts.items():
                key = (position.holder, position.market, form, token)
                sums[key] = sums.get(key, 0.0) + amount
    for (holder, market, form, token), amount in sums.items():
        found.append(Holding(holder, world.targets[market].chain, market, form, token, amount))
    return found
