"""Kind ``collateral_scaling``: a risk steward that sets threshold, loan-to-value and cap by measured volatility and depth."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import model_validator

from agents.base import AgentParams, EcosystemAgent, Given, Population
from agents.proposing import govern_action, may_govern
from agents.stewards.volatility import RobustVariance
from model.core.actions import Receipt, Transaction
from model.core.draws import Stream
from model.core.errors import Refused
from model.core.params import param
from model.core.units import DAY, HOUR, YEAR
from model.ecosystem import Ecosystem
from model.markets.pooled import Pooled
from model.view import View
from model.wakes import Timer

_AGRS = "Aave Generalized Risk Stewards (forum 19178): .25 % per change of a threshold or loan-to-value, 3 days apart"
_RISK_OFF = "Aave Risk-Off Framework (Snapshot, August 2022): thresholds fall by at most 3 % per proposal"


class CollateralScalingParams(AgentParams):
    """A steward of one collateral of one market with a table of reserves."""

    market: str = param(unit="market", description="Market with a table of reserves")
    token: str = param(unit="token", description="Collateral that is scaled")
    venue: str = param(unit="venue", description="Venue whose depth is measured")
    into: str = param(unit="token", description="Token that the collateral is sold for there")
    through: str | None = param(None, unit="timelock", description="Timelock that its proposals pass; none to act directly")
    sample: float = param(HOUR, unit="seconds", gt=0, description="Time between samples of prices")
    half_life: float = param(2.0 * DAY, unit="seconds", gt=0, description="Half-life of a sample's weight in the measured volatility")
    volatility: float = param(0.8, unit="1/sqrt(year)", ge=0, description="Volatility against every debt that it believes in at the start")
    least_share: float = param(
        0.05, unit="fraction", ge=0, le=1, description="Share of the debt against the collateral from which on a token's volatility counts"
    )
    review: float = param(DAY, unit="seconds", gt=0, description="Time between reviews")
    horizon: float = param(DAY, unit="seconds", gt=0, description="Time in which a liquidation has to be done")
    quantile: float = param(2.33, unit="standard deviations", ge=0, description="Fall within the horizon that must be borne (2.33: 1 %)")
    lowest: float = param(0.5, unit="fraction", gt=0, lt=1, description="Least liquidation threshold that it may set")
    highest: float = param(0.85, unit="fraction", gt=0, lt=1, description="Highest liquidation threshold that it may set")
    gap: float = param(0.05, unit="fraction", ge=0, lt=1, description="Distance of the loan-to-value below the threshold that is wanted")
    impact: float = param(0.1, unit="fraction", gt=0, lt=1, description="Price impact, the bonus included, that a sale may have")
    cap_per_depth: float | None = param(3.0, unit="1", gt=0, description="Supply cap in multiples of measured depth; none to leave it")
    least_step: float = param(0.01, unit="fraction", ge=0, description="Least relative change of a cap that is worth a proposal")
    largest_rise: float = param(0.0025, unit="fraction", gt=0, description="Largest rise of threshold and loan-to-value", source=_AGRS)
    largest_cut: float = param(0.03, unit="fraction", gt=0, description="Largest cut of the threshold", source=_RISK_OFF)
    interval: float = param(3.0 * DAY, unit="seconds", ge=0, description="Least time between two changes of the threshold", source=_AGRS)
    largest_ltv_cut: float = param(0.1, unit="fraction", gt=0, description="Largest cut of the loan-to-value at one review")
    most_liquidated: float = param(
        0.001, unit="fraction", ge=0, lt=1, description="Share of the debt against the collateral that a cut may make liquidatable at once"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.lowest <= self.highest or self.gap >= self.lowest:
            raise ValueError("lowest <= highest, gap below lowest")
        return self


class CollateralScaler(EcosystemAgent):
    """The threshold that it wants is 1 - bonus - quantile x volatility x sqrt(horizon), within bounds; the cap is a multiple of depth.

    Volatility is the worst of those against the tokens that are owed against the collateral outside of e-mode (robust to single jumps, see
    :class:`RobustVariance`). Depth is the amount whose sale gets no less than 1 - impact of the marginal price.

    To get there it cuts the loan-to-value first, at any review: that touches new loans alone. The threshold follows in small steps some
    days apart, and is never cut below what all debt against the collateral but a small share can bear as accounts stand. Both rise slowly.

    Source: value-at-risk practice of risk stewards; steps of the Aave Risk-Off Framework and of the Aave Generalized Risk Stewards.
    Assumes: returns of mean zero; one venue stands for the market.
    """

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream) -> None:
        super().__init__(model, account, index, params, draws)
        found = model.world.targets[params.market]
        assert isinstance(found, Pooled)
        self._market = found
        debts = [token for token in found.reserves if found.lends(token) and token != params.token]
        self.measured = {token: RobustVariance(params.volatility**2 / YEAR, params.half_life) for token in debts}
        self._reviewed = model.world.clock.start
        self._moved = -math.inf
        self._acting = False

    def volatility(self) -> float:
        """Worst volatility against what is owed, per square root of a year; what the start says where nothing has been lent at all."""
        counted = [self.measured[token].value for token in self._owed_in() if token in self.measured]
        return math.sqrt(max(counted) * YEAR) if counted else float(self.params.volatility)

    def wakes(self) -> Iterable[Timer]:
        """Every sample."""
        return (Timer(self.model.world.clock.start + self.params.sample, self.params.sample),)

    def decide(self, view: View) -> Sequence[Transaction]:
        """Measure; at a review, propose what has changed enough."""
        for token, measured in self.measured.items():
            debt = self._market.price(token)
            measured.see(view.now, self._market.price(self.params.token) / debt if debt > 0.0 else math.nan)
        params = self.params
        if self._acting or view.now < self._reviewed + params.review:
            return []
        self._reviewed = view.now
        changes = self.changes(view)
        if not changes:
            return []
        self._acting = True
        if f"reserves.{params.token}.liquidation_threshold" in changes:
            self._moved = view.now
        return [Transaction((govern_action(params.market, changes, params.through),), tip=self.tip)]

    def receive(self, receipt: Receipt) -> None:
        """The proposal is out, or was refused: there is a next review."""
        self._acting = False

    def threshold(self, bonus: float) -> float:
        """Liquidation threshold that the measured volatility allows, within bounds."""
        params = self.params
        fall = params.quantile * self.volatility() * math.sqrt(params.horizon / YEAR)
        return float(min(max(1.0 - bonus - fall, params.lowest), params.highest))

    def bearable(self) -> float:
        """Least threshold at which no more than ``most_liquidated`` of the debt against the collateral falls below health 1 that is above
        it now; minus infinity where nothing is owed.
        """
        market, token = self._market, self.params.token
        needed: list[tuple[float, float]] = []
        now = market.reserves[token].params.liquidation_threshold
        for row in self._rows():
            standing = market.standing(row)
            held = market.supplied(token, row) * market.price(token)
            if standing.health >= 1.0 and held > 0.0:
                spare = standing.collateral * standing.threshold - standing.debt
                needed.append((now - spare / held, standing.debt))
        left = self.params.most_liquidated * sum(debt for _, debt in needed)
        for least, debt in sorted(needed, reverse=True):
            left -= debt
            if left < 0.0:
                return least
        return -math.inf

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
        params, reserve = self.params, self._market.params.reserves[self.params.token]
        place, found = f"reserves.{params.token}", dict[str, Any]()
        wanted = self.threshold(reserve.bonus)
        threshold = reserve.liquidation_threshold
        if view.now >= self._moved + params.interval:
            if wanted < threshold:
                floor = max(wanted, threshold - params.largest_cut, self.bearable())
                threshold = min(threshold, math.ceil(floor * 1e4) / 1e4)
            else:
                threshold = min(wanted, threshold + params.largest_rise)
        ltv = min(max(wanted - params.gap, reserve.ltv - params.largest_ltv_cut), reserve.ltv + params.largest_rise, threshold - 1e-4)
        if abs(threshold - reserve.liquidation_threshold) > 1e-9:
            found[f"{place}.liquidation_threshold"] = threshold
        if abs(ltv - reserve.ltv) > 1e-9:
            found[f"{place}.ltv"] = ltv
        if params.cap_per_depth is not None:
            cap, before = params.cap_per_depth * self.depth(view), reserve.supply_cap
            if before is None or abs(cap - before) > params.least_step * before:
                found[f"{place}.supply_cap"] = cap
        return found

    def _rows(self) -> list[int]:
        """Rows that hold the collateral outside of e-mode and owe something."""
        market, columns = self._market, self._market.position_columns()
        held = columns[0][self.params.token]
        owing = np.zeros(len(held), dtype=bool)
        for owed in columns[1].values():
            owing |= owed > 0.0
        return [row for row in np.flatnonzero((held > 0.0) & owing).tolist() if not market.group_of(row)]

    def _owed_in(self) -> list[str]:
        """Tokens that make up a share of the debt against the collateral; all that are lent where nothing is owed against it."""
        rows, owed = self._rows(), self._market.position_columns()[1]
        values = {token: float(amounts[rows].sum()) * self._market.price(token) for token, amounts in owed.items()}
        total = sum(values.values())
        return [token for token, value in values.items() if value >= self.params.least_share * total]


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
