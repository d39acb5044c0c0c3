"""Liquidation in an Euler cluster: a discount that follows health, debt repaid or taken over, bad debt socialised to depositors.

Source: Euler v2 EVK Liquidation.sol.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from model.core.actions import ALL, Take
from model.core.errors import Refused
from model.liquidation.base import Position, Settlement, Spread
from model.losses.base import LossRule
from model.markets.base import Offer, Quote
from model.markets.bookkeeping import ROUNDING, Seizure
from model.markets.pooled_liquidation import Liquidate, Receive
from model.world.target import Call

if TYPE_CHECKING:
    from model.markets.euler import Euler


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Terms of a ``Take``: the liquidator takes the debt over and keeps the collateral's shares, as the contract does; it must be covered
    at the borrow LTVs afterwards. Without terms the debt is repaid and the collateral redeemed in the same transaction.
    """


def settlement(market: Euler, row: int, item: Liquidate, repay: float) -> Settlement:
    """What repaying ``repay`` settles. Raises ``Refused`` where the rules refuse."""
    mechanism = market.params.liquidation.make()
    assert isinstance(mechanism, Spread)
    ltvs = market.vaults[item.debt].params.ltvs
    values = {name: market.supplied(name, row) * market.price(name) for name in ltvs}
    owed, debt_price, price = market.owed(item.debt, row), market.price(item.debt), market.price(item.collateral)
    health = market.health_of(row)
    ltv = ltvs[item.collateral].liquidation
    held = market.supplied(item.collateral, row)
    position = Position(health, owed, debt_price, held, price, owed * debt_price, sum(values.values()), 0.0, ltv)
    most = mechanism.settle(position, ALL)
    return most if most.repaid <= repay <= most.repaid * (1.0 + ROUNDING) else mechanism.settle(position, repay)


def offers_of(market: Euler, row: int) -> list[Offer]:
    """Open offers of a row: none while it is healthy."""
    if not market.health_of(row) < 1.0:
        return []
    borrower, found = market.book.owners[row], []
    debt = market.controller(row)
    assert debt is not None
    if {"liquidate", "repay"} & set(market.vaults[debt].params.paused):
        return []
    for collateral in market.collateral_of(borrower):
        if "withdraw" in market.vaults[collateral].params.paused:
            continue
        item = Liquidate(borrower, collateral, debt)
        limit = settlement(market, row, item, ALL).repaid
        if limit > 0.0:
            found.append(_offer(market, row, item, limit))
    return found


def _offer(market: Euler, row: int, item: Liquidate, limit: float) -> Offer:
    def quote(size: float) -> Quote:
        settled = settlement(market, row, item, size)
        return Quote(settled.repaid, settled.seized)

    def action(size: float) -> Take:
        return Take(target=market.name, item=item, amount=ALL if size >= limit else size)

    return Offer("take", market.name, item, row, item.debt, item.collateral, limit, quote, action)


def take(market: Euler, call: Call, action: Take) -> float:
    """Liquidate: check, accrue, convert, update, verify, emit. Returns the collateral received (tokens)."""
    item = action.item
    if not isinstance(item, Liquidate) or item.debt not in market.vaults or item.collateral not in market.vaults:
        raise Refused("no_such_item", f"{item}")
    if item.borrower == call.sender:
        raise Refused("self_liquidation", market.world.accounts.name(call.sender))
    row = market.row_of(item.borrower)
    debt, collateral = market.vaults[item.debt], market.vaults[item.collateral]
    debt.check_open("liquidate")
    market.accrue(debt)
    market.accrue(collateral)
    health = market.health_of(row)
    if market.controller(row) != item.debt:
        raise Refused("no_debt", item.debt)
    if item.collateral not in debt.params.ltvs:
        raise Refused("not_collateral", item.collateral)
    settled = settlement(market, row, item, action.amount)
    everything = settled.seized >= market.supplied(item.collateral, row) * (1.0 - 1e-15)
    shares = ALL if everything else settled.seized / market.share_price(item.collateral)
    market.relieve(debt, row, settled.repaid)
    taker = market.book.row(call.sender)
    if isinstance(action.terms, TakeOver):
        _hand_over(market, row, taker, item, settled.repaid, shares)
    else:
        debt.check_open("repay")
        if isinstance(action.terms, Receive) and action.terms.shares:
            market.book.add(collateral.column, taker, market.take_from(collateral.column, row, shares))
        else:
            collateral.check_open("withdraw")
            market.burn(collateral, row, shares)
            collateral.deposits -= settled.seized
            market.pay(item.collateral, call.sender, settled.seized)
        if settled.repaid > 0.0:
            market.ledger.move(item.debt, call.sender, market.account, settled.repaid)
    kind = market.params.liquidation.kind
    market.note_liquidation(call, Seizure(row, item.debt, settled.repaid, item.collateral, settled.seized, 0.0, health, kind))
    _socialise(market, call, row, item.debt)
    debt.update_rate(market.assets(item.debt))
    collateral.update_rate(market.assets(item.collateral))
    return settled.seized


def _hand_over(market: Euler, row: int, taker: int, item: Liquidate, repaid: float, shares: float) -> None:
    collateral = market.vaults[item.collateral]
    market.book.add(collateral.column, taker, market.take_from(collateral.column, row, shares))
    if repaid > 0.0:
        market.owe(market.vaults[item.debt], taker, repaid)
    market.check_collateral(taker)


def _socialise(market: Euler, call: Call, row: int, token: str) -> None:
    """Lay the debt of an account whose collateral is gone on those who bear it; a deficit stays as debt."""
    vault, column = market.vaults[token], market.debt_column(token)
    if market.book.get(column, row) <= 0.0:
        return
    if any(market.book.get(market.vaults[name].column, row) > 0.0 for name in vault.params.ltvs):
        return
    owed = market.owed(token, row)
    rule: LossRule = market.params.losses.make()
    parts = rule.split(owed, {"lenders": market.assets(token) + vault.borrows})
    borne = owed - parts.get("deficit", 0.0)
    if borne > 0.0:
        market.relieve(vault, row, borne)
        vault.deposits -= borne
        vault.written_off += borne
    market.note_bad_debt(call, row, token, parts)
