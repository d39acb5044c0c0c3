"""The rate limit of a bridge: a token bucket for each direction."""

from __future__ import annotations

import math

from model.bridges.params import BridgeParams
from model.core.errors import Refused
from model.core.journal import Journal, Register
from model.core.units import DAY

Direction = tuple[str, str]


class RateLimit:
    """What has passed in each direction (from chain, to chain) against ``limit`` and ``limit_refill``; below zero where others wait."""

    def __init__(self, journal: Journal) -> None:
        self._levels: Register[Direction, tuple[float, float]] = Register(journal)

    def room(self, params: BridgeParams, way: Direction, now: float) -> float:
        """Tokens that pass now; negative where others wait already, infinity without a limit."""
        if params.limit is None:
            return math.inf
        level, time = self._levels.get(way, (params.limit, now))
        return min(params.limit, level + params.limit_refill * (now - time) / DAY)

    def wait(self, params: BridgeParams, way: Direction, amount: float, now: float) -> float:
        """Seconds until the bucket has refilled for ``amount``.

        Raises:
            Refused: ``rate_limited`` where it never does.
        """
        missing = amount - self.room(params, way, now)
        if not missing > 0.0:
            return 0.0
        if not params.limit_refill > 0.0:
            raise Refused("rate_limited", "a limit that never refills")
        return missing / params.limit_refill * DAY

    def take(self, params: BridgeParams, way: Direction, amount: float, now: float) -> None:
        """Let ``amount`` pass, or wait for its turn."""
        if params.limit is not None:
            self._levels[way] = (self.room(params, way, now) - amount, now)
