"""A feed that reporters post from market prices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationInfo, field_validator

from model.core.params import Params, param
from model.core.units import HOUR
from model.feeds.base import Feed, Observation, Source, Sources

_SOURCE = "Chainlink data feeds: ETH/USD on Ethereum .5 %, 3,600 s"


class MarketParams(Params):
    """Parameters of a market feed."""

    sources: Sources = param(unit="name", description="Venues (or true prices) whose prices are averaged")
    weights: tuple[float, ...] | None = param(
        None, unit="1", description="Weights of the sources, in their order, in place of their depths; 0 leaves one out"
    )
    times: Source | None = param(None, unit="name", description="A feed by which the mean is multiplied, to change its numeraire")
    deviation: float = param(0.005, unit="fraction", ge=0, lt=1, description="Change that asks for a new post", source=_SOURCE)
    heartbeat: float = param(HOUR, unit="seconds", gt=0, description="Age that asks for a new post", source=_SOURCE)

    @field_validator("weights")
    @classmethod
    def _one_each(cls, weights: tuple[float, ...] | None, info: ValidationInfo) -> tuple[float, ...] | None:
        count = len(info.data.get("sources", weights or ()))
        if weights is not None and (len(weights) != count or not all(weight >= 0.0 for weight in weights) or not any(weights)):
            raise ValueError(f"{count} weights of 0 or more, one for each source and one of them above 0")
        return weights


class Market(Feed, kind="market"):
    """Mean of the named venues' prices, weighted by depth or as stated; posted when it has moved by ``deviation``, or when ``heartbeat``
    seconds have gone by.

    Source: Chainlink's deviation threshold and heartbeat.
    Assumes: sources whose depth is unknown count only where no source has a depth; then all count alike.
    """

    posted = True
    fixed = ("sources", "times")
    Params = MarketParams
    params: MarketParams

    def sources(self) -> Sequence[str]:
        """The averaged sources, then the multiplying feed."""
        return self.params.sources if self.params.times is None else (*self.params.sources, self.params.times)

    def candidate(self, observations: Sequence[Observation], now: float, state: Any) -> float:
        """Weighted mean, times the other feed; NaN where no averaged source (or not the other feed) states a price."""
        count = len(self.params.sources)
        factor = 1.0
        if self.params.times is not None:
            factor = observations[count].value if observations[count].usable else math.nan
        weights = self.params.weights or [observation.weight for observation in observations[:count]]
        averaged = [(seen.value, weight) for seen, weight in zip(observations, weights, strict=False) if seen.usable]
        if self.params.weights is not None:
            averaged = [(value, weight) for value, weight in averaged if weight > 0.0]
        if len(averaged) == 1:
            return averaged[0][0] * factor
        depth = sum([weight for _, weight in averaged])
        if depth > 0.0:
            return sum([value * weight for value, weight in averaged]) / depth * factor
        return sum([value for value, _ in averaged]) / len(averaged) * factor if averaged else math.nan

    def due(self, last: float, last_time: float, candidate: float, now: float) -> bool:
        """Whether the deviation or the heartbeat asks for a post; never without a price to post."""
        if not 0.0 < candidate < math.inf:
            return False
        return now - last_time >= self.params.heartbeat or not abs(candidate - last) < self.params.deviation * last
