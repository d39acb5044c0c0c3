"""Liquidation of vaults: what both auctions share. A vault's debt becomes the system's, its collateral a lot; what the lot raises is the
system's; what it does not raise is a loss that the loss rule lays on somebody.

Source: MakerDAO dss Dog (bark, digs), Cat (bite, claw), Vow (fess).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from model.core.actions import ALL, Bid, Take, Trigger
from model.core.errors import Refused
from model.liquidation.dutch_auction import DutchAuction
from model.markets.bookkeeping import Seizure
from model.markets.maker_state import Lot, VaultType
from model.world.target import Call

if TYPE_CHECKING:
    from model.markets.maker import Maker


@dataclass(frozen=True, slots=True)
class Bark:
    """Item of a ``Trigger``, and of a ``Bid`` that starts the English auction it bids in: whose vault of which type."""

    borrower: int
    type: str


@dataclass(frozen=True, slots=True)
class LotNumber:
    """Item of a ``Take`` or a ``Bid`` for collateral, and of a ``Trigger`` that resets, restarts or closes the lot."""

    number: int


@dataclass(frozen=True, slots=True)
class Slice:
    """Terms of a ``Take``: buy up to ``amount`` collateral at no more than ``max_price``, in place of a payment."""

    amount: float = ALL
    max_price: float = ALL


def find_lot(market: Maker, item: object) -> tuple[int, Lot]:
    """A running lot by its item."""
    number = item.number if isinstance(item, LotNumber) else -1
    if number not in market.running:
        raise Refused("no_such_item", f"{item}")
    return number, market.running[number]


def unsafe(market: Maker, item: Bark) -> tuple[VaultType, int, float]:
    """Type, row and health of a vault that may be liquidated."""
    kind = market.types.get(item.type)
    row = market.book.find(item.borrower)
    if kind is None or row is None:
        raise Refused("no_position", f"{item}")
    check_running(kind, 1)
    market.accrue(kind)
    health = market.health_in(kind, row)
    if not health < 1.0:
        raise Refused("healthy", f"health {health}")
    return kind, row, health


def check_running(kind: VaultType, level: int) -> None:
    """Refuse what a halt of this level or a higher one stops. Source: Clipper.isStopped."""
    if kind.params.stopped >= level:
        raise Refused("stopped", f"{kind.name} at level {kind.params.stopped}")


def room(market: Maker, kind: VaultType) -> float:
    """Debt with penalty that may still go on auction."""
    return float(min(market.params.hole - market.dirt, kind.params.hole - kind.dirt))


def grab(market: Maker, kind: VaultType, row: int, lot: float, debt: float, now: float) -> None:
    """Take collateral and debt off a vault; the debt is the system's from now on, and waits before it may be covered."""
    market.take_from(kind.column, row, lot)
    art = debt / kind.rate
    kind.total = max(kind.total - market.take_from(len(market.types) + kind.column, row, art), 0.0)
    market.sin += debt
    market.queue[now] = market.queue.get(now, 0.0) + debt


def put_up(market: Maker, call: Call, kind: VaultType, lot: Lot) -> int:
    """Put a lot under the hammer; returns its number."""
    number = market.world.number("auctions")
    market.running[number] = lot
    soil(market, kind, lot.sale.tab)
    note(market, call, number, "start", lot, 0.0)
    return number


def soil(market: Maker, kind: VaultType, change: float) -> None:
    """Change what is on auction, of the type and in all; nothing running leaves an exact zero."""
    kind.dirt += change
    market.dirt += change
    if not any(lot.type == kind.name for lot in market.running.values()):
        kind.dirt = 0.0
    if not market.running:
        market.dirt = 0.0


def suck(market: Maker, taker: int, amount: float) -> None:
    """Pay out of nothing: the system's debt rises by as much."""
    if amount > 0.0:
        market.sin += amount
        market.mint(taker, amount)


def end(market: Maker, call: Call, number: int, lot: Lot) -> None:
    """A lot is gone. Debt that it did not raise is a loss, and the loss rule says who bears it."""
    del market.running[number]
    soil(market, market.types[lot.type], -market.left(lot))
    note(market, call, number, "end", lot, 0.0)
    shortfall = lot.debt - lot.raised
    if shortfall > 1e-9 * lot.debt:
        free = market.surplus() - (market.sin - market.expected() - shortfall)
        bearers = {"reserves": max(free, 0.0)}
        if market.params.governance_token:
            bearers["governance"] = ALL
        market.note_bad_debt(call, lot.row, market.stablecoin, market.loss.split(shortfall, bearers))


def note(market: Maker, call: Call, number: int, step: str, lot: Lot, price: float) -> None:
    """Write an auction event."""
    name = market.world.accounts.name(call.sender)
    market.world.events.emit("auctions", call.now, market.chain, number, market.name, step, name, lot.sale.lot, market.left(lot), price)


def note_sale(market: Maker, call: Call, lot: Lot, repaid: float, seized: float) -> None:
    """Write a liquidation event: debt tokens paid for collateral of a lot."""
    kind = market.types[lot.type]
    mechanism = kind.params.auction.kind
    market.note_liquidation(call, Seizure(lot.row, market.stablecoin, repaid, kind.token, seized, 0.0, lot.health, mechanism))


def is_dutch(market: Maker, kind: str) -> bool:
    """Whether a type is sold by Dutch auction."""
    return isinstance(market.types[kind].auction(), DutchAuction)


def trigger_of(market: Maker, item: Bark | LotNumber) -> Trigger:
    """The action that triggers ``item``."""
    return Trigger(target=market.name, item=item)


def take_of(market: Maker, number: int, amount: float) -> Take:
    """The action that pays ``amount`` into a Dutch auction."""
    return Take(target=market.name, item=LotNumber(number), amount=amount)


@dataclass(frozen=True, slots=True)
class ForLot:
    """Terms of a bid: the collateral that it was meant for, as offered. Another lot of the same vault may be smaller, and the same
    bid would pay more for each token of it.
    """

    offered: float


def bid_of(market: Maker, item: Bark | LotNumber, amount: float, offered: float) -> Bid:
    """The action that bids ``amount`` for a lot of ``offered`` collateral."""
    return Bid(target=market.name, item=item, amount=amount, terms=ForLot(offered))
