"""A feed that states the middle of several sources."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median, median_low
from typing import Any

from model.core.params import Params, param
from model.feeds.base import Feed, Observation, Sources


class MedianParams(Params):
    """Parameters of a median."""

    sources: Sources = param(unit="name", description="Sources whose values are compared")
    max_age: float | None = param(
        None, unit="seconds", gt=0, description="Age beyond which a source is left out while others are younger; none for no limit"
    )


class Median(Feed, kind="median"):
    """Median of several sources, mean of the middle two where their number is even. Read through.

    Sources that are wrong together set the value where they are more than half of those that count; fewer leave it within what the others
    say. It is as old as the middle one (of two the older), so that one reporter who has fallen silent does not make it old.

    Source: Maker Median, which takes odd numbers of sources only and posts of one age.
    Assumes: a source without a price is left out; where all are too old all count, as a fallback keeps its last good price.
    """

    fixed = ("sources",)
    Params = MedianParams
    params: MedianParams

    def candidate(self, observations: Sequence[Observation], now: float, state: Any) -> float:
        """The median; NaN where no source states a price."""
        counted = [observation.value for observation in self._counted(observations, now)]
        return median(counted) if counted else math.nan

    def stated(self, observations: Sequence[Observation], now: float, state: Any) -> float:
        """Middle one of the times at which the sources that count were stated."""
        counted = [observation.time for observation in self._counted(observations, now)]
        return median_low(counted) if counted else now

    def _counted(self, observations: Sequence[Observation], now: float) -> list[Observation]:
        usable = [observation for observation in observations if observation.usable]
        oldest = -math.inf if self.params.max_age is None else now - self.params.max_age
        return [observation for observation in usable if observation.time >= oldest] or usable
