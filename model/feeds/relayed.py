"""A feed whose value comes from another chain."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from model.core.params import Params, param
from model.core.units import MINUTE
from model.feeds.base import Feed, Observation, Source

_SAME = 1e-3
"""Seconds within which two ages are the same; times since 1970 are good to about 2e-7 s."""


class RelayedParams(Params):
    """Parameters of a relayed feed."""

    source: Source = param(unit="name", description="The feed (or claim) on the other chain")
    delay: float = param(20 * MINUTE, unit="seconds", ge=0, description="Time that a value takes to come over")


class Message(NamedTuple):
    """What the source said when it was looked at: value, the time at which that was stated, and its age while the source goes on
    stating it anew (an exchange rate is 0 s old at every look); NaN where it stands as it was stated (a post).
    """

    value: float
    stated: float
    age: float


@dataclass(frozen=True, slots=True)
class History:
    """Messages that are still on their way, after the one that has arrived, each with the time at which it left."""

    times: tuple[float, ...] = ()
    messages: tuple[Message, ...] = ()


class Relayed(Feed, kind="relayed"):
    """Value of a feed on another chain as of ``delay`` seconds ago. Read through.

    What arrives is as old as it was stated: a post that repeats the value of the one before (a heartbeat) makes it younger.

    Source: rate oracles of staked tokens on rollups, which state the exchange rate of the home chain after a message's delay.
    Assumes: every change and every post is relayed when it is looked at, and each takes the same time; before the first observation the
    source stood where that found it.
    """

    remote = True
    fixed = ("source",)
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
        return state.messages[self._arrived(state, now)].value if state.times else observations[0].value

    def observe(self, observations: Sequence[Observation], now: float, state: History) -> History:
        """Note a change of the source or a new statement of the same, forget what has been overtaken.

        A source that states its value anew at every moment is noted once, so that nothing is written while it says the same.
        """
        first = self._arrived(state, now)
        times, messages = state.times[first:], state.messages[first:]
        found = observations[0]
        last = messages[-1] if messages else Message(math.nan, -math.inf, math.nan)
        goes_on = last.age == last.age
        if not found.usable:
            # What went on until now does so no further.
            fresh = last._replace(stated=now - last.age, age=math.nan) if goes_on else None
        elif found.value != last.value:
            fresh = Message(found.value, found.time, now - found.time)
        elif found.time == last.stated:
            fresh = None
            if goes_on and now > times[-1]:
                messages = (*messages[:-1], last._replace(age=math.nan))
        else:
            fresh = None if abs(now - found.time - last.age) < _SAME else Message(found.value, found.time, now - found.time)
        if fresh is not None:
            times, messages = (*times, now), (*messages, fresh)
        return state if not first and messages is state.messages else History(times, messages)

    def stated(self, observations: Sequence[Observation], now: float, state: History) -> float:
        """Time at which the source had stated the value that has arrived."""
        if not state.times:
            return observations[0].time
        message = state.messages[self._arrived(state, now)]
        if message.age != message.age:
            return message.stated
        return max(message.stated, now - self.params.delay - message.age)

    def _arrived(self, state: History, now: float) -> int:
        """Place of the last message that is old enough; the first where none is."""
        return max(bisect_right(state.times, now - self.params.delay) - 1, 0)
