"""Liquidation in Compound v3: a trigger absorbs the whole account, the collateral is sold later at a discount.

Source: Compound v3 Comet.absorbInternal, buyCollateral, quoteCollateral.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from model.core.actions import ALL, Take, Trigger
from model.core.errors import Refused
from model.liquidation.absorption import Absorption
from model.losses.base import LossRule
from model.markets.base import Offer, Quote
from model.markets.bookkeeping import Seizure
from model.world.target import Call

if TYPE_CHECKING:
    from model.markets.compound_v3 import CompoundV3


@dataclass(frozen=True, slots=True)
class Absorb:
    """Item of a ``Trigger``: whose account is absorbed."""

    borrower: int


@dataclass(frozen=True, slots=True)
class Absorbed:
    """Item of a ``Take``: which absorbed collateral is bought."""

    token: str


@dataclass(frozen=True, slots=True)
class AbsorbAndBuy:
    """Item of a ``Take``: absorb an account and buy absorbed collateral in one transaction, as the protocol's own liquidation bot does
    (OnChainLiquidator.absorbAndArbitrage).
    """

    borrower: int
    token: str


def offers_of(market: CompoundV3, row: int) -> list[Offer]:
    """Of an unhealthy row: the trigger, which pays nothing but the tip, and absorption with purchase of what it brings, by collateral."""
    if "absorb" in market.params.paused or not market.health_of(row) < 1.0:
        return []
    item, tip = Absorb(market.book.owners[row]), market.params.absorb_tip

    def quote(size: float) -> Quote:
        return Quote(0.0, 0.0, tip)

    def action(size: float) -> Trigger:
        return Trigger(target=market.name, item=item)

    trigger = Offer("trigger", market.name, item, row, "", "", 0.0, quote, action, market.params.base)
    return [trigger, *(_bundle(market, row, token) for token in _buyable(market, row))]


def _buyable(market: CompoundV3, row: int) -> list[str]:
    """Collateral of a row that could be bought once the row is absorbed."""
    reserves = market.project().reserves - _paid_out(market, row)
    if "buy" in market.params.paused:
        return []
    if reserves >= 0.0 and reserves >= market.params.target_reserves:
        return []
    return [token for token in market.tokens if market.book.get(market.column[token], row) > 0.0 and market.price(token) > 0.0]


def _paid_out(market: CompoundV3, row: int) -> float:
    """What absorbing a row costs the reserves."""
    values, factors = market.values(row), market.factors("liquidation_factor")
    settled = _mechanism(market).absorb(market.health_of(row), market.owed(row), market.price(market.params.base), values, factors)
    return settled.paid + settled.surplus + market.params.absorb_tip


def _bundle(market: CompoundV3, row: int, token: str) -> Offer:
    item, base = AbsorbAndBuy(market.book.owners[row], token), market.params.base

    def quote(size: float) -> Quote:
        return Quote(*sale(market, token, size, row), market.params.absorb_tip)

    def action(size: float) -> Take:
        return Take(target=market.name, item=item, amount=size)

    return Offer("take", market.name, item, row, base, token, sale(market, token, ALL, row)[0], quote, action, base)


def absorb(market: CompoundV3, call: Call, action: Trigger) -> float:
    """Take all collateral of an account at the liquidation factors; reserves pay its debt, the borrower keeps what exceeds it as base."""
    if not isinstance(action.item, Absorb):
        raise Refused("no_such_item", f"{action.item}")
    return _absorb(market, call, market.row_of(action.item.borrower))


def _absorb(market: CompoundV3, call: Call, row: int) -> float:
    params = market.params
    market.check_open("absorb")
    market.accrue()
    health, debt = market.health_of(row), market.owed(row)
    values = market.values(row)
    settled = _mechanism(market).absorb(health, debt, market.price(params.base), values, market.factors("liquidation_factor"))
    seized = {token: market.take_from(market.column[token], row, ALL) for token in market.tokens}
    for token, amount in seized.items():
        if amount > 0.0:
            market.absorbed[token] = market.absorbed.get(token, 0.0) + amount
    market.rebalance(row, settled.surplus)
    before = market.reserves
    market.reserves = before - settled.paid - settled.surplus
    if params.absorb_tip > 0.0:
        market.pay(params.base, call.sender, params.absorb_tip)
        market.reserves -= params.absorb_tip
    _note(market, call, row, health, settled.paid, seized, values)
    if settled.uncovered > 0.0:
        _lay(market, call, row, settled.uncovered, before)
    return params.absorb_tip


def _lay(market: CompoundV3, call: Call, row: int, uncovered: float, reserves: float) -> None:
    """What the credit does not cover falls on those who bear it; a deficit is what reserves are short of."""
    rule: LossRule = market.params.losses.make()
    lent = market.lent * market.supply_index
    parts = rule.split(uncovered, {"reserves": max(reserves, 0.0), "lenders": lent})
    if lenders := parts.get("lenders", 0.0):
        market.supply_index *= 1.0 - lenders / lent
        market.reserves += lenders
    market.uncovered += uncovered
    market.note_bad_debt(call, row, market.params.base, parts)


def _note(market: CompoundV3, call: Call, row: int, health: float, paid: float, seized: dict[str, float], values: list[float]) -> None:
    """One liquidation event per collateral, the debt shared out by value."""
    total = sum(values)
    for (token, amount), value in zip(seized.items(), values, strict=True):
        if amount > 0.0 and total > 0.0:
            share = paid * value / total
            market.note_liquidation(call, Seizure(row, market.params.base, share, token, amount, 0.0, health, "absorption"))
    if total <= 0.0:
        market.note_liquidation(call, Seizure(row, market.params.base, paid, "", 0.0, 0.0, health, "absorption"))


def lots_of(market: CompoundV3) -> list[Offer]:
    """Absorbed collateral, open while reserves are below their target."""
    if _closed(market):
        return []
    return [_lot(market, token) for token, amount in market.absorbed.items() if amount > 0.0 and market.price(token) > 0.0]


def _lot(market: CompoundV3, token: str) -> Offer:
    item = Absorbed(token)

    def quote(size: float) -> Quote:
        return Quote(*sale(market, token, size))

    def action(size: float) -> Take:
        return Take(target=market.name, item=item, amount=size)

    return Offer("take", market.name, item, -1, market.params.base, token, sale(market, token, ALL)[0], quote, action)


def sale(market: CompoundV3, token: str, pay: float, row: int | None = None) -> tuple[float, float]:
    """Base tokens paid and collateral received for an offer of ``pay`` (ALL for all that is absorbed; after ``row`` has been, if given)."""
    mechanism, base = _mechanism(market), market.price(market.params.base)
    available, reserves = market.absorbed.get(token, 0.0), market.project().reserves
    if row is not None:
        available, reserves = available + market.book.get(market.column[token], row), reserves - _paid_out(market, row)
    unit = mechanism.price(market.price(token), market.params.collaterals[token].liquidation_factor)
    worth = available * unit / base
    offered = worth if pay == ALL or worth * (1.0 - 1e-15) <= pay <= worth * (1.0 + 1e-12) else pay
    target = market.params.target_reserves
    if offered == worth and worth > 0.0:
        mechanism.buy(worth * 0.5, base, unit, available, reserves, target)
        return worth, available
    return offered, mechanism.buy(offered, base, unit, available, reserves, target)


def buy(market: CompoundV3, call: Call, action: Take) -> float:
    """Sell absorbed collateral at the discounted price; the proceeds are reserves. Returns the collateral received."""
    market.check_open("buy")
    item = action.item
    if not isinstance(item, Absorbed | AbsorbAndBuy) or item.token not in market.column:
        raise Refused("no_such_item", f"{item}")
    if isinstance(item, AbsorbAndBuy):
        _absorb(market, call, market.row_of(item.borrower))
    market.accrue()
    paid, received = sale(market, item.token, action.amount)
    market.ledger.move(market.params.base, call.sender, market.account, paid)
    market.reserves += paid
    held = market.absorbed.get(item.token, 0.0)
    market.absorbed[item.token] = 0.0 if received >= held else held - received
    market.pay(item.token, call.sender, received)
    world = market.world
    world.events.emit(
        "auctions", call.now, market.chain, -1, market.name, "take", world.accounts.name(call.sender), received, paid,
        paid / received if received > 0.0 else 0.0,
    )  # fmt: skip
    return received


def _closed(market: CompoundV3) -> bool:
    reserves = market.project().reserves
    return "buy" in market.params.paused or (reserves >= 0.0 and reserves >= market.params.target_reserves)


def _mechanism(market: CompoundV3) -> Absorption:
    mechanism = market.params.absorption.make()
    assert isinstance(mechanism, Absorption)
    return mechanism
