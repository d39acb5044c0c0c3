"""A feed that averages over time."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from model.core.params import Params, param
from model.core.units import MINUTE
from model.feeds.base import Feed, Observation, Source

_SOURCE = "Uniswap v3 Oracle"


class TimeWeightedParams(Params):
    """Parameters of a time-weighted average."""

    source: Source = param(unit="name", description="The venue or feed that is averaged")
    window: float = param(30 * MINUTE, unit="seconds", gt=0, description="Length of the average", source=_SOURCE)
    mean: Literal["arithmetic", "geometric"] = param(
        "geometric", unit="1", description="Mean of values (Uniswap v2) or of their logarithms (Uniswap v3)", source=_SOURCE
    )
    cardinality: int = param(1024, unit="1", ge=2, le=65_535, description="Changes that the ring of accumulators remembers", source=_SOURCE)


@dataclass(frozen=True, slots=True)
class Ring:
    """Changes of the source that the window still needs: their times, the accumulator at each (value x seconds since the first
    observation) and the level (value or its logarithm) from then on.
    """

    times: tuple[float, ...] = ()
    accumulators: tuple[float, ...] = ()
    levels: tuple[float, ...] = ()

    def at(self, moment: float) -> float:
        """Accumulator at ``moment``, not before the first entry."""
        place = bisect_right(self.times, moment) - 1
        return self.accumulators[place] + self.levels[place] * (moment - self.times[place])


class TimeWeighted(Feed, kind="time_weighted"):
    """Time-weighted average price (TWAP) over the last ``window`` seconds. Read through.

    Source: Uniswap v2 (UniswapV2Pair.price0CumulativeLast) and v3 (Oracle.sol: ring of accumulators). As there, what an
    observation finds counts from its own time on, so that a price that lasts no time weighs nothing.
    Assumes: an average younger than the window, or whose ring is full, covers what there is instead of reverting.
    """

    fixed = ("source", "mean")
    Params = TimeWeightedParams
    params: TimeWeightedParams

    def sources(self) -> Sequence[str]:
        """The averaged source."""
        return (self.params.source,)

    def start(self) -> Ring:
        """Nothing seen yet."""
        return Ring()

    def candidate(self, observations: Sequence[Observation], now: float, state: Ring) -> float:
        """The average; the source's own value before the first observation."""
        if not state.times:
            return observations[0].value
        begin = max(now - self.params.window, state.times[0])
        level = state.levels[-1] if now <= begin else (state.at(now) - state.at(begin)) / (now - begin)
        return math.exp(level) if self.params.mean == "geometric" else level

    def observe(self, observations: Sequence[Observation], now: float, state: Ring) -> Ring:
        """Note a change of the source, forget what lies before the window. A source without a price counts on with its last one."""
        if not observations[0].usable:
            return state
        value = observations[0].value
        level = math.log(value) if self.params.mean == "geometric" else value
        if not state.times:
            return Ring((now,), (0.0,), (level,))
        if level == state.levels[-1]:
            return state
        first = max(bisect_right(state.times, now - self.params.window) - 1, 0, len(state.times) + 1 - self.params.cardinality)
        # Two observations at one time: the later one holds from there on.
        last = len(state.times) - (state.times[-1] == now)
        return Ring(
            (*state.times[first:last], now),
            (*state.accumulators[first:last], state.at(now)),
            (*state.levels[first:last], level),
        )

    def stated(self, observations: Sequence[Observation], now: float, state: Ring) -> float:
        """Now: an average is computed at every read."""
        return now
