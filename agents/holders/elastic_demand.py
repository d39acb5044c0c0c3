"""Kind ``elastic_demand``: the wider market's finite demand for a discounted claim, without which a thin pool has no last buyer.

The stock that holders outside the model want beyond what they hold already grows with the discount d and is bounded:
``Q(d) = depth * (1 - exp(-d / slope))`` for d above ``from_discount`` (d measured from there), 0 below.
``depth`` and ``slope`` are fitted numbers, and are named so in the scenario.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import ClassVar

from agents.base import AgentParams, EcosystemAgent, Given, Population
from model.core.actions import Swap, Transaction
from model.core.params import param
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import Timer
from model.world.venue import TradingVenue


class ElasticDemandParams(AgentParams):
    """Elastic outside demand for a claim on one venue."""

    venue: str = param(unit="venue", description="Where it trades")
    claim: str = param(unit="token", description="Claim that is wanted")
    backing: str = param(unit="token", description="Token that it is paid with")
    depth: float = param(unit="claim token", gt=0, description="Most that is ever wanted (fitted)")
    slope: float = param(unit="fraction", gt=0, lt=1, description="Discount at which 63 % of the depth is wanted (fitted)")
    from_discount: float = param(0.0, unit="fraction", ge=0, lt=1, description="Discount from which on anything is wanted")
    period: float = param(1_800.0, unit="seconds", gt=0, description="Time between looks")
    purse: float = param(1_000.0, unit="gas token", ge=0, description="Gas token set aside for fees, each account")
    speed: float = param(0.25, unit="fraction", gt=0, le=1, description="Share of the gap between wanted and held that is traded at a look")


class ElasticHolder(EcosystemAgent):
    """The outside demand as one account: buys towards its wanted stock as the discount grows, sells back as it shrinks."""

    def wakes(self) -> Iterable[Timer]:
        """A timer, at a phase of its own."""
        period = self.params.period
        return (Timer(self.model.world.clock.start + period * self.draws.uniform(self.index), period),)

    def wanted(self, discount: float) -> float:
        """Wanted stock at a discount (claim tokens)."""
        beyond = discount - self.params.from_discount
        depth: float = self.params.depth
        return depth * -math.expm1(-beyond / self.params.slope) if beyond > 0.0 else 0.0

    def decide(self, view: View) -> Sequence[Transaction]:
        """Trade a share of the way to the stock that is wanted at the price after the trade."""
        params = self.params
        venue, claim = view.venue(params.venue), view.claim(params.claim)
        rate = claim.price_of_one() if claim is not None else 1.0
        price = venue.spot(params.claim, params.backing)
        if not price > 0.0:
            return []
        held = view.balance(params.claim)
        gap = self.wanted(_discount(price, rate)) - held
        if abs(gap) < 1e-5 * params.depth:
            return []
        sell, buy = (params.backing, params.claim) if gap > 0.0 else (params.claim, params.backing)
        amount = self._size(venue, rate, held, gap)
        amount = min(amount * (price if gap > 0.0 else 1.0) * params.speed, view.balance(sell))
        if not amount > 1e-6 * params.depth:
            return []
        return [
            Transaction((Swap(target=params.venue, sell=sell, buy=buy, amount=amount),), tip=self.tip, expires_at=view.now + params.period)
        ]

    def _size(self, venue: TradingVenue, rate: float, held: float, gap: float) -> float:
        """Claim tokens to trade so that the stock wanted at the marginal price after the trade is the stock held then."""
        claim, backing = venue.place[self.params.claim], venue.place[self.params.backing]
        pool, low, high = venue.pool(), 0.0, abs(gap)
        for _ in range(20):
            middle = 0.5 * (low + high)
            if gap > 0.0:
                price = 1.0 / venue.mechanism.spot(venue.after(pool, backing, claim, middle), backing, claim)
                more = self.wanted(_discount(price, rate)) > held + middle
            else:
                price = venue.mechanism.spot(venue.after(pool, claim, backing, middle), claim, backing)
                more = self.wanted(_discount(price, rate)) < held - middle
            low, high = (middle, high) if more else (low, middle)
        return low


def _discount(price: float, rate: float) -> float:
    """Discount of a price to an exchange rate; what nothing stands behind is dear at any price."""
    return 1.0 - price / rate if rate > 0.0 else -math.inf


class ElasticDemand(Population, kind="elastic_demand"):
    """One account with all the backing that its demand can ever ask for."""

    role: ClassVar[str] = "holders"
    Params = ElasticDemandParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Endow the account with backing worth its depth."""
        world, params = model.world, self.params
        accounts = world.accounts.open_many(name, 1)
        self.endow(world, params.chain, accounts, {params.backing: params.depth})
        model.enrol(ElasticHolder(model, accounts[0], 0, params, world.draws[name]))
