"""A feed that turns to the next source when the first grows stale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from model.core.params import Params, param
from model.core.units import HOUR
from model.feeds.base import Feed, Observation, Sources


class FallbackParams(Params):
    """Parameters of a fallback."""

    sources: Sources = param(unit="name", description="Sources in the order in which they are trusted")
    max_age: float = param(4 * HOUR, unit="seconds", gt=0, description="Age beyond which a source is stale", source="Liquity v1 TIMEOUT")


class Fallback(Feed, kind="fallback"):
    """The first source that is fresh. Read through.

    Source: Liquity v1 PriceFeed (TIMEOUT), without its comparison of the two oracles.
    Assumes: where all are stale the one stated last is read, as Liquity keeps its last good price.
    """

    fixed = ("sources",)
    Params = FallbackParams
    params: FallbackParams

    def candidate(self, observations: Sequence[Observation], now: float, state: Any) -> float:
        """Value of the chosen source; NaN where no source states a price."""
        chosen = self._chosen(observations, now)
        return math.nan if chosen is None else chosen.value

    def stated(self, observations: Sequence[Observation], now: float, state: Any) -> float:
        """Time at which the chosen source was stated."""
        chosen = self._chosen(observations, now)
        return now if chosen is None else chosen.time

    def _chosen(self, observations: Sequence[Observation], now: float) -> Observation | None:
        usable = [observation for observation in observations if observation.usable]
        for observation in usable:
            if now - observation.time <= self.params.max_age:
                return observation
        return max(usable, key=lambda observation: observation.time, default=None)
