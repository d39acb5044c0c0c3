"""A feed that states the middle of several sources."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import Any

from model.core.params import Params, param
from model.feeds.base import Feed, Observation, Sources


class MedianParams(Params):
    """Parameters of a median."""

    sources: Sources = param(unit="name", description="Sources whose values are compared")


class Median(Feed, kind="median"):
    """Median of several sources, mean of the middle two where their number is even. Read through.

    Source: Maker Median, which takes odd numbers of sources only.
    Assumes: a source without a price is left out.
    """

    Params = MedianParams
    params: MedianParams

    def candidate(self, observations: Sequence[Observation], now: float, state: Any) -> float:
        """The median; NaN where no source states a price."""
        usable = [observation.value for observation in observations if observation.usable]
        return median(usable) if usable else math.nan
