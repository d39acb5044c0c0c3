"""Liquidation of a Compound v2 account: offers, and what taking one settles.

Source: Compound v2 (commit a3214f6) CToken.liquidateBorrowFresh, seizeInternal; Comptroller.liquidateBorrowAllowed.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import TYPE_CHECKING

from model.core.actions import ALL, Take
from model.core.errors import Refused
from model.liquidation.base import Position, Settlement, Spread
from model.liquidation.fixed_spread import FixedSpread
from model.losses.base import LossRule
from model.markets.base import Offer, Quote
from model.markets.bookkeeping import ROUNDING, Seizure
from model.markets.ctoken import whole
from model.markets.pooled_liquidation import Liquidate, Receive
from model.world.target import Call

if TYPE_CHECKING:
    from model.markets.compound_v2 import CompoundV2

CTOKEN_DECIMALS = 8
_ULPS = 1e-15


def settlement(market: CompoundV2, row: int, item: Liquidate, repay: float, fresh: Collection[str]) -> Settlement:
    """What repaying ``repay`` settles, tokens outside ``fresh`` as stored. Raises ``Refused`` where the rules refuse.

    Debt and the part of it that may be repaid are whole base units, as in the contract: the close factor turns on one of them.
    """
    mechanism = market.params.liquidation.make()
    assert isinstance(mechanism, Spread)
    cover, debt = market.values(row, fresh)
    rules, price = market.reserves[item.collateral].params, market.price(item.collateral)
    decimals, held = market.reserves[item.debt].params.decimals, market.supplied(item.collateral, row, fresh)
    position = Position(
        cover / debt if debt > 0.0 else math.inf, whole(market.owed(item.debt, row, fresh), decimals), market.price(item.debt), held, price,
        debt, held * price, market.params.incentive, rules.collateral_factor,
    )  # fmt: skip
    if isinstance(mechanism, FixedSpread) and mechanism.params.above == "refuse" and position.health < 1.0:
        allowed = whole(mechanism.allowed(position), decimals)
        if repay != ALL and repay > allowed * (1.0 + _ULPS):
            raise Refused("close_factor", f"repay {repay:.6g} above {allowed:.6g}")
        repay = allowed if allowed * (1.0 - _ULPS) <= repay < ALL else repay
    most = mechanism.settle(position, ALL)
    settled = most if most.repaid <= repay <= most.repaid * (1.0 + ROUNDING) else mechanism.settle(position, repay)
    return _cut(market, item, settled, fresh) if settled.seized < held else settled


def _cut(market: CompoundV2, item: Liquidate, settled: Settlement, fresh: Collection[str]) -> Settlement:
    """The seizure with the contract's ratio, cTokens per debt in base units, which is cut to 18 decimals."""
    if settled.seized <= 0.0:
        return settled
    rate = market.exchange_rate(item.collateral, fresh)
    scale = 10.0 ** (18 + CTOKEN_DECIMALS - market.reserves[item.debt].params.decimals)
    ratio = settled.seized / rate / settled.repaid * scale
    share = math.floor(ratio * (1.0 + _ULPS)) / ratio
    return Settlement(settled.repaid, settled.seized * share, settled.protocol_fee * share, settled.bonus)


def offers_of(market: CompoundV2, row: int) -> list[Offer]:
    """Open offers of a row: none without a shortfall."""
    if not market.health_of(row) < 1.0:
        return []
    borrower = market.book.owners[row]
    found = []
    for debt in market.debts_of(borrower):
        for collateral in market.tokens:
            if market.supplied(collateral, row) <= 0.0:
                continue
            item = Liquidate(borrower, collateral, debt)
            try:
                limit = settlement(market, row, item, ALL, (debt, collateral)).repaid
            except Refused:
                continue
            if limit > 0.0:
                found.append(_offer(market, row, item, limit))
    return found


def _offer(market: CompoundV2, row: int, item: Liquidate, limit: float) -> Offer:
    def quote(size: float) -> Quote:
        settled = settlement(market, row, item, size, (item.debt, item.collateral))
        return Quote(settled.repaid, settled.seized - settled.protocol_fee)

    def action(size: float) -> Take:
        return Take(target=market.name, item=item, amount=ALL if size >= limit else size)

    return Offer("take", market.name, item, row, item.debt, item.collateral, limit, quote, action)


def take(market: CompoundV2, call: Call, action: Take) -> float:
    """Liquidate: check, accrue, convert, update, verify, emit. Returns the collateral received (tokens).

    The contract hands over cTokens; they are redeemed in the same transaction unless the terms are ``Receive(shares=True)``.
    """
    item = action.item
    if not isinstance(item, Liquidate) or item.debt not in market.reserves or item.collateral not in market.reserves:
        raise Refused("no_such_item", f"{item}")
    if item.borrower == call.sender:
        raise Refused("self_liquidation", market.world.accounts.name(call.sender))
    row = market.row_of(item.borrower)
    market.accrue(item.debt)
    market.accrue(item.collateral)
    health = market.health_at(row, ())
    settled = settlement(market, row, item, action.amount, ())
    net = settled.seized - settled.protocol_fee
    reserve = market.reserves[item.collateral]
    rate = reserve.exchange_rate(market.cash(item.collateral))
    everything = settled.seized >= market.supplied(item.collateral, row, ()) * (1.0 - 1e-15)
    market.relieve(item.debt, row, settled.repaid)
    seized = market.burn(reserve, row, ALL if everything else settled.seized / rate)
    reserve.reserves += settled.protocol_fee
    reserve.deposits -= settled.protocol_fee
    if isinstance(action.terms, Receive) and action.terms.shares:
        kept = seized * net / settled.seized if settled.seized > 0.0 else 0.0
        market.book.add(reserve.column, market.book.row(call.sender), kept)
        reserve.supply += kept
    else:
        reserve.deposits -= net
        market.pay(item.collateral, call.sender, net)
    market.ledger.move(item.debt, call.sender, market.account, settled.repaid)
    kind = market.params.liquidation.kind
    market.note_liquidation(
        call, Seizure(row, item.debt, settled.repaid, item.collateral, settled.seized, settled.protocol_fee, health, kind)
    )
    _recognise(market, call, row)
    return net


def _recognise(market: CompoundV2, call: Call, row: int) -> None:
    """Lay the debt of an account without cTokens on those who bear it; a deficit stays as debt."""
    if any(market.book.get(reserve.column, row) > 0.0 for reserve in market.reserves.values()):
        return
    rule: LossRule = market.params.losses.make()
    for token, reserve in market.reserves.items():
        owed = market.owed(token, row, ())
        if owed <= 0.0:
            continue
        market.accrue(token)
        owed = market.owed(token, row, ())
        lenders = max(market.cash(token) + reserve.borrows - reserve.reserves, 0.0)
        parts = rule.split(owed, {"reserves": min(reserve.reserves, market.cash(token)), "lenders": lenders})
        borne = owed - parts.get("deficit", 0.0)
        if borne > 0.0:
            market.relieve(token, row, borne)
            reserve.reserves -= parts.get("reserves", 0.0)
            reserve.deposits -= borne - parts.get("reserves", 0.0)
            reserve.written_off += borne
        market.note_bad_debt(call, row, token, parts)
