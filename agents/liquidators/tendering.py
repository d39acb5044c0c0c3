"""How a liquidator bids for an oracle update: for the right to liquidate with it, it pays a share of what it would gain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from model.core.actions import Bid, Transaction
from model.markets.base import Offer
from model.view import View
from model.world.update_auction import Payment


@dataclass(frozen=True, slots=True)
class Judge:
    """How one liquidator values an offer: ``bound`` (profit in the gas token that no size beats), ``best`` (size and profit for what it
    holds), ``take`` (the transaction).
    """

    bound: Callable[[View, Offer, float], float]
    best: Callable[[View, Offer, float], tuple[float, float]]
    take: Callable[[View, Offer, float], Transaction]


def tenders(view: View, feed: str, offers: Sequence[Offer], judge: Judge, share: float, most: int) -> list[Transaction]:
    """Sealed bids on what an update opens, the most profitable offers first, one for each row: take, sell, and pay ``share`` of the
    profit in the token that the offer asks for. Only what is paid in directly is bid for; ``most`` offers are looked at closely.
    """
    left: dict[str, float] = {}
    ranked: list[tuple[float, int]] = []
    for place, offer in enumerate(offers):
        if offer.kind == "take" and offer.pays:
            bound = judge.bound(view, offer, left.setdefault(offer.pays, view.balance(offer.pays)))
            if bound > 0.0:
                ranked.append((-bound, place))
    made: list[Transaction] = []
    rows: set[tuple[str, int]] = set()
    for _, place in sorted(ranked)[:most]:
        offer = offers[place]
        if (offer.market, offer.row) in rows:
            continue
        size, profit = judge.best(view, offer, left[offer.pays])
        profit -= view.gas_cost(offer.kind, "swap", "bid") - view.gas_cost(offer.kind, "swap")
        unit = view.worth(offer.pays, 1.0, view.gas_token())
        if size <= 0.0 or profit <= 0.0 or unit <= 0.0:
            continue
        taken = judge.take(view, offer, size)
        paid = share * profit / unit
        if len(taken.actions) == 1 and size + paid > left[offer.pays]:
            continue  # nothing is sold in this transaction that the payment could come from
        rows.add((offer.market, offer.row))
        left[offer.pays] -= size
        payment = Bid(target=feed, item=offer.market, amount=paid, terms=Payment(offer.pays, offer.market, profit / unit))
        made.append(replace(taken, actions=(*taken.actions, payment)))
    return made
