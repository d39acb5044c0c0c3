"""Redemption: stablecoins for collateral at the feed's price, from the troves with the lowest collateral ratio, less a fee.

Source: Liquity v1 TroveManager.redeemCollateral, _redeemCollateralFromTrove, _updateBaseRateFromRedemption, commit 14de1c1.
Assumes: the hints that the contract wants with a partial redemption are right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from model.core.actions import Redeem
from model.core.errors import Refused
from model.core.units import MINUTE
from model.markets.bookkeeping import ROUNDING
from model.markets.liquity_state import CLOSED_BY_REDEMPTION, COLLATERAL, DEBT
from model.world.target import Call

if TYPE_CHECKING:
    from model.markets.liquity import Liquity


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What a redemption comes to: stablecoins burned, collateral drawn for them, fee (part of the collateral), and by row what is drawn."""

    burned: float
    drawn: float
    fee: float
    lots: tuple[tuple[int, float], ...]


def quote(market: Liquity, amount: float) -> Redeemed:
    """What redeeming up to ``amount`` would come to; changes nothing.

    Raises:
        Refused: ``bootstrap``, ``undercollateralised``, ``invalid_amount``, ``nothing_to_redeem``.
    """
    params, price, now = market.params, market.price(market.token), market.world.clock.now
    if now < market.world.clock.start + params.bootstrap:
        raise Refused("bootstrap")
    if market.total_ratio() < params.least_ratio:
        raise Refused("undercollateralised", f"{market.total_ratio()}")
    if not amount > 0.0:
        raise Refused("invalid_amount", f"{amount}")
    left, lots = amount, []
    for row in _queue(market, price):
        debt = market.entire(row)[1]
        net = debt - params.gas_compensation
        lot = min(left, net)
        if lot >= net * (1.0 - ROUNDING):
            lot = net
        elif net - lot < params.least_debt:
            break
        lots.append((row, lot))
        left -= lot
        if left <= ROUNDING * amount:
            break
    burned = sum(lot for _, lot in lots)
    if not burned > 0.0:
        raise Refused("nothing_to_redeem", f"{amount}")
    drawn = burned / price
    rate = min(market.decayed_rate() + burned / market.debt / params.beta, 1.0)
    return Redeemed(burned, drawn, min(params.fee_floor + rate, 1.0) * drawn, tuple(lots))


def _queue(market: Liquity, price: float) -> list[int]:
    """Rows of the troves at or above the least ratio, the lowest ratio first."""
    collateral, debt = market.columns(market.book.data)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(debt > 0.0, collateral * price / debt, -1.0)
    rows = np.flatnonzero(ratio >= market.params.least_ratio)
    return [int(row) for row in rows[np.argsort(ratio[rows], kind="stable")]]


def redeem(market: Liquity, call: Call, action: Redeem) -> float:
    """Redeem stablecoins; returns the collateral received."""
    amount = market.affordable(call.sender, action.amount)
    if amount > market.ledger.balance(market.stablecoin, call.sender) * (1.0 + ROUNDING):
        raise Refused("insufficient_balance", f"{amount}")
    found, price = quote(market, amount), market.price(market.token)
    market.base_rate = min(market.decayed_rate() + found.burned / market.debt / market.params.beta, 1.0)
    touch_fee_time(market)
    for row, lot in found.lots:
        _draw(market, row, lot, lot / price)
    market.burn(call.sender, found.burned)
    market.ledger.move(market.token, market.account, market.staking, found.fee)
    received = market.ledger.move(market.token, market.account, call.sender, found.drawn - found.fee)
    number, name = market.world.number("redemptions"), market.world.accounts.name(call.sender)
    market.world.events.emit("redemptions", call.now, market.chain, number, market.stablecoin, name, "settled", found.burned, call.now)
    return received


def _draw(market: Liquity, row: int, lot: float, drawn: float) -> None:
    params = market.params
    market.write_pending(row)
    collateral, debt = market.entire(row)
    market.collateral -= drawn
    market.debt -= lot
    if lot < debt - params.gas_compensation:
        market.book.put(COLLATERAL, row, collateral - drawn)
        market.book.put(DEBT, row, debt - lot)
        market.update_stake(row)
        return
    left, owner = collateral - drawn, market.book.owners[row]
    market.close_row(row, CLOSED_BY_REDEMPTION)
    market.burn(market.gas_pool, params.gas_compensation)
    market.debt -= params.gas_compensation
    market.collateral -= left
    market.surplus[owner] = market.surplus.get(owner, 0.0) + left


def touch_fee_time(market: Liquity) -> None:
    """Move the time of the last fee on, if a minute has passed. Source: TroveManager._updateLastFeeOpTime."""
    if market.world.clock.now - market.fee_time >= MINUTE:
        market.fee_time = market.world.clock.now
