"""Kind ``oracle_lag``: feeds say what they would have said some time ago."""

from __future__ import annotations

from collections import deque
from typing import Any

from model.core.params import param
from model.shocks.base import Shock, ShockParams
from model.shocks.statements import always, distort, feeds_of, restore, said_before
from model.world.world import World


class OracleLagParams(ShockParams):
    """Feeds that are late."""

    feeds: tuple[str, ...] = param(unit="feed", min_length=1, description="Feeds that are late")
    lag: float = param(unit="seconds", gt=0, description="By how much")


class OracleLag(Shock, kind="oracle_lag"):
    """While it lasts a feed's value is that of ``lag`` seconds ago, at most as old as the beginning; what shocks that began before it make
    of the value is late as well.

    Assumes: the past is known at the ticks since the beginning, so that a lag is rounded up to a tick.
    """

    Params = OracleLagParams
    params: OracleLagParams

    def __init__(self, name: str, params: Any) -> None:
        super().__init__(name, params)
        self._past: dict[str, deque[tuple[float, float]]] = {}

    def begin(self, world: World) -> None:
        """Begin to remember."""
        self._past = {feed.name: deque() for feed in feeds_of(world, self.params.feeds)}

    def advance(self, world: World) -> None:
        """State what was said ``lag`` ago."""
        if self.ended or self.began_at is None:
            return
        now = world.clock.now
        for feed in feeds_of(world, self.params.feeds):
            past = self._past[feed.name]
            before = past[0][1] if past else None
            past.append((now, said_before(feed, self.name)))
            while len(past) > 1 and past[1][0] <= now - self.params.lag:
                past.popleft()
            if past[0][1] != before:
                distort(feed, self.name, always(past[0][1]))

    def end(self, world: World) -> None:
        """Let them speak for themselves."""
        for feed in feeds_of(world, self.params.feeds):
            restore(feed, self.name)
