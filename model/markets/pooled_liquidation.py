"""Liquidation of a pooled market's rows: fixed-spread offers, and what taking one settles.

Source: Aave v2 LendingPoolCollateralManager.liquidationCall; Aave v3 LiquidationLogic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from model.core.actions import ALL, Take
from model.core.errors import Refused
from model.liquidation.base import Position, Settlement, Spread
from model.markets.base import Offer, Quote
from model.world.target import Call

if TYPE_CHECKING:
    from model.markets.pooled import Pooled
    from model.markets.pooled_state import Standing


@dataclass(frozen=True, slots=True)
class Liquidate:
    """Item of a ``Take``: whose debt is repaid for which collateral."""

    borrower: int
    collateral: str
    debt: str


@dataclass(frozen=True, slots=True)
class Receive:
    """Terms of a ``Take``: receive shares of the pool instead of the underlying."""

    shares: bool


_IN_SHARES = Receive(shares=True)


def settlement(market: Pooled, row: int, item: Liquidate, repay: float, standing: Standing) -> Settlement:
    """What repaying up to ``repay`` of a row's debt settles. Raises ``Refused`` where the rules refuse."""
    spread, position = terms_of(market, row, item, standing)
    return spread.settle(position, repay)


def terms_of(market: Pooled, row: int, item: Liquidate, standing: Standing) -> tuple[Spread, Position]:
    """The mechanism, and the row as it sees it."""
    collateral = market.reserves[item.collateral]
    _, threshold, bonus = market.terms_of(item.collateral, market.group_of(row))
    position = Position(
        standing.health, market.owed(item.debt, row), market.price(item.debt), market.supplied(item.collateral, row),
        market.price(item.collateral), standing.debt, standing.collateral, bonus, threshold,
    )  # fmt: skip
    return market.rules.spread(collateral.params.protocol_fee), position


def offers_of(market: Pooled, row: int) -> list[Offer]:
    """Open offers of a row: none while it is healthy or its rules protect it. Collateral that could not be paid out for want of free
    liquidity is offered in shares of the pool, beside the part of it that could.
    """
    standing = market.standing(row)
    if not standing.health < 1.0:
        return []
    try:
        market.rules.check_liquidation(market, row, standing.health)
    except Refused:
        return []
    borrower = market.book.owners[row]
    found = []
    for debt in market.debts_of(borrower):
        for collateral in market.collateral_of(borrower):
            if market.reserves[debt].params.paused or market.reserves[collateral].params.paused:
                continue
            item = Liquidate(borrower, collateral, debt)
            spread, position = terms_of(market, row, item, standing)
            found.extend(_offers(market, row, item, spread, position))
    return found


def _offers(market: Pooled, row: int, item: Liquidate, spread: Spread, position: Position) -> list[Offer]:
    """The offer of the largest repayment; where its collateral cannot be paid out, in shares, and of the part that can be."""
    try:
        whole = spread.settle(position, ALL)
    except Refused:
        return []
    net, cash = whole.seized - whole.protocol_fee, market.cash(item.collateral)
    if not whole.repaid > 0.0:
        return []
    if net <= cash:
        return [_offer(market, row, item, spread, position, whole, ALL, None)]
    found, most = [_offer(market, row, item, spread, position, whole, ALL, _IN_SHARES)], whole.repaid * cash / net * (1.0 - 1e-9)
    try:
        part = spread.settle(position, most)
    except Refused:
        return found
    return [_offer(market, row, item, spread, position, part, most, None), *found] if part.repaid > 0.0 else found


def _offer(
    market: Pooled, row: int, item: Liquidate, spread: Spread, position: Position, whole: Settlement, most: float, terms: Receive | None
) -> Offer:
    """The offer of a repayment of ``most``, which settles ``whole``; in shares by ``terms``."""

    def quote(size: float) -> Quote:
        settled = spread.settle(position, size)
        return Quote(settled.repaid, settled.seized - settled.protocol_fee)

    def action(size: float) -> Take:
        return Take(target=market.name, item=item, amount=most if size >= whole.repaid else size, terms=terms)

    known, shares = Quote(whole.repaid, whole.seized - whole.protocol_fee), terms is not None
    return Offer("take", market.name, item, row, item.debt, item.collateral, whole.repaid, quote, action, whole=known, deposit=shares)


def take(market: Pooled, call: Call, action: Take) -> float:
    """Liquidate: check, accrue, convert, update, verify, emit. Returns the collateral received (tokens)."""
    item = action.item
    if not isinstance(item, Liquidate) or item.debt not in market.reserves or item.collateral not in market.reserves:
        raise Refused("no_such_item", f"{item}")
    row = market.book.find(item.borrower)
    if row is None:
        raise Refused("no_position", market.world.accounts.name(item.borrower))
    debt, collateral = market.reserves[item.debt], market.reserves[item.collateral]
    if debt.params.paused or collateral.params.paused:
        raise Refused("paused", f"{item.debt} or {item.collateral}")
    before = market.standing(row)
    if not before.health < 1.0:
        raise Refused("healthy", f"health {before.health}")
    market.rules.check_liquidation(market, row, before.health)
    if not market.counts(item.collateral, row) or market.supplied(item.collateral, row) <= 0.0:
        raise Refused("not_collateral", item.collateral)
    if market.owed(item.debt, row) <= 0.0:
        raise Refused("no_debt", item.debt)
    market.accrue(debt)
    if not _shares(action):
        market.accrue(collateral)
    settled = settlement(market, row, item, action.amount, before)
    _settle(market, call, action, row, settled)
    market.rules.after_liquidation(market, call, row, market.standing(row).collateral)
    _emit(market, call, row, item, settled, before)
    return settled.seized - settled.protocol_fee


def _shares(action: Take) -> bool:
    """Whether the liquidator takes shares of the pool."""
    return isinstance(action.terms, Receive) and action.terms.shares


def _settle(market: Pooled, call: Call, action: Take, row: int, settled: Settlement) -> None:
    item = action.item
    assert isinstance(item, Liquidate)
    debt, collateral = market.reserves[item.debt], market.reserves[item.collateral]
    market.ledger.move(item.debt, call.sender, market.account, settled.repaid)
    owed, held = market.owed(item.debt, row), market.supplied(item.collateral, row)
    market.rules.note_debt(market, row, -settled.repaid)
    market.relieve(debt, row, ALL if settled.repaid >= owed * (1.0 - 1e-15) else settled.repaid)
    market.set_rates(debt)
    net = settled.seized - settled.protocol_fee
    if settled.protocol_fee > 0.0:
        market.shift(collateral, row, market.book.row(market.treasury), settled.protocol_fee)
    left = ALL if settled.seized >= held * (1.0 - 1e-15) else net
    if _shares(action):
        taker = market.book.row(call.sender)
        market.receive_shares(taker, collateral)
        market.shift(collateral, row, taker, left)
    else:
        market.debit(collateral, row, left)
        market.pay_out(collateral, call.sender, net)
        market.set_rates(collateral)


def _emit(market: Pooled, call: Call, row: int, item: Liquidate, settled: Settlement, before: Standing) -> None:
    world = market.world
    named = call.because.item if call.because is not None and call.because.kind == "liquidation" else -1
    number = named if named >= 0 else world.number("liquidations")
    debt_usd, collateral_usd = market.usd(item.debt), market.usd(item.collateral)
    world.events.emit(
        "liquidations", call.now, market.chain, number, market.name, market.params.rules.kind, world.accounts.name(item.borrower),
        world.accounts.name(call.sender), item.debt, settled.repaid, item.collateral, settled.seized, settled.repaid * debt_usd,
        settled.seized * collateral_usd, settled.protocol_fee * collateral_usd, before.health, market.health_of(row),
        market.causes.get(row, "price"), -1,
    )  # fmt: skip
