"""Kind ``distressed``: holders of a claim with a hole behind it, who price it by the recovery that they expect.

To a holder one token is worth ``coverage + (1 - coverage) * hope`` units of its backing: what still stands behind it, and the part of
the hole that this holder believes will be made good. Hopes differ, and fade. Each sells where the venue pays more than that and buys, with
what capital there is, where it pays less: the price falls towards what the remaining backing is worth as fast as holders come to sell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from agents.base import AgentParams, EcosystemAgent, Given, Population
from model.core.actions import Swap, Transaction
from model.core.draws import Stream
from model.core.errors import Refused
from model.core.params import param
from model.core.units import DAY
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import Watch


class DistressedParams(AgentParams):
    """Holders of one claim and the venue where they can sell it."""

    count: int = param(50, unit="accounts", ge=0, description="Number of holders")
    claim: str = param(unit="claim", description="Claim that they hold")
    venue: str = param(unit="venue", description="Where it trades")
    into: str = param(unit="token", description="What it is sold for")
    price: str | None = param(None, unit="feed", description="Feed that states what `into` is worth in units of the backing; none for 1")
    held: float = param(unit="claim token", ge=0, description="Held by all together")
    concentration: float = param(0.5, unit="1", ge=0, description="Zipf exponent of holdings by rank: 0 for equal shares")
    capital: float = param(0.0, unit="into token", ge=0, description="With which all together can buy")
    hope: tuple[float, float] = param((0.0, 0.5), unit="fraction", description="Range of the part of the hole expected back, uniform")
    fades: float | None = param(None, unit="seconds", gt=0, description="Half-life of hope from the news on; none: it stays")
    news: float = param(0.0, unit="seconds", ge=0, description="Time from the loss until it is public")
    hesitation: float = param(0.5 * DAY, unit="seconds", ge=0, description="Mean time from the news to the first sale (exponential)")
    period: float = param(3_600.0, unit="seconds", gt=0, description="Time between sales")
    slice: float = param(0.1, unit="fraction", gt=0, le=1, description="Part of the first holding, or of capital, traded at a time")
    margin: float = param(0.1, unit="fraction", ge=0, lt=1, description="Discount to its own value at which a holder buys more")


class DistressedHolder(EcosystemAgent):
    """Sells slice by slice down to its own value of the token, buys up to that less a margin. ``stake`` is what it held at first."""

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream, hope: float, stake: float) -> None:
        super().__init__(model, account, index, params, draws)
        self.hope = hope
        self.stake = stake
        self.heard_at: float | None = None
        self.acts_at = 0.0

    def wakes(self) -> Iterable[Watch]:
        """The first loss of the claim."""
        return (Watch(f"impairment:{self.params.claim}", 1e-9),)

    def value(self, coverage: float, now: float) -> float:
        """What a token is worth to it (backing units) when ``coverage`` units stand behind it."""
        hope = self.hope
        if self.params.fades is not None and self.heard_at is not None:
            hope *= 0.5 ** (max(now - self.heard_at, 0.0) / self.params.fades)
        return coverage + max(1.0 - coverage, 0.0) * hope

    def decide(self, view: View) -> Sequence[Transaction]:
        """Wait for the news and for oneself; then sell or buy towards one's own value."""
        params = self.params
        if self.heard_at is None:
            self.heard_at = view.now + params.news
            self.acts_at = self.heard_at + params.hesitation * self.draws.exponential(self.index, number=1)
        if view.now < self.acts_at:
            self.ask_again = self.acts_at
            return []
        # Watches are armed anew by every transaction that goes through: the time of the next sale is its own to keep.
        self.ask_again = self.acts_at = view.now + params.period
        claim = view.claim(params.claim)
        unit = 1.0 if params.price is None else view.feed(params.price).value()
        worth = self.value(claim.price_of_one() if claim is not None else 1.0, view.now) / unit
        if not worth > 0.0:
            return []
        trade = self._trade(view, worth)
        return [Transaction((trade,), tip=self.tip, expires_at=view.now + params.period)] if trade is not None else []

    def _trade(self, view: View, worth: float) -> Swap | None:
        """A sale down to ``worth`` (into tokens per claim), or a purchase up to it less the margin."""
        params, venue = self.params, view.venue(self.params.venue)
        claim, into = venue.place[params.claim], venue.place[params.into]
        for sell, buy, most, price in (
            (claim, into, params.slice * self.stake, worth),
            (into, claim, params.slice * params.capital / params.count, 1.0 / (worth * (1.0 - params.margin))),
        ):
            name = venue.tokens[sell]
            amount = min(most, view.balance(name))
            try:
                amount = min(amount, venue.mechanism.amount_to(venue.pool(), sell, buy, price))
                if amount > 1e-3 * most:
                    least = venue.quote(name, venue.tokens[buy], amount).received * 0.99
                    return Swap(target=venue.name, sell=name, buy=venue.tokens[buy], amount=amount, min_received=least)
            except Refused:
                continue
        return None


class DistressedHolders(Population, kind="distressed"):
    """Holders whose stakes fall with rank and whose hopes are spread over a range."""

    role: ClassVar[str] = "holders"
    Params = DistressedParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Endow and enrol them."""
        world, params = model.world, self.params
        accounts = world.accounts.open_many(name, params.count)
        weights = (1.0 + np.arange(params.count)) ** -params.concentration
        stakes = params.held * weights / max(weights.sum(), 1e-300)
        self.endow(world, params.chain, accounts, {params.claim: stakes, params.into: params.capital / max(params.count, 1)})
        low, high = params.hope
        drawn = world.draws[name].uniforms(params.count).tolist()
        for index, account in enumerate(accounts):
            hope = low + (high - low) * drawn[index]
            model.enrol(DistressedHolder(model, account, index, params, world.draws[name], hope, float(stakes[index])))
