"""A feed whose value comes from another chain."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from model.core.params import Params, param
from model.core.units import MINUTE
from model.feeds.base import Feed, Observation, Source


class RelayedParams(Params):
    """Parameters of a relayed feed."""

    source: Source = param(unit="name", description="The feed (or claim) on the other chain")
    delay: float = param(20 * MINUTE, unit="seconds", ge=0, description="Time that a value takes to come over")


@dataclass(frozen=True, slots=True)
class History:
    """Values of the source that are still on their way, after the one that has arrived, each with the time it was stated."""

    times: tuple[float, ...] = ()
    values: tuple[float, ...] = ()


class Relayed(Feed, kind="relayed"):
    """Value of a feed on another chain as of ``delay`` seconds ago. Read through.

    Source: rate oracles of staked tokens on rollups, which state the exchange rate of the home chain after a message's delay.
    Assumes: every change is relayed, and each takes the same time; before the first observation the source stood where that found it.
    """

    Params = RelayedParams
    params: RelayedParams

    def sources(self) -> Sequence[str]:
        """The feed on the other chain."""
        return (self.params.source,)

    def start(self) -> History:
        """Nothing seen yet."""
        return History()

    def candidate(self, observations: Sequence[Observation], now: float, state: History) -> float:
        """The value that has arrived; that of the source before the first observation."""
        return state.values[self._arrived(state, now)] if state.times else observations[0].value

    def observe(self, observations: Sequence[Observation], now: float, state: History) -> History:
        """Note a change of the source, forget what has been overtaken."""
        found = observations[0]
        first = self._arrived(state, now)
        if not first and state.values and found.value == state.values[-1]:
            return state
        times, values = state.times[first:], state.values[first:]
        if found.usable and (not values or found.value != values[-1]):
            # A posted source says when it was posted, which may be before this call but not before what is known already.
            times = (*times, max(found.time, times[-1]) if times else found.time)
            values = (*values, found.value)
        return History(times, values)

    def stated(self, observations: Sequence[Observation], now: float, state: History) -> float:
        """Time at which the source had stated the value that has arrived."""
        return state.times[self._arrived(state, now)] if state.times else observations[0].time

    def _arrived(self, state: History, now: float) -> int:
        """Place of the last value that is old enough; the first where none is."""
        return max(bisect_right(state.times, now - self.params.delay) - 1, 0)
