"""A feed that publishes a price one period after it was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model.core.params import Params, param
from model.core.units import HOUR
from model.feeds.base import Feed, Observation, Source


class DelayedParams(Params):
    """Parameters of a delayed feed."""

    source: Source = param(unit="name", description="The feed that is delayed")
    period: float = param(HOUR, unit="seconds", gt=0, description="Least time between two updates", source="Maker OSM, hop: 1 h")


@dataclass(frozen=True, slots=True)
class Queue:
    """The value that is read, the one that follows, and the times at which each was taken from the source.

    ``updated`` is the time of the last update, rounded down to a whole period.
    """

    current: float
    next: float
    current_time: float
    next_time: float
    updated: float


class Delayed(Feed, kind="delayed"):
    """Reads its source once per period and publishes the value at the next update. Read through.

    Source: Maker OSM (``poke``: current = next, next = source, when a period has passed since the last update, rounded down to
    a whole period, so that updates come on the hour).
    Assumes: before the first observation the source stood where that found it; somebody updates as soon as it is due. An observation
    that comes several periods late is one update, as in the contract.
    """

    fixed = ("source",)
    Params = DelayedParams
    params: DelayedParams

    def sources(self) -> Sequence[str]:
        """The delayed feed."""
        return (self.params.source,)

    def start(self) -> Queue:
        """Nothing read yet."""
        nothing = float("nan")
        return Queue(nothing, nothing, nothing, nothing, float("-inf"))

    def candidate(self, observations: Sequence[Observation], now: float, state: Queue) -> float:
        """The current value; that of the source before the first observation."""
        return state.current if state.current == state.current else observations[0].value

    def observe(self, observations: Sequence[Observation], now: float, state: Queue) -> Queue:
        """Update when a period has passed and the source states a price."""
        found, period = observations[0], self.params.period
        if not found.usable or now < state.updated + period:
            return state
        aligned = now - now % period
        if state.next != state.next:
            return Queue(found.value, found.value, found.time, found.time, aligned)
        return Queue(state.next, found.value, state.next_time, found.time, aligned)

    def stated(self, observations: Sequence[Observation], now: float, state: Queue) -> float:
        """Time at which the source had stated the current value."""
        return state.current_time if state.current == state.current else observations[0].time
