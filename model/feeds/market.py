"""A feed that reporters post from market prices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from model.core.params import Params, param
from model.core.units import HOUR
from model.feeds.base import Feed, Observation, Source, Sources

_SOURCE = "Chainlink data feeds: ETH/USD on Ethereum .5 %, 3,600 s"


class MarketParams(Params):
    """Parameters of a market feed."""

    sources: Sources = param(unit="name", description="Venues (or true prices) whose prices are averaged")
    times: Source | None = param(None, unit="name", description="A feed by which the mean is multiplied, to change its numeraire")
    deviation: float = param(0.005, unit="fraction", ge=0, lt=1, description="Change that asks for a new post", source=_SOURCE)
    heartbeat: float = param(HOUR, unit="seconds", gt=0, description="Age that asks for a new post", source=_SOURCE)


class Market(Feed, kind="market"):
    """Mean of the named venues' prices, weighted by depth; posted when it has moved by ``deviation`` or ``heartbeat`` seconds have gone by.

    Source: Chainlink's deviation threshold and heartbeat.
    Assumes: sources whose depth is unknown count only where no source has a depth; then all count alike.
    """

    posted = True
    Params = MarketParams
    params: MarketParams

    def sources(self) -> Sequence[str]:
        """The averaged sources, then the multiplying feed."""
        return self.params.sources if self.params.times is None else (*self.params.sources, self.params.times)

    def candidate(self, observations: Sequence[Observation], now: float, state: Any) -> float:
        """Depth-weighted mean, times the other feed; NaN where no averaged source (or not the other feed) states a price."""
        count = len(self.params.sources)
        factor = 1.0
        if self.params.times is not None:
            factor = observations[count].value if observations[count].usable else math.nan
        averaged = [observation for observation in observations[:count] if observation.usable]
        if len(averaged) == 1:
            return averaged[0].value * factor
        depth = sum(observation.weight for observation in averaged)
        if depth > 0.0:
            return sum(observation.value * observation.weight for observation in averaged) / depth * factor
        return sum(observation.value for observation in averaged) / len(averaged) * factor if averaged else math.nan

    def due(self, last: float, last_time: float, candidate: float, now: float) -> bool:
        """Whether the deviation or the heartbeat asks for a post; never without a price to post."""
        if not 0.0 < candidate < math.inf:
            return False
        return now - last_time >= self.params.heartbeat or not abs(candidate - last) < self.params.deviation * last
