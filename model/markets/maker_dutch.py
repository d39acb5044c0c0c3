"""Dutch auctions of vaults' collateral: bark, take, redo.

Source: MakerDAO dss Dog.bark, Clipper (kick, redo, take), Liquidation 2.0.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from model.core.actions import ALL, Take
from model.core.errors import Refused
from model.liquidation.dutch_auction import DutchAuction, Sale, Taken
from model.markets.base import Offer, Quote
from model.markets.maker_auctions import (
    Bark,
    LotNumber,
    Slice,
    check_running,
    end,
    find_lot,
    grab,
    note,
    note_sale,
    put_up,
    room,
    soil,
    suck,
    take_of,
    trigger_of,
    unsafe,
)
from model.markets.maker_state import Lot, VaultType
from model.world.target import Call

if TYPE_CHECKING:
    from model.markets.maker import Maker

_ROUNDING = 1e-12


def rule_of(kind: VaultType) -> DutchAuction:
    """The type's Dutch auction."""
    rule = kind.auction()
    assert isinstance(rule, DutchAuction)
    return rule


def sale_of(lot: Lot) -> Sale:
    """A lot's running sale."""
    assert isinstance(lot.sale, Sale)
    return lot.sale


def bark(market: Maker, call: Call, item: Bark) -> float:
    """Move an unsafe vault under the hammer; returns the incentive paid (debt tokens)."""
    kind, row, health = unsafe(market, item)
    rule, owed = rule_of(kind), market.owed(kind, row)
    lot, debt = rule.portion(market.ink(kind, row), owed, room(market, kind), kind.params.dust)
    sale = rule.start(lot, debt, market.quoted(kind), call.now)
    grab(market, kind, row, lot, debt, call.now)
    put_up(market, call, kind, Lot(kind.name, row, debt, lot, 0.0, health, sale))
    reward = rule.incentive(sale.tab)
    suck(market, call.sender, reward)
    return reward


def redo(market: Maker, call: Call, item: LotNumber) -> float:
    """Restart a sale that ran too long or fell too far; returns the incentive paid (debt tokens)."""
    number, lot = find_lot(market, item)
    kind = market.types[lot.type]
    check_running(kind, 2)
    rule, price = rule_of(kind), market.quoted(kind)
    sale = rule.reset(sale_of(lot), price, call.now)
    reward = rule.reset_incentive(sale, price, kind.params.dust)
    market.running[number] = replace(lot, sale=sale)
    suck(market, call.sender, reward)
    note(market, call, number, "redo", market.running[number], sale.top)
    return reward


def settlement(market: Maker, lot: Lot, payment: float, terms: Slice, now: float) -> Taken:
    """What paying up to ``payment`` (or the terms' slice) settles. Raises ``Refused`` where the contract refuses."""
    kind = market.types[lot.type]
    rule, sale = rule_of(kind), sale_of(lot)
    price = rule.price(sale, now)
    amount = min(terms.amount, payment / price if price > 0.0 else ALL)
    if amount >= sale.lot * (1.0 - _ROUNDING):
        amount = ALL
    return rule.take(sale, amount, terms.max_price * (1.0 + _ROUNDING), kind.params.dust, now)


def take(market: Maker, call: Call, action: Take) -> float:
    """Buy collateral of a lot at the price of now; returns the collateral received."""
    number, lot = find_lot(market, action.item)
    check_running(market.types[lot.type], 3)
    terms = action.terms if isinstance(action.terms, Slice) else Slice()
    taken = settlement(market, lot, action.amount, terms, call.now)
    kind = market.types[lot.type]
    market.ledger.move(market.stablecoin, call.sender, market.vow, taken.owe)
    market.ledger.move(kind.token, market.account, call.sender, taken.slice)
    note_sale(market, call, lot, taken.owe, taken.slice)
    note(market, call, number, "take", lot, taken.owe / taken.slice)
    raised = lot.raised + taken.owe
    if taken.sale is not None:
        market.running[number] = replace(lot, raised=raised, sale=taken.sale)
        soil(market, kind, taken.sale.tab - sale_of(lot).tab)
        return taken.slice
    if taken.returned > 0.0:
        market.ledger.move(kind.token, market.account, market.book.owners[lot.row], taken.returned)
    end(market, call, number, replace(lot, raised=raised))
    return taken.slice


def offers_of(market: Maker, kind: VaultType, row: int) -> list[Offer]:
    """The trigger that moves an unsafe vault under the hammer."""
    item = Bark(market.book.owners[row], kind.name)
    rule = rule_of(kind)

    def quote(size: float) -> Quote:
        lot, debt = rule.portion(market.ink(kind, row), market.owed(kind, row), room(market, kind), kind.params.dust)
        sale = rule.start(lot, debt, market.quoted(kind), market.world.clock.now)
        return Quote(0.0, 0.0, rule.incentive(sale.tab))

    try:
        quote(0.0)
    except Refused:
        return []
    return [Offer("trigger", market.name, item, row, "", "", 0.0, quote, lambda _: trigger_of(market, item), market.stablecoin)]


def lot_offer(market: Maker, number: int, lot: Lot) -> Offer:
    """What a running lot offers: its collateral at the price of now, or the incentive for its reset."""
    kind = market.types[lot.type]
    rule, sale, now = rule_of(kind), sale_of(lot), market.world.clock.now
    item = LotNumber(number)
    if rule.needs_reset(sale, now):

        def reset(size: float) -> Quote:
            fresh = rule.reset(sale, market.quoted(kind), market.world.clock.now)
            return Quote(0.0, 0.0, rule.reset_incentive(fresh, market.quoted(kind), kind.params.dust))

        return Offer("trigger", market.name, item, -1, "", "", 0.0, reset, lambda _: trigger_of(market, item), market.stablecoin)
    limit = min(sale.tab, sale.lot * rule.price(sale, now))

    def whole(size: float) -> float:
        return ALL if size >= limit * (1.0 - _ROUNDING) else size

    def quote(size: float) -> Quote:
        taken = settlement(market, lot, whole(size), Slice(), market.world.clock.now)
        return Quote(taken.owe, taken.slice)

    return Offer(
        "take", market.name, item, -1, market.stablecoin, kind.token, limit, quote, lambda size: take_of(market, number, whole(size))
    )
