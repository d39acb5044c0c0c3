"""Auctioned updates of a feed: the right to liquidate with an update is sold, and what is paid goes to the protocol in the main."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from model.core.actions import Bid, Receipt, Transaction
from model.core.errors import Refused
from model.core.params import Params, param
from model.world.target import Call

if TYPE_CHECKING:
    from model.world.board import PriceFeed
    from model.world.chain import Pending


class AuctionParams(Params):
    """The auction of a feed's updates. Source: Chainlink SVR (smart value recapture), Aave forum 24241; shares: own knowledge.

    The payment is split: first the builder, who carries the bundle; then the protocol's share of the rest; the oracle network has what
    is left. What a liquidator does not bid stays with it.
    """

    fallback: float = param(
        60.0, unit="seconds", gt=0, description="Time after which an update that no liquidator has paid for lands publicly"
    )
    protocol_share: float = param(0.65, unit="fraction", ge=0, le=1, description="Protocol's share of what the builder leaves of it")
    builder_share: float = param(0.1, unit="fraction", ge=0, le=1, description="Share of the payment that the builder of the block keeps")
    winners: int = param(0, unit="bids", ge=0, description="Most bids that follow one update in its bundle; 0: all that do not conflict")


@dataclass(frozen=True, slots=True)
class Payment:
    """Terms of a ``Bid`` on a feed: the token it is paid in, the market whose liquidation it pays for, and the bidder's expected profit
    before the payment (in that token).
    """

    token: str
    market: str
    profit: float


class Bidding(Protocol):
    """Who bids: an account that is told what lost."""

    account: int

    def receive(self, receipt: Receipt) -> None:
        """Told of a bid that lost."""


@dataclass(frozen=True, slots=True)
class Tender:
    """A sealed bid: who, the transaction that ends in its ``Bid``, when it arrives, what it is worth (gas token, at marginal prices)."""

    bidder: Bidding
    transaction: Transaction
    arrival: float
    worth: float
    payment: Payment
    paid: float


@dataclass(slots=True)
class Notice:
    """An update announced but not on chain: its post as it waits, the time at which it lands publicly, the tenders for it."""

    number: int
    feed: PriceFeed
    post: Pending
    closes: float
    tenders: list[Tender] = field(default_factory=list)

    @property
    def due(self) -> float:
        """Time from which a block may settle it: at the first bid that has arrived, else at its close."""
        return min([tender.arrival for tender in self.tenders], default=self.closes)


class UpdateAuction:
    """The auction of one feed in place: takes payments and shares them out. Bids are sealed; a bid whose transaction fails is left out of
    the bundle and pays nothing; of several that succeed each pays what it bid.

    Reporters go by what they announced last, so updates follow each other while earlier ones wait; one that lands withdraws those
    before it.

    Assumes: payment in the token of the debt that is repaid (on chain: ether), so that it moves no venue; every liquidator sees
    every announcement.
    """

    def __init__(self, feed: PriceFeed, params: AuctionParams) -> None:
        self.feed = feed
        self.params = params
        accounts = feed.world.accounts
        self.protocol = accounts.open(f"{feed.name} auction: protocol")
        self.builder = accounts.open(f"{feed.name} auction: builder")
        self.oracle = accounts.open(f"{feed.name} auction: oracle network")
        self.carrying: int | None = None
        """Number of the announced update whose bundle is being executed."""
        self.announced: tuple[float, float] | None = None
        """Value and time of the latest update that is announced and has not landed."""

    def shares(self, paid: float) -> tuple[float, float, float]:
        """What protocol, builder and oracle network get of a payment."""
        builder = paid * self.params.builder_share
        protocol = (paid - builder) * self.params.protocol_share
        return protocol, builder, paid - builder - protocol

    def settle(self, call: Call, action: Bid) -> float:
        """Take a payment and split it; only inside the bundle that carries an update."""
        if self.carrying is None:
            raise Refused("no_auction", self.feed.name)
        ledger = self.feed.world.ledgers[call.chain]
        if not isinstance(action.terms, Payment) or action.terms.token not in ledger.tokens or not 0.0 <= action.amount < math.inf:
            raise Refused("invalid_amount", f"{action.amount}")
        token = action.terms.token
        parts = self.shares(action.amount)
        for account, part in zip((self.protocol, self.builder, self.oracle), parts, strict=True):
            ledger.move(token, call.sender, account, part)
        self.note(call.now, "won", call.sender, action.terms, action.amount)
        return action.amount

    def note(
        self, now: float, step: str, account: int, payment: Payment | None = None, paid: float = 0.0, number: int | None = None
    ) -> None:  # fmt: skip
        """Emit what happened to an update or a bid for it; values in USD by the market's feeds."""
        world = self.feed.world
        unit = world.targets[payment.market].usd(payment.token) if payment is not None else 0.0  # type: ignore[attr-defined]
        split = self.shares(paid) if step == "won" else (0.0, 0.0, 0.0)
        world.events.emit(
            "update_auctions", now, self.feed.chain, self.carrying if number is None else number, self.feed.name, step,
            world.accounts.name(account), payment.market if payment is not None else "", payment.token if payment is not None else "",
            paid, paid * unit, (payment.profit if payment is not None else 0.0) * unit, *(part * unit for part in split),
        )  # fmt: skip
