"""What an action can be aimed at, and the call that reaches it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from model.core.actions import Action, Because
from model.core.errors import Refused
from model.core.journal import Recorded
from model.world.audit import Identity

if TYPE_CHECKING:
    from model.world.world import World


@dataclass(slots=True)
class Call:
    """Who asks, when and why: what a target's method is told beside the action."""

    world: World
    chain: str
    sender: int
    now: float
    because: Because | None = None


class Target(Recorded):
    """Something on one chain that actions are aimed at: a venue, a market, a claim, a feed, a bridge, the chain itself.

    A subclass lists its ``verbs``; each is a method ``verb(call, action) -> float`` that returns the amount that it settled and raises
    ``Refused`` where it will not. ``account`` is its own account in the ledger.
    """

    verbs: ClassVar[frozenset[str]] = frozenset()
    ungoverned: ClassVar[str] = "nothing of it can be governed"
    """Why there is no verb ``govern``, where there is none."""

    def __init__(self, world: World, name: str, chain: str, account: int) -> None:
        self.journal = world.journal
        self.world = world
        self.name = name
        self.chain = chain
        self.account = account

    @property
    def chains(self) -> tuple[str, ...]:
        """Chains from which actions can be aimed at it: its own; a bridge or a hub has several."""
        return (self.chain,)

    def perform(self, call: Call, action: Action) -> float:
        """Carry out one action."""
        if action.verb not in self.verbs:
            raise Refused("not_offered", f"{self.name} has no {action.verb}")
        settled: float = getattr(self, action.verb)(call, action)
        return settled

    @property
    def lends_flash(self) -> bool:
        """Whether it makes flash loans."""
        return type(self).flash_lend is not Target.flash_lend

    def flash_fee(self, token: str) -> float:
        """Fee of a flash loan as a share of it."""
        return 0.0

    def flash_most(self, token: str) -> float:
        """Most that it lends of a token in a flash loan now; 0 where it lends none."""
        return 0.0

    def flash_lend(self, call: Call, token: str, amount: float) -> float:
        """Credit flash funds to the sender and return the fee to be paid with them."""
        raise Refused("no_flash_loans", self.name)

    def flash_collect(self, call: Call, token: str, amount: float) -> None:
        """Collect flash funds and fee from the sender."""
        raise Refused("no_flash_loans", self.name)

    def observe(self, pair: str) -> tuple[float, float]:
        """What a feed reads here: value and weight (depth). ``pair`` is ``token/numeraire`` for a venue, empty for what a claim or a share
        is worth in units of its (first) backing; a token alone stands for the units of it behind one.

        Raises:
            LookupError: there is nothing to read.
        """
        behind = self.stands_on()
        if pair not in behind:
            raise LookupError(f"{self.name} states no price of {pair or 'its own'}")
        return behind[pair], 0.0

    def stands_on(self) -> Mapping[str, float]:
        """Units of each token that stand behind one unit of the token named after this target; empty where there is no such token."""
        return {}

    @property
    def issues(self) -> bool:
        """Whether there is a token named after it: a claim, or the shares of a venue or a vault."""
        return False

    def grant(self, holders: NDArray[np.int64], amounts: NDArray[np.float64]) -> None:
        """Genesis: distinct ``holders`` get ``amounts`` of the token named after this target, from whoever has it then.

        Raises:
            ValueError: there is no such token, or not enough of it.
        """
        raise ValueError(f"{self.name} is no token that can be held")

    def accounts(self) -> tuple[int, ...]:
        """The ledger accounts in which this target keeps what it holds for others."""
        return (self.account,)

    def owes(self) -> Iterable[tuple[int, str, float]]:
        """(account, token, amount) of what is set aside for accounts beside its own token: redemptions and messages on their way."""
        return ()

    def next_due(self) -> float:
        """Time of the next thing that happens here by itself (a message arrives), in seconds; infinity for never."""
        return math.inf

    def settle(self, now: float) -> None:
        """Let happen what is due by ``now``; called at :meth:`next_due`, which must lie later afterwards. Outside of transactions."""

    def audit(self) -> Iterable[Identity]:
        """Identities of this target's own books."""
        return ()
