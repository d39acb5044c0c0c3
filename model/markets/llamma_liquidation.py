"""Hard liquidation of a loan whose health is gone: pay what its bands' stablecoins do not cover of the debt, receive its collateral.

Source: crvUSD documentation of Controller.liquidate and liquidate_extended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from model.core.actions import ALL, Action, Take, Trigger
from model.core.errors import Refused
from model.markets.base import Offer, Quote
from model.markets.bookkeeping import ROUNDING, Seizure
from model.world.target import Call

if TYPE_CHECKING:
    from model.markets.llamma import Llamma


@dataclass(frozen=True, slots=True)
class Liquidate:
    """Item of a ``Take`` (of a ``Trigger`` where the bands' stablecoins cover the debt): whose loan."""

    borrower: int


@dataclass(frozen=True, slots=True)
class Closing:
    """What closing ``share`` of a loan settles: debt cleared, paid by the liquidator, stablecoins of the bands used, and what the
    liquidator receives: collateral, and stablecoins beyond the debt.
    """

    share: float
    cleared: float
    paid: float
    used: float
    collateral: float
    surplus: float


def closing(market: Llamma, row: int, payment: float) -> Closing:
    """What paying up to ``payment`` settles: a part of the loan in proportion."""
    (x, y), debt = market.holdings(row), market.owed(row)
    cost = max(debt - x, 0.0)
    share = 1.0 if payment >= cost * (1.0 - ROUNDING) else payment / cost
    return Closing(share, debt * share, cost * share, min(x, debt) * share, y * share, max(x - debt, 0.0) * share)


def check(market: Llamma, call: Call, item: object) -> tuple[int, float]:
    """Row and health of a loan that the sender may liquidate: owners their own at any health."""
    row = market.book.find(item.borrower) if isinstance(item, Liquidate) else None
    if row is None or market.owed(row) <= 0.0:
        raise Refused("no_position", f"{item}")
    health = market.health_of(row)
    if not health < 1.0 and market.book.owners[row] != call.sender:
        raise Refused("healthy", f"health {health}")
    return row, health


def liquidate(market: Llamma, call: Call, item: object, payment: float) -> float:
    """Liquidate a loan, wholly or in part; returns the collateral received."""
    market.accrue()
    row, health = check(market, call, item)
    if not payment >= 0.0:
        raise Refused("invalid_amount", f"{payment}")
    done = closing(market, row, payment)
    if not done.share > 0.0:
        raise Refused("invalid_amount", f"{payment}")
    venue, ledger = market.venue, market.ledger
    market.leave(row, done.share)
    if done.paid > 0.0:
        market.burn(call.sender, done.paid)
    if done.used > 0.0:
        market.burn(venue.account, min(done.used, ledger.balance(market.stablecoin, venue.account)))
    market.relieve(row, done.cleared)
    if done.surplus > 0.0:
        ledger.move(market.stablecoin, venue.account, call.sender, done.surplus)
    if done.collateral > 0.0:
        ledger.move(market.token, venue.account, call.sender, done.collateral)
    sale = Seizure(row, market.stablecoin, done.cleared, market.token, done.collateral, 0.0, health, "llamma")
    market.note_liquidation(call, sale)
    return done.collateral


def offers_of(market: Llamma, row: int) -> list[Offer]:
    """The open offer of a loan whose health is gone."""
    if market.owed(row) <= 0.0 or not market.health_of(row) < 1.0:
        return []
    item = Liquidate(market.book.owners[row])
    limit = closing(market, row, ALL).paid

    def quote(size: float) -> Quote:
        done = closing(market, row, size)
        return Quote(done.paid, done.collateral, done.surplus)

    def take(size: float) -> Action:
        return Take(target=market.name, item=item, amount=ALL if size >= limit * (1.0 - ROUNDING) else size)

    def trigger(size: float) -> Action:
        return Trigger(target=market.name, item=item)

    if limit > 0.0:
        return [Offer("take", market.name, item, row, market.stablecoin, market.token, limit, quote, take)]
    return [Offer("trigger", market.name, item, row, "", market.token, 0.0, quote, trigger, market.stablecoin)]
