"""Kind ``inventory``: a liquidator with capital of its own, who judges every offer by profit after slippage, fees and gas."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from agents.base import EcosystemAgent, Given, Population
from agents.liquidators.bidding import bid_size, bid_worth, opening, sales
from agents.liquidators.deposits import Deposit, Deposits
from agents.liquidators.inventory_params import InventoryParams
from agents.liquidators.tendering import Judge, tenders
from agents.sizing import best_size
from model.core.actions import Action, Receipt, Swap, Take, Transaction
from model.core.draws import Stream
from model.core.errors import Refused
from model.ecosystem import Ecosystem
from model.markets.base import Offer
from model.view import View

_BID_SHARE = 1
"""Number of the draw of its share of profit; the first is the latency's."""
_SHORTLIST = 3
"""Offers that are held against its capital, for each one that it works through."""


class InventoryLiquidator(EcosystemAgent):
    """Pays in from inventory, sells what it receives along the best route back into what it paid. In an English auction it bids at once
    what a lot would fetch less a discount, and sells the lot when it has won it.
    """

    takes_offers: ClassVar[bool] = True
    most_pending: ClassVar[int] = 3

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream) -> None:
        super().__init__(model, account, index, params, draws)
        self.won: dict[str, str] = {}
        """Token that a bid may win -> token that it is paid in."""
        self.selling: set[tuple[str, str]] = set()
        """(chain, token) of sales on their way: a second one would be quoted at a price that the first is about to move."""
        self.deposits = Deposits()

    def receive(self, receipt: Receipt) -> None:
        """A sale that has been settled, or not, is on its way no more."""
        self.selling.discard((receipt.transaction.chain or self.chain, receipt.transaction.note))

    def decide(self, view: View) -> Sequence[Transaction]:
        """Sell what bids have won, and take the most profitable offers that its capital covers."""
        left: dict[str, float] = {}
        offers = view.offers()
        ranked = self._ranked(view, offers, left)
        found: list[tuple[float, float, Offer]] = []
        best: dict[str, float] = {}
        for bound, offer in ranked[: self.params.deliberation]:
            sells = self._sells(view, offer)
            if sells and (bound <= best.get(offer.gives, 0.0) or (view.chain, offer.gives) in self.selling):
                continue  # of the offers that give the same token it takes the best alone
            size, profit = self._judge(view, offer, left.get(offer.pays, 0.0))
            if size > 0.0:
                found.append((profit, size, offer))
                best[offer.gives] = max(profit, best.get(offer.gives, 0.0)) if sells else 0.0
        made = sales(view, self.won, self.params.slippage, self.tip_on(view.chain))
        if not view.pending():
            made.extend(self.deposits.withdrawals(view, self.params.slippage, self.tip_on(view.chain)))
        next_look = (math.floor(view.now / self.params.retry) + 1.0) * self.params.retry
        if self.won or (offers and not found):
            self.ask_again = next_look
        if view.now < view.grace_ends():
            self.ask_again = min(view.grace_ends(), self.ask_again or view.grace_ends())  # what the sentinel protects until then
        found.sort(key=lambda item: -item[0])
        rows: set[tuple[str, int]] = set()
        for gain, size, offer in found:
            place = (offer.market, offer.row)
            if len(made) + view.pending() >= self.most_pending or (offer.row >= 0 and place in rows):
                continue
            paid = offer.quote(size).paid if offer.kind == "bid" else size
            if offer.pays and paid > left[offer.pays]:
                continue
            if self._sells(view, offer):
                if (view.chain, offer.gives) in self.selling:
                    continue
                self.selling.add((view.chain, offer.gives))
            rows.add(place)
            if offer.pays:
                left[offer.pays] -= paid
            made.append(self._raced(view, self._take(view, offer, size), gain))
        if self.deposits:
            self.ask_again = min(next_look, self.ask_again or next_look)
        return made

    def bid(self, view: View, feed: str, offers: Sequence[Offer]) -> Sequence[Transaction]:
        """Bid its share of the profit for what an update of a feed opens."""
        low, high = self.params.bid_share
        share: float = low + (high - low) * self.draws.uniform(self.index, number=_BID_SHARE)
        handled = [offer for offer in offers if self.handles(view, offer) and view.may_hold(offer.gives, offer.gives_chain)]
        return tenders(view, feed, handled, Judge(self._bound, self._judge, self._take), share, self.params.deliberation)

    def _ranked(self, view: View, offers: Sequence[Offer], left: dict[str, float]) -> list[tuple[float, Offer]]:
        """Offers that may pay, best first; notes in ``left`` what it holds of the tokens that they ask for."""
        ranked: list[tuple[float, Offer]] = []
        takes = view.once(("takes", id(self.params)), lambda: self._takes(view, offers))
        cost: float = view.gas_cost("take", "swap", tip=self.tip_on(view.chain)) + self.params.least_profit
        for gain, offer in takes:
            if gain <= cost or len(ranked) >= _SHORTLIST * self.params.deliberation:
                break
            if not view.may_hold(offer.gives, offer.gives_chain):
                continue
            held = left.setdefault(offer.pays, self.funds(view, offer.pays))
            bound = gain * min(1.0, held / offer.limit) - cost
            if bound > 0.0:
                ranked.append((bound, offer))
        for offer in offers:
            if offer.kind == "take" or not self.handles(view, offer) or not view.may_hold(offer.gives, offer.gives_chain):
                continue
            if not (offer.kind == "bid" and offer.holder == self.account):
                held = left.setdefault(offer.pays, self.funds(view, offer.pays)) if offer.pays else 0.0
                bound = self._bound(view, offer, held)
                if bound > 0.0:
                    ranked.append((bound, offer))
        ranked.sort(key=lambda item: -item[0])
        return ranked

    def _takes(self, view: View, offers: Sequence[Offer]) -> list[tuple[float, Offer]]:
        """What each open ``take`` that it handles would gain as a whole, best first: the same for all of its kind."""
        taken = [
            (self._gain(view, offer), offer) for offer in offers if offer.kind == "take" and offer.limit > 0.0 and self.handles(view, offer)
        ]
        return sorted(taken, key=lambda item: -item[0])

    def funds(self, view: View, token: str) -> float:
        """What it can pay in of a token: what it holds."""
        return view.balance(token)

    def handles(self, view: View, offer: Offer) -> bool:
        """Whether it knows what to do with what an offer gives: sell it on the same chain."""
        return offer.gives_chain in ("", view.chain)

    def worth(self, view: View, offer: Offer, received: float) -> float:
        """What an offer's proceeds are worth at marginal prices, in the token that it asks for."""
        return view.worth(offer.gives, received, offer.pays) * self._paid_out(offer)

    def sold(self, view: View, offer: Offer, received: float) -> float:
        """What their sale brings along the best route, in the token that the offer asks for."""
        return view.route(offer.gives, offer.pays, received).received * self._paid_out(offer)

    def _paid_out(self, offer: Offer) -> float:
        """What one who waits for cash is content with, as a share; all of it where nobody has to wait."""
        return 1.0 - float(self.params.deposit_discount) if offer.deposit else 1.0

    def _bound(self, view: View, offer: Offer, held: float) -> float:
        """Profit (gas token) that no size beats: the largest one at marginal prices, without impact."""
        if offer.kind == "take" and offer.limit > 0.0:
            gain = self._gain(view, offer)
            cost_of_one: float = view.gas_cost("take", "swap", tip=self.tip_on(view.chain)) + self.params.least_profit
            return gain * min(1.0, held / offer.limit) - cost_of_one
        gas = view.gas_token()
        cost: float = view.gas_cost(offer.kind, "swap", tip=self.tip_on(view.chain)) + self.params.least_profit
        try:
            if offer.kind == "trigger":
                quote = offer.quote(offer.limit)
                gained = ((offer.reward_token, quote.reward), (offer.gives, quote.received))
                return sum(view.worth(token, amount, gas) for token, amount in gained if token and amount > 0.0) - cost
            if offer.kind == "bid":
                return bid_worth(view, offer, opening(offer)) * view.worth(offer.pays, 1.0, gas) - cost
        except Refused:
            return 0.0
        return 0.0

    def _gain(self, view: View, offer: Offer) -> float:
        """What the whole of an offer would gain at marginal prices, before gas (gas token)."""
        try:
            quote = offer.whole or offer.quote(offer.limit)
        except Refused:
            return 0.0
        return (self.worth(view, offer, quote.received) - quote.paid) * view.worth(offer.pays, 1.0, view.gas_token())

    def _judge(self, view: View, offer: Offer, held: float) -> tuple[float, float]:
        """Best size of an offer and its profit (gas token)."""
        if offer.kind == "trigger":
            return offer.limit or 1.0, self._bound(view, offer, held)
        cost: float = view.gas_cost(offer.kind, "swap", tip=self.tip_on(view.chain)) + self.params.least_profit
        unit = view.worth(offer.pays, 1.0, view.gas_token())
        if offer.kind == "bid":
            size = bid_size(view, offer, held, self.params.bid_discount)
            profit_of_bid = bid_worth(view, offer, size) * unit - cost if size > 0.0 else 0.0
            return (size, profit_of_bid) if profit_of_bid > 0.0 else (0.0, 0.0)
        margin: float = self.params.least_margin

        def profit(size: float) -> float:
            try:
                quote = offer.quote(size)
                back = self.sold(view, offer, quote.received)
            except Refused:
                return -1.0
            return (back - quote.paid * (1.0 + margin)) * unit - cost

        size, gain = view.once(("size", id(self.params), id(offer)), lambda: self._best(view, offer, profit))
        if size > held > 0.0:
            size, gain = held, profit(held)
        return (size, gain) if gain > 0.0 and held > 0.0 else (0.0, 0.0)

    def _sells(self, view: View, offer: Offer) -> bool:
        """Whether taking an offer goes with a sale of what it gives."""
        return offer.kind == "take" and offer.gives != offer.pays and offer.gives_chain in ("", view.chain) and not offer.deposit

    def _raced(self, view: View, taken: Transaction, gain: float) -> Transaction:
        """The transaction with a tip that gives up its share of the gain (gas token)."""
        if self.params.tip_share <= 0.0 or gain <= 0.0:
            return taken
        gas = self.model.world.chains[view.chain].gas_of(taken)
        return replace(taken, tip=self.tip_worth(gain, gas, self.params.tip_share, view.chain))

    def _best(self, view: View, offer: Offer, profit: Callable[[float], float]) -> tuple[float, float]:
        """Best size of an offer without regard to capital, and its profit. Offers on the same terms have the same best size, but for their
        limits.
        """
        if offer.whole is None or not offer.whole.paid > 0.0:
            return best_size(profit, offer.limit)
        terms = (offer.pays, offer.gives, offer.gives_chain, offer.wait, offer.deposit, round(offer.whole.received / offer.whole.paid, 9))
        found: dict[Hashable, tuple[float, float]] = view.once(("best", id(self.params)), dict)
        size, limit = found.get(terms, (math.inf, 0.0))
        if offer.limit <= size and offer.limit <= limit:
            return offer.limit, profit(offer.limit)
        if size < min(limit, offer.limit):
            return size, profit(size)
        size, gain = best_size(profit, offer.limit)
        if size > 0.0:
            found[terms] = size, offer.limit
        return size, gain

    def _take(self, view: View, offer: Offer, size: float) -> Transaction:
        because = view.because("liquidation")
        if offer.kind == "bid":
            self.won[offer.gives] = offer.pays
        action = offer.action(size)
        swaps: tuple[Swap, ...] = ()
        if isinstance(action, Take) and offer.gives_chain in ("", view.chain):
            slippage, received = self.params.slippage, offer.quote(size).received
            action = replace(action, min_received=received * (1.0 - slippage))
        if offer.deposit and not offer.gives_chain:
            self.deposits.expect(Deposit(offer.market, offer.gives, view.chain, offer.pays), view.now + 300.0 + self.params.retry)
        elif isinstance(action, Take) and offer.gives_chain in ("", view.chain):
            swaps = view.route(offer.gives, offer.pays, received).swaps(slippage, of_previous=True)
        actions: tuple[Action, ...] = (action, *swaps)
        note = offer.gives if self._sells(view, offer) else ""
        return Transaction(actions, tip=self.tip_on(view.chain), because=because, expires_at=view.now + 300.0, note=note)


class InventoryLiquidators(Population, kind="inventory"):
    """Liquidators whose capital falls with rank."""

    role: ClassVar[str] = "liquidators"
    Params = InventoryParams
    behaviour: ClassVar[type[InventoryLiquidator]] = InventoryLiquidator

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Share the capital out by rank and enrol them."""
        world, params = model.world, self.params
        accounts = world.accounts.open_many(name, params.count)
        weights = [(rank + 1.0) ** -params.concentration for rank in range(params.count)]
        total = sum(weights) or 1.0
        self.endow(world, params.chain, accounts, {})
        for account, weight in zip(accounts, weights, strict=True):
            self.endow_one(world, params.chain, account, {token: amount * weight / total for token, amount in params.capital.items()})
        for index, account in enumerate(accounts):
            model.enrol(self.behaviour(model, account, index, params, world.draws[name]))
