"""The system's own balance: surplus covers debt without a vault; what is left is raised by debt auctions against new governance tokens,
and surplus beyond the buffer is sold for governance tokens, which are burned.

A bid in a debt auction is stated as debt tokens for the governance tokens first offered: the lot's fixed payment buys
offered x payment / bid. A bid in a surplus auction is governance tokens.

Source: MakerDAO dss Vow (flog, heal, kiss, flop, flap), Flopper, Flapper.
Assumes: whoever may start, close or restart one of these auctions does so in the ``clear`` phase.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from model.core.actions import Bid
from model.core.errors import Refused
from model.losses.surplus_and_debt_auction import SurplusAndDebtAuction
from model.markets.base import Offer, Quote
from model.markets.bookkeeping import ROUNDING
from model.world.target import Call

if TYPE_CHECKING:
    from model.markets.maker import Maker

_HIGHEST = 1e3


@dataclass(frozen=True, slots=True)
class DebtLot:
    """Item of a ``Bid``: a debt auction."""

    number: int


@dataclass(frozen=True, slots=True)
class SurplusLot:
    """Item of a ``Bid``: a surplus auction."""

    number: int


@dataclass(frozen=True, slots=True)
class DebtAuction:
    """Raises ``payment`` debt tokens for newly minted governance tokens: first ``offered``, now ``asked``; times in seconds."""

    payment: float
    offered: float
    asked: float
    bidder: int | None
    expires: float
    ends: float


@dataclass(frozen=True, slots=True)
class SurplusAuction:
    """Sells ``lot`` debt tokens for the highest ``bid`` of governance tokens; times in seconds."""

    lot: float
    bid: float
    bidder: int | None
    expires: float
    ends: float


def heal(market: Maker, amount: float) -> float:
    """Cover debt without a vault by surplus, as far as its waiting time is over; returns how much."""
    waiting = sum(market.queue.values())
    part = min(amount, market.surplus(), max(market.sin - waiting - market.ash, 0.0))
    if part > 0.0:
        market.sin -= market.burn(market.vow, part)
    return part


def settle(market: Maker) -> Iterator[str]:
    """What the system's balance does by itself: debts whose waiting time is over, covering, auctions of debt and of surplus."""
    now = market.world.clock.now
    for since in [since for since in market.queue if since + market.params.wait <= now]:
        del market.queue[since]
    covered = heal(market, market.surplus())
    if covered > 0.0:
        yield f"covered {covered:.6g}"
    for number, auction in list(market.debt_auctions.items()):
        if now > min(auction.expires, auction.ends):
            yield _close_debt(market, number, auction)
    for sale, surplus in list(market.surplus_auctions.items()):
        if now > min(surplus.expires, surplus.ends):
            yield _close_surplus(market, sale, surplus)
    rule = market.loss
    if market.params.governance_token and isinstance(rule, SurplusAndDebtAuction):
        yield from _start(market, rule, now)


def _start(market: Maker, rule: SurplusAndDebtAuction, now: float) -> Iterator[str]:
    params, ends = rule.params, now + market.params.auction_length
    ready = max(market.sin - sum(market.queue.values()) - market.ash, 0.0)
    if market.surplus() == 0.0:
        for _ in range(rule.debt_auctions(ready)):
            number = market.world.number("auctions")
            market.ash += params.debt_lot
            market.debt_auctions[number] = DebtAuction(params.debt_lot, params.initial_mint, params.initial_mint, None, ends, ends)
            yield f"debt auction {number}"
    for _ in range(rule.surplus_auctions(market.surplus() - market.sin, ready)):
        number = market.world.number("auctions")
        market.ledger.move(market.stablecoin, market.vow, market.account, params.surplus_lot)
        market.surplus_auctions[number] = SurplusAuction(params.surplus_lot, 0.0, None, ends, ends)
        yield f"surplus auction {number}"


def _close_debt(market: Maker, number: int, auction: DebtAuction) -> str:
    rule = _rule(market)
    if auction.bidder is None:
        more, now = rule.restart(auction.asked), market.world.clock.now
        ends = now + market.params.auction_length
        market.debt_auctions[number] = DebtAuction(auction.payment, more, more, None, ends, ends)
        return f"debt auction {number} restarted"
    market.ledger.create(market.params.governance_token, auction.bidder, auction.asked, "claim")
    del market.debt_auctions[number]
    return f"debt auction {number} closed"


def _close_surplus(market: Maker, number: int, auction: SurplusAuction) -> str:
    if auction.bidder is None:
        ends = market.world.clock.now + market.params.auction_length
        market.surplus_auctions[number] = replace(auction, expires=ends, ends=ends)
        return f"surplus auction {number} restarted"
    market.ledger.move(market.stablecoin, market.account, auction.bidder, auction.lot)
    market.ledger.destroy(market.params.governance_token, market.account, auction.bid, "burn")
    del market.surplus_auctions[number]
    return f"surplus auction {number} closed"


def bid(market: Maker, call: Call, action: Bid) -> float:
    """Bid in a debt or a surplus auction; returns what was paid (debt tokens, or governance tokens)."""
    if isinstance(action.item, DebtLot):
        return _bid_debt(market, call, action.item.number, action.amount)
    assert isinstance(action.item, SurplusLot)
    return _bid_surplus(market, call, action.item.number, action.amount)


def _dented(market: Maker, auction: DebtAuction, amount: float) -> float:
    if market.world.clock.now >= min(auction.expires, auction.ends):
        raise Refused("auction_over")
    if amount < auction.payment:
        raise Refused("bid_not_higher", f"{amount} of {auction.payment}")
    lot = auction.offered * auction.payment / amount
    return lot if lot == auction.asked and auction.bidder is None else _rule(market).dent(auction.asked, lot)


def _bid_debt(market: Maker, call: Call, number: int, amount: float) -> float:
    auction = market.debt_auctions.get(number)
    if auction is None:
        raise Refused("no_such_item", f"{number}")
    asked = _dented(market, auction, amount)
    if auction.bidder is None:
        market.ledger.move(market.stablecoin, call.sender, market.vow, auction.payment)
        covered = min(auction.payment, market.ash)
        market.ash -= covered
        market.sin -= market.burn(market.vow, covered)
    elif auction.bidder != call.sender:
        market.ledger.move(market.stablecoin, call.sender, auction.bidder, auction.payment)
    expires = call.now + market.params.bid_lifetime
    market.debt_auctions[number] = replace(auction, asked=asked, bidder=call.sender, expires=expires)
    return auction.payment


def _raised(market: Maker, auction: SurplusAuction, amount: float) -> float:
    if market.world.clock.now >= min(auction.expires, auction.ends):
        raise Refused("auction_over")
    least = auction.bid * (1.0 + _rule(market).params.minimum_decrease)
    if not amount > auction.bid or amount < least:
        raise Refused("insufficient_increase", f"{amount} below {least}")
    return amount


def _bid_surplus(market: Maker, call: Call, number: int, amount: float) -> float:
    auction = market.surplus_auctions.get(number)
    if auction is None:
        raise Refused("no_such_item", f"{number}")
    paid, token = _raised(market, auction, amount), market.params.governance_token
    if auction.bidder is not None and auction.bidder != call.sender:
        market.ledger.move(token, call.sender, auction.bidder, auction.bid)
        market.ledger.move(token, call.sender, market.account, paid - auction.bid)
    else:
        market.ledger.move(token, call.sender, market.account, paid - auction.bid)
    expires = call.now + market.params.bid_lifetime
    market.surplus_auctions[number] = replace(auction, bid=paid, bidder=call.sender, expires=expires)
    return paid


def lots_of(market: Maker) -> Iterator[Offer]:
    """Open debt and surplus auctions."""
    stable, token = market.stablecoin, market.params.governance_token
    for number, auction in market.debt_auctions.items():
        yield _debt_offer(market, number, auction, stable, token)
    for number, sale in market.surplus_auctions.items():
        yield _surplus_offer(market, number, sale, token, stable)


def _debt_offer(market: Maker, number: int, auction: DebtAuction, pays: str, gives: str) -> Offer:
    item = DebtLot(number)

    def quote(size: float) -> Quote:
        return Quote(auction.payment, _dented(market, auction, size))

    first = auction.bidder is None
    decrease = 1.0 if first else (1.0 + _rule(market).params.minimum_decrease) * (1.0 + ROUNDING)
    least = auction.payment * auction.offered / auction.asked * decrease
    return Offer(
        "bid", market.name, item, -1, pays, gives, auction.payment * _HIGHEST, quote,
        lambda size: Bid(target=market.name, item=item, amount=size), "", least, -1 if auction.bidder is None else auction.bidder,
    )  # fmt: skip


def _surplus_offer(market: Maker, number: int, auction: SurplusAuction, pays: str, gives: str) -> Offer:
    item = SurplusLot(number)

    def quote(size: float) -> Quote:
        return Quote(_raised(market, auction, size), auction.lot)

    limit = max(market.ledger.supply(market.params.governance_token), 0.0)
    least = auction.bid * (1.0 + _rule(market).params.minimum_decrease) * (1.0 + ROUNDING)
    return Offer(
        "bid", market.name, item, -1, pays, gives, limit, quote, lambda size: Bid(target=market.name, item=item, amount=size), "", least,
        -1 if auction.bidder is None else auction.bidder,
    )  # fmt: skip


def _rule(market: Maker) -> SurplusAndDebtAuction:
    assert isinstance(market.loss, SurplusAndDebtAuction)
    return market.loss
