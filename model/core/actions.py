"""The closed vocabulary of actions, and transactions made of them. Actions are data; a chain dispatches each to the method of its
target that has the verb's name. What a kind needs beyond is typed parameters: ``terms``, a dataclass that the kind declares.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

ALL: Final = math.inf
"""As an amount: all that there is (the balance, the debt, the shares). Leaves an exact zero."""

PREVIOUS: Final = -math.inf
"""As an amount: what the action before it in the transaction settled. The chain puts the figure in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One request. ``target`` is the name of a venue, market, claim, bridge, feed or chain of the same chain."""

    verb: ClassVar[str]
    target: str
    terms: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Action):
    """Move tokens to another account; target is the chain."""

    verb = "transfer"
    token: str
    amount: float
    to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap(Action):
    """Sell ``amount`` of ``sell`` for ``buy`` on a venue, for no less than ``min_received`` in all."""

    verb = "swap"
    sell: str
    buy: str
    amount: float
    min_received: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLiquidity(Action):
    """Add tokens to a venue for shares."""

    verb = "add_liquidity"
    amounts: tuple[tuple[str, float], ...]
    min_shares: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveLiquidity(Action):
    """Burn shares of a venue for all tokens in proportion, for ``token`` alone, or for exact ``amounts``."""

    verb = "remove_liquidity"
    shares: float = ALL
    token: str | None = None
    amounts: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply(Action):
    """Lend to, or place collateral with, a market."""

    verb = "supply"
    token: str
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Action):
    """Take back what was supplied."""

    verb = "withdraw"
    token: str
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrow(Action):
    """Borrow against collateral."""

    verb = "borrow"
    token: str
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Repay(Action):
    """Repay debt, one's own or that of ``borrower``."""

    verb = "repay"
    token: str
    amount: float
    borrower: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger(Action):
    """Set a mechanism going for its gas compensation or tip: bark, absorb, liquidate a trove, close an auction."""

    verb = "trigger"
    item: Hashable = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Take(Action):
    """Take an offer at its quoted price: fixed spread, Dutch auction, discounted sale. ``amount`` is what is paid in, in the
    token that the offer asks for, unless ``terms`` says otherwise. A market that cuts what is asked settles for no less than
    ``min_received`` of what it gives (where it gives it at once).
    """

    verb = "take"
    item: Hashable
    amount: float = ALL
    min_received: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bid(Action):
    """Bid ``amount`` for an item; escrowed until outbid or until the auction closes."""

    verb = "bid"
    item: Hashable
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mint(Action):
    """Give the backing of a claim for the claim; target is the claim's token."""

    verb = "mint"
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeem(Action):
    """Give a claim back for its backing, at once or through its queue; target is the claim's token."""

    verb = "redeem"
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect(Action):
    """Collect what is due: a finished redemption, a finished bridge message, fees, surplus collateral."""

    verb = "collect"
    item: Hashable = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge(Action):
    """Send tokens to another chain."""

    verb = "bridge"
    token: str
    amount: float
    to_chain: str
    recipient: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post(Action):
    """State a price on a feed; only its reporters may."""

    verb = "post"
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Govern(Action):
    """Replace parameters of the target (dotted place -> value); passes a timelock."""

    verb = "govern"
    changes: tuple[tuple[str, Any], ...]


VERBS: Final = tuple(
    cls.verb
    for cls in (
        Transfer, Swap, AddLiquidity, RemoveLiquidity, Supply, Withdraw, Borrow, Repay, Trigger, Take, Bid, Mint, Redeem,
        Collect, Bridge, Post, Govern,
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Flash:
    """Funds lent for the length of one transaction by ``lender`` (a market), bounded by its cash."""

    lender: str
    token: str
    amount: float


@dataclass(frozen=True, slots=True)
class Because:
    """What a sale serves: ``kind`` is ``liquidation`` or ``deleveraging``, ``item`` the liquidation's or the unwinding's number.
    The thread by which cascades are attributed.
    """

    kind: str
    item: int = -1


@dataclass(frozen=True, slots=True)
class Transaction:
    """All or nothing. ``tip`` is the priority fee in gas-token units per unit of gas, ``expires_at`` a time in seconds."""

    actions: tuple[Action, ...]
    tip: float = 0.0
    gas_limit: float | None = None
    expires_at: float = math.inf
    flash: Flash | None = None
    because: Because | None = None
    chain: str | None = None
    """Chain to send it to, the sender's own by default."""
    note: str = field(default="", compare=False)
    """For the sender's own use; comes back with the receipt."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a transaction: ``executed``, ``reverted`` (with its ``reason``), ``expired`` or ``dropped``.

    ``results`` holds, for each executed action, the amount that it settled; ``gas`` units used; ``fee`` in the gas token.
    """

    transaction: Transaction
    status: str
    time: float
    reason: str = ""
    results: tuple[float, ...] = ()
    gas: float = 0.0
    fee: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether it was executed."""
        return self.status == "executed"
