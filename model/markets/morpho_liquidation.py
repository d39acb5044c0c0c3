"""Liquidation of an isolated pair: the offer of an unhealthy row, what taking it settles, and bad debt shared at once.

Source: Morpho Blue (commit 3085651) Morpho.liquidate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model.core.actions import ALL, Take
from model.core.errors import Refused
from model.liquidation.base import Position, Settlement
from model.liquidation.lltv_incentive import LltvIncentive
from model.markets.base import Offer, Quote
from model.markets.bookkeeping import Seizure
from model.markets.morpho_state import BORROWED, COLLATERAL
from model.markets.pooled_liquidation import Liquidate
from model.world.target import Call

if TYPE_CHECKING:
    from model.losses.base import LossRule
    from model.markets.morpho import Morpho


@dataclass(frozen=True, slots=True)
class Seize:
    """Terms of a ``Take``: the amount is collateral to seize (tokens), the contract's ``seizedAssets``; more than there is is refused."""


@dataclass(frozen=True, slots=True)
class RepayShares:
    """Terms of a ``Take``: the amount is borrow shares to repay, the contract's ``repaidShares``; more than there is is refused."""


def position_of(market: Morpho, row: int) -> Position:
    """A row as the mechanism sees it."""
    params, debt, held = market.params, market.owed(row), market.book.get(COLLATERAL, row)
    loan, collateral = market.price(params.loan), market.price(params.collateral)
    return Position(market.health_of(row), debt, loan, held, collateral, debt * loan, held * collateral, 0.0, params.lltv)


def settlement(market: Morpho, position: Position, row: int, amount: float, terms: Any) -> Settlement:
    """What a ``Take`` settles. Without terms ``amount`` is the most to pay (loan tokens), cut to debt and collateral."""
    mechanism = market.params.liquidation.make()
    assert isinstance(mechanism, LltvIncentive)
    if isinstance(terms, Seize):
        return mechanism.settle_seizing(position, amount)
    if isinstance(terms, RepayShares):
        shares = market.book.get(BORROWED, row)
        if amount != ALL and not 0.0 < amount <= shares * (1.0 + 1e-12):
            raise Refused("invalid_amount", f"{amount} of {shares} shares")
        repay = position.debt if amount >= shares * (1.0 - 1e-12) else position.debt * amount / shares
        return mechanism.settle(position, repay)
    most = mechanism.settle(position, ALL)
    return most if amount >= most.repaid else mechanism.settle(position, amount)


def offers_of(market: Morpho, row: int) -> list[Offer]:
    """The open offer of a row: none while it is healthy or where its collateral is worth nothing."""
    position = position_of(market, row)
    if not position.health < 1.0 or position.total_collateral_value <= 0.0:
        return []
    item = Liquidate(market.book.owners[row], market.params.collateral, market.params.loan)
    limit = settlement(market, position, row, ALL, None).repaid

    def quote(size: float) -> Quote:
        settled = settlement(market, position_of(market, row), row, size, None)
        return Quote(settled.repaid, settled.seized)

    def action(size: float) -> Take:
        return Take(target=market.name, item=item, amount=ALL if size >= limit else size)

    return [Offer("take", market.name, item, row, item.debt, item.collateral, limit, quote, action)]


def take(market: Morpho, call: Call, action: Take) -> float:
    """Liquidate: check, accrue, convert, update, verify, emit. Returns the collateral received (tokens)."""
    item, params = action.item, market.params
    if not isinstance(item, Liquidate) or (item.collateral, item.debt) != (params.collateral, params.loan):
        raise Refused("no_such_item", f"{item}")
    row = market.row_of(item.borrower)
    market.accrue()
    position = position_of(market, row)
    if not position.health < 1.0:
        raise Refused("healthy", f"health {position.health}")
    settled = settlement(market, position, row, action.amount, action.terms)
    shares = market.to_shares(settled.repaid, market.borrowed, market.borrowed_shares)
    everything = settled.repaid >= position.debt * (1.0 - 1e-15)
    market.relieve(row, settled.repaid, ALL if everything else shares)
    seized = market.take_from(COLLATERAL, row, settled.seized)
    parts = write_off(market, row) if market.book.get(COLLATERAL, row) == 0.0 else {}
    market.pay(params.collateral, call.sender, seized)
    if settled.repaid > 0.0:
        market.ledger.move(params.loan, call.sender, market.account, settled.repaid)
    sale = Seizure(row, params.loan, settled.repaid, params.collateral, seized, 0.0, position.health, params.liquidation.kind)
    market.note_liquidation(call, sale)
    market.note_bad_debt(call, row, params.loan, parts)
    return seized


def write_off(market: Morpho, row: int) -> dict[str, float]:
    """End the debt of a row without collateral and lay it on those who bear it; returns the parts by bearer (loan tokens)."""
    shares = market.book.get(BORROWED, row)
    if shares <= 0.0:
        return {}
    rule: LossRule = market.params.losses.make()
    lost = market.relieve(row, market.to_assets(shares, market.borrowed, market.borrowed_shares), ALL)
    parts = rule.split(lost, {"lenders": market.lent})
    borne = parts.get("lenders", 0.0)
    market.lent -= borne
    market.deficit += lost - borne
    market.written_off += lost
    return parts
