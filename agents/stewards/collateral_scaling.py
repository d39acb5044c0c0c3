"""Kind ``collateral_scaling``: a risk steward that sets threshold, loan-to-value and cap by measured volatility and depth."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self

from pydantic import model_validator

from agents.base import AgentParams, EcosystemAgent, Given, Population
from agents.proposing import govern_action, may_govern
from model.core.actions import Receipt, Transaction
from model.core.draws import Stream
from model.core.errors import Refused
from model.core.params import param
from model.core.units import DAY, HOUR, YEAR
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import Timer


class CollateralScalingParams(AgentParams):
    """A steward of one collateral of one market with a table of reserves."""

    market: str = param(unit="market", description="Market with a table of reserves")
    token: str = param(unit="token", description="Collateral that is scaled")
    venue: str = param(unit="venue", description="Venue whose depth is measured")
    into: str = param(unit="token", description="Token that the collateral is sold for there")
    through: str | None = param(None, unit="timelock", description="Timelock that its proposals pass; none to act directly")
    sample: float = param(HOUR, unit="seconds", gt=0, description="Time between samples of the price")
    half_life: float = param(2.0 * DAY, unit="seconds", gt=0, description="Half-life of a sample's weight in the measured volatility")
    volatility: float = param(0.8, unit="1/sqrt(year)", ge=0, description="Volatility that it believes in at the start")
    review: float = param(DAY, unit="seconds", gt=0, description="Time between reviews")
    horizon: float = param(6.0 * HOUR, unit="seconds", gt=0, description="Time in which a liquidation has to be done")
    quantile: float = param(2.33, unit="standard deviations", ge=0, description="Fall within the horizon that must be borne (2.33: 1 %)")
    lowest: float = param(0.5, unit="fraction", gt=0, lt=1, description="Least liquidation threshold that it may set")
    highest: float = param(0.85, unit="fraction", gt=0, lt=1, description="Highest liquidation threshold that it may set")
    gap: float = param(0.05, unit="fraction", ge=0, lt=1, description="Distance of the loan-to-value below the threshold")
    impact: float = param(0.1, unit="fraction", gt=0, lt=1, description="Price impact, the bonus included, that a sale may have")
    cap_per_depth: float | None = param(3.0, unit="1", gt=0, description="Supply cap in multiples of measured depth; none to leave it")
    least_step: float = param(0.01, unit="fraction", ge=0, description="Least relative change that is worth a proposal")
    largest_step: float = param(0.1, unit="fraction", gt=0, description="Largest change of a threshold at one review")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.lowest <= self.highest or self.gap >= self.lowest:
            raise ValueError("lowest <= highest, gap below lowest")
        return self


class CollateralScaler(EcosystemAgent):
    """Threshold = 1 - bonus - quantile x volatility x sqrt(horizon), within bounds and steps; cap = multiple x depth.

    Volatility is the square root of the exponentially weighted mean of squared returns of the market's price. Depth is the amount whose
    sale gets no less than 1 - impact of the marginal price.

    Source: value-at-risk practice of risk stewards (Aave RiskSteward: bounded steps, minimum delay between changes).
    Assumes: returns of mean zero; one venue stands for the market.
    """

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream) -> None:
        super().__init__(model, account, index, params, draws)
        self.variance: float = params.volatility**2 / YEAR
        self._last: tuple[float, float] | None = None
        self._reviewed = model.world.clock.start
        self._acting = False

    @property
    def volatility(self) -> float:
        """Measured volatility, per square root of a year."""
        return math.sqrt(self.variance * YEAR)

    def wakes(self) -> Iterable[Timer]:
        """Every sample."""
        return (Timer(self.model.world.clock.start + self.params.sample, self.params.sample),)

    def decide(self, view: View) -> Sequence[Transaction]:
        """Measure; at a review, propose what has changed enough."""
        self._measure(view)
        params = self.params
        if self._acting or view.now < self._reviewed + params.review:
            return []
        self._reviewed = view.now
        changes = self.changes(view)
        if not changes:
            return []
        self._acting = True
        return [Transaction((govern_action(params.market, changes, params.through),), tip=self.tip)]

    def receive(self, receipt: Receipt) -> None:
        """The proposal is out, or was refused: there is a next review."""
        self._acting = False

    def threshold(self, bonus: float) -> float:
        """Liquidation threshold that the measured volatility allows, within bounds."""
        params = self.params
        fall = params.quantile * math.sqrt(self.variance * params.horizon)
        return float(min(max(1.0 - bonus - fall, params.lowest), params.highest))

    def depth(self, view: View) -> float:
        """Amount of the token whose sale costs at most ``impact`` of its price (tokens), found by halving."""
        params = self.params
        venue = view.venue(params.venue)
        least = venue.spot(params.token, params.into) * (1.0 - params.impact)

        def pays(amount: float) -> bool:
            try:
                return bool(venue.quote(params.token, params.into, amount).received >= least * amount)
            except Refused:
                return False

        high = 1.0
        while pays(high) and high < 1e15:
            high *= 4.0
        low = 0.0
        for _ in range(30):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if pays(middle) else (low, middle)
        return low

    def changes(self, view: View) -> dict[str, Any]:
        """What it would change now: dotted place -> value."""
        params = self.params
        place = f"reserves.{params.token}"
        before = view.parameter(params.market, f"{place}.liquidation_threshold")
        wanted = self.threshold(view.parameter(params.market, f"{place}.bonus"))
        wanted = min(max(wanted, before - params.largest_step), before + params.largest_step)
        found: dict[str, Any] = {}
        if abs(wanted - before) > params.least_step * before:
            found[f"{place}.liquidation_threshold"] = wanted
            found[f"{place}.ltv"] = wanted - params.gap
        if params.cap_per_depth is not None:
            cap = params.cap_per_depth * self.depth(view)
            now = view.parameter(params.market, f"{place}.supply_cap")
            if now is None or abs(cap - now) > params.least_step * now:
                found[f"{place}.supply_cap"] = cap
        return found

    def _measure(self, view: View) -> None:
        params = self.params
        price = view.market(params.market).price(params.token) / view.market(params.market).price(params.into)
        if self._last is not None and price > 0.0:
            time, before = self._last
            passed = view.now - time
            kept = 2.0 ** (-passed / params.half_life)
            self.variance = kept * self.variance + (1.0 - kept) * math.log(price / before) ** 2 / passed
        self._last = (view.now, price)


class CollateralScalers(Population, kind="collateral_scaling"):
    """One steward with the power that it needs."""

    role: ClassVar[str] = "stewards"
    Params = CollateralScalingParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Open the account, authorise it and enrol."""
        world, params = model.world, self.params
        accounts = world.accounts.open_many(name, 1)
        self.endow(world, params.chain, accounts, {})
        places = [f"reserves.{params.token}.{field}" for field in ("liquidation_threshold", "ltv", "supply_cap", "bonus")]
        may_govern(world, name, accounts[0], params.chain, params.market, places, params.through)
        model.enrol(CollateralScaler(model, accounts[0], 0, params, world.draws[name]))
