"""English auctions of vaults' collateral: bite, tend, dent, deal.

A bid is stated as debt tokens for the lot as it was offered. Up to the tab it is paid and buys the whole lot (tend); above it the tab
is paid and buys lot x tab / bid (dent). So one rising number leads through both phases.

Source: MakerDAO dss Cat.bite, Flipper (kick, tick, tend, dent, deal), Liquidation 1.x.
Assumes: an auction that ended is closed or restarted in the ``clear`` phase where nobody does so before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from model.core.actions import Bid
from model.core.errors import Refused
from model.liquidation.english_auction import Auction, EnglishAuction
from model.markets.base import Offer, Quote
from model.markets.bookkeeping import ROUNDING
from model.markets.maker_auctions import (
    Bark,
    ForLot,
    LotNumber,
    bid_of,
    end,
    find_lot,
    grab,
    note,
    note_sale,
    put_up,
    room,
    soil,
    trigger_of,
    unsafe,
)
from model.markets.maker_state import Lot, VaultType
from model.world.target import Call

if TYPE_CHECKING:
    from model.markets.maker import Maker

_HIGHEST = 1e3
"""Highest bid that an offer states as its limit, as a multiple of the tab; the contract knows none."""


def rule_of(kind: VaultType) -> EnglishAuction:
    """The type's English auction."""
    rule = kind.auction()
    assert isinstance(rule, EnglishAuction)
    return rule


def auction_of(lot: Lot) -> Auction:
    """A lot's running auction."""
    assert isinstance(lot.sale, Auction)
    return lot.sale


def next_lot(market: Maker, kind: VaultType, row: int, health: float, now: float) -> Lot:
    """The next lot of an unsafe vault. Refuses ``limit_hit`` where it would exceed what may be on auction."""
    rule = rule_of(kind)
    collateral, debt = rule.portion(market.ink(kind, row), market.owed(kind, row))
    auction = rule.start(collateral, debt, now)
    if auction.tab > room(market, kind):
        raise Refused("limit_hit", f"{auction.tab} of {room(market, kind)}")
    return Lot(kind.name, row, debt, collateral, 0.0, health, auction)


def bite(market: Maker, call: Call, item: Bark) -> int:
    """Put the next lot of an unsafe vault under the hammer; returns its number."""
    kind, row, health = unsafe(market, item)
    lot = next_lot(market, kind, row, health, call.now)
    grab(market, kind, row, lot.offered, lot.debt, call.now)
    return put_up(market, call, kind, lot)


def outbid(rule: EnglishAuction, lot: Lot, bidder: int, amount: float, now: float) -> Auction:
    """The auction after a bid: tend up to the tab, dent above. Raises ``Refused`` where the contract refuses."""
    auction = auction_of(lot)
    if amount <= auction.tab:
        return rule.tend(auction, bidder, amount, now)
    if not auction.denting:
        auction = rule.tend(auction, bidder, auction.tab, now)
    return rule.dent(auction, bidder, lot.offered * auction.tab / amount, now)


def bid(market: Maker, call: Call, action: Bid) -> float:
    """Bid for a lot, or for the next lot of an unsafe vault; returns what was paid (debt tokens)."""
    item = LotNumber(bite(market, call, action.item)) if isinstance(action.item, Bark) else action.item
    number, lot = find_lot(market, item)
    kind, before = market.types[lot.type], auction_of(lot)
    if isinstance(action.terms, ForLot) and lot.offered < action.terms.offered * (1.0 - ROUNDING):
        raise Refused("slippage", f"a lot of {lot.offered}, bid for {action.terms.offered}")
    after = outbid(rule_of(kind), lot, call.sender, action.amount, call.now)
    if before.bidder is not None and before.bidder != call.sender:
        market.ledger.move(market.stablecoin, call.sender, before.bidder, before.bid)
    market.ledger.move(market.stablecoin, call.sender, market.vow, after.bid - before.bid)
    if after.lot < before.lot:
        market.ledger.move(kind.token, market.account, market.book.owners[lot.row], before.lot - after.lot)
    market.running[number] = replace(lot, raised=after.bid, sale=after)
    soil(market, kind, before.bid - after.bid)
    note(market, call, number, "bid", market.running[number], after.bid / after.lot if after.lot else 0.0)
    return after.bid


def close(market: Maker, call: Call, item: LotNumber) -> float:
    """Hand the lot to the bidder that won, or restart an auction without bids; returns 0, there is no reward."""
    number, lot = find_lot(market, item)
    kind, auction = market.types[lot.type], auction_of(lot)
    rule = rule_of(kind)
    if auction.bidder is None:
        market.running[number] = replace(lot, sale=rule.restart(auction, call.now))
        note(market, call, number, "redo", lot, 0.0)
        return 0.0
    if not rule.closed(auction, call.now):
        raise Refused("auction_running", f"until {rule.closes_at(auction)}")
    market.ledger.move(kind.token, market.account, auction.bidder, auction.lot)
    winner = replace_sender(call, auction.bidder)
    note_sale(market, winner, lot, auction.bid, auction.lot)
    end(market, winner, number, lot)
    return 0.0


def replace_sender(call: Call, sender: int) -> Call:
    """The call as if ``sender`` had made it: the bidder is the liquidator, whoever closes."""
    return Call(call.world, call.chain, sender, call.now, None)


def over(market: Maker, lot: Lot) -> bool:
    """Whether a lot can be closed or restarted."""
    auction, now = auction_of(lot), market.world.clock.now
    return now > auction.ends if auction.bidder is None else rule_of(market.types[lot.type]).closed(auction, now)


def quoted(rule: EnglishAuction, lot: Lot, amount: float, now: float) -> Quote:
    """What a bid pays and, if it wins, receives."""
    after = outbid(rule, lot, -1, amount, now)
    return Quote(after.bid, after.lot)


def offers_of(market: Maker, kind: VaultType, row: int) -> list[Offer]:
    """Of an unsafe vault: the trigger that starts the next auction, unrewarded, and the bid that starts it and bids in it."""
    item, rule = Bark(market.book.owners[row], kind.name), rule_of(kind)
    health = market.health_in(kind, row)
    try:
        lot = next_lot(market, kind, row, health, market.world.clock.now)
    except Refused:
        return []
    start = Offer("trigger", market.name, item, row, "", "", 0.0, lambda _: Quote(0.0, 0.0), lambda _: trigger_of(market, item))
    return [start, _bid_offer(market, rule, item, lot, row)]


def lot_offer(market: Maker, number: int, lot: Lot) -> Offer:
    """What a running lot offers: a higher bid, or its closing."""
    item = LotNumber(number)
    if over(market, lot):
        return Offer("trigger", market.name, item, -1, "", "", 0.0, lambda _: Quote(0.0, 0.0), lambda _: trigger_of(market, item))
    return _bid_offer(market, rule_of(market.types[lot.type]), item, lot, -1)


def _bid_offer(market: Maker, rule: EnglishAuction, item: Bark | LotNumber, lot: Lot, row: int) -> Offer:
    def quote(size: float) -> Quote:
        return quoted(rule, lot, size, market.world.clock.now)

    auction, token = auction_of(lot), market.types[lot.type].token
    holder = -1 if auction.bidder is None else auction.bidder
    least = lot.offered * auction.tab / rule.largest_lot(auction) * (1.0 + ROUNDING) if auction.denting else rule.least_bid(auction)
    return Offer(
        "bid", market.name, item, row, market.stablecoin, token, auction.tab * _HIGHEST, quote,
        lambda size: bid_of(market, item, size, lot.offered), "", least, holder,
    )  # fmt: skip
