"""Liquidation of troves: the stability pool takes the debt over, what it cannot is redistributed; the liquidator earns compensation.

Source: Liquity v1 TroveManager (_liquidateNormalMode, _liquidateRecoveryMode, redistributeDebtAndColl), commit 14de1c1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from model.core.actions import ALL, Trigger
from model.core.errors import Refused
from model.markets.base import Offer, Quote
from model.markets.bookkeeping import Seizure
from model.markets.liquity_state import CLOSED_BY_LIQUIDATION, DUST
from model.world.target import Call

if TYPE_CHECKING:
    from model.markets.liquity import Liquity


@dataclass(frozen=True, slots=True)
class Liquidate:
    """Item of a ``Trigger``: whose trove."""

    borrower: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a trove's debt and collateral go: ``compensation`` to the liquidator, parts to the pool and to the other troves, the rest
    of the collateral to its owner.
    """

    debt: float
    collateral: float
    compensation: float
    debt_to_pool: float
    collateral_to_pool: float
    debt_to_others: float
    collateral_to_others: float
    surplus: float = 0.0


def plan(market: Liquity, row: int) -> Plan:
    """What liquidating a trove would do.

    Raises:
        Refused: ``no_position``, ``healthy``, ``last_trove``.
    """
    if not market.active(row):
        raise Refused("no_position")
    params, ratio = market.params, market.ratio_of(row)
    collateral, debt = market.entire(row)
    if not ratio < market.trigger_for(debt):
        raise Refused("healthy", f"collateral ratio {ratio:.6g}")
    if market.troves <= 1:
        raise Refused("last_trove")
    if ratio >= params.least_ratio:
        capped = debt * params.least_ratio / market.price(market.token)
        compensation = capped * params.collateral_compensation
        return Plan(debt, collateral, compensation, debt, capped - compensation, 0.0, 0.0, collateral - capped)
    compensation = collateral * params.collateral_compensation
    left = collateral - compensation
    # In recovery mode a trove worth less than its debt is kept from the pool.
    capacity = 0.0 if ratio <= 1.0 and market.recovering() else market.pool.deposits
    parts = market.loss.split(debt, {"stability_pool": capacity, "others": ALL})
    pooled = parts.get("stability_pool", 0.0)
    taken = left if pooled == debt else left * pooled / debt
    return Plan(debt, collateral, compensation, pooled, taken, debt - pooled, left - taken)


def liquidate(market: Liquity, call: Call, item: Liquidate) -> float:
    """Liquidate a trove; returns the compensation in stablecoins (that in collateral comes with it)."""
    row = market.book.find(item.borrower)
    if row is None:
        raise Refused("no_position", market.world.accounts.name(item.borrower))
    done, health = plan(market, row), market.health_of(row)
    price, ledger = market.price(market.token), market.ledger
    market.write_pending(row)
    market.close_row(row, CLOSED_BY_LIQUIDATION)
    market.collateral -= done.collateral
    market.debt -= done.debt
    if done.debt_to_pool > 0.0:
        market.burn(market.pool_account, ALL if done.debt_to_pool >= market.pool.deposits else done.debt_to_pool)
        market.pool.offset(done.debt_to_pool, done.collateral_to_pool)
    if done.debt_to_others > 0.0:
        redistribute(market, done.debt_to_others, done.collateral_to_others)
    if done.surplus > 0.0:
        market.surplus[item.borrower] = market.surplus.get(item.borrower, 0.0) + done.surplus
    market.stakes_seen, market.collateral_seen = market.stakes, market.collateral
    ledger.move(market.token, market.account, call.sender, done.compensation)
    reward = ledger.move(market.stablecoin, market.gas_pool, call.sender, market.params.gas_compensation)
    seized = done.collateral - done.surplus
    kind = market.params.loss.kind
    market.note_liquidation(call, Seizure(row, market.stablecoin, done.debt, market.token, seized, 0.0, health, kind))
    losses = {
        "stability_pool": done.debt_to_pool - done.collateral_to_pool * price,
        "others": done.debt_to_others - done.collateral_to_others * price,
    }
    market.note_bad_debt(call, row, market.stablecoin, {bearer: loss for bearer, loss in losses.items() if loss > DUST * done.debt})
    return reward


def redistribute(market: Liquity, debt: float, collateral: float) -> None:
    """Let the other troves take debt and collateral over, by stake."""
    market.reward_collateral += collateral / market.stakes
    market.reward_debt += debt / market.stakes
    market.pending_collateral += collateral
    market.pending_debt += debt
    market.collateral += collateral
    market.debt += debt
    market.touch_all()


def offers_of(market: Liquity, row: int) -> list[Offer]:
    """The trigger that liquidates a trove: it gives a share of the collateral and the compensation set aside."""
    item = Liquidate(market.book.owners[row])

    def quote(size: float) -> Quote:
        return Quote(0.0, plan(market, row).compensation, market.params.gas_compensation)

    def action(size: float) -> Trigger:
        return Trigger(target=market.name, item=item)

    try:
        quote(0.0)
    except Refused:
        return []
    return [Offer("trigger", market.name, item, row, "", market.token, 0.0, quote, action, market.stablecoin)]
