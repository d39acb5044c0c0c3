"""How a keeper bids in an English auction, and sells what it has won."""

from __future__ import annotations

from collections.abc import Mapping

from model.core.actions import Swap, Transaction
from model.core.errors import Refused
from model.markets.base import Offer, Quote
from model.view import View

_ABOVE = 1.0 + 1e-9
_ROUNDS = 40
_MOST_IMPACT = 0.02
_HALVINGS = 6


def opening(offer: Offer) -> float:
    """The least size that is accepted; a sliver of the limit where any is."""
    return offer.least * _ABOVE if offer.least > 0.0 else offer.limit * 1e-6


def bid_worth(view: View, offer: Offer, size: float) -> float:
    """What winning with a bid of ``size`` gains (``pays`` tokens), sold along the best route; minus infinity where it is refused."""
    quote = _quote(offer, size)
    return -float("inf") if quote is None else view.route(offer.gives, offer.pays, quote.received).received - quote.paid


def bid_size(view: View, offer: Offer, held: float, discount: float) -> float:
    """The highest bid at which what is won still sells for what is paid, with ``discount`` to spare; 0 where the least bid is too high.

    A standing bid stays in escrow until the auction closes, so there is nothing to gain by creeping up from the least bid.
    """

    def pays(size: float) -> bool:
        quote = _quote(offer, size)
        if quote is None or quote.paid > held:
            return False
        return view.route(offer.gives, offer.pays, quote.received).received * (1.0 - discount) >= quote.paid

    low = opening(offer)
    first = _quote(offer, low)
    if first is None or not first.paid > 0.0 or not pays(low):
        return 0.0
    # A bid's price for a unit is in proportion to its size in both phases of an auction, so the highest one follows from any.
    fair = low * view.route(offer.gives, offer.pays, first.received).received * (1.0 - discount) / first.paid
    high = min(fair * (1.0 - 1e-9), offer.limit)
    if high > low and pays(high):
        return high
    for _ in range(_ROUNDS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if pays(middle) else (low, middle)
    return low


def sales(view: View, won: Mapping[str, str], slippage: float, tip: float) -> list[Transaction]:
    """Sales of what bids have won: all of it, or as much as moves the price by 2 %."""
    made = []
    for token, into in won.items():
        amount = view.balance(token)
        marginal = view.worth(token, 1.0, into)
        if view.pending() or amount * view.worth(token, 1.0, view.gas_token()) <= 2.0 * view.gas_cost("swap", tip=tip):
            continue
        for _ in range(_HALVINGS):
            route = view.route(token, into, amount)
            if route.received >= amount * marginal * (1.0 - _MOST_IMPACT):
                break
            amount *= 0.5
        swaps: tuple[Swap, ...] = route.swaps(slippage)
        if swaps:
            made.append(Transaction(swaps, tip=tip, because=view.because("liquidation"), expires_at=view.now + 300.0))
    return made


def _quote(offer: Offer, size: float) -> Quote | None:
    try:
        return offer.quote(size)
    except Refused:
        return None
