"""Health of all accounts at three moments of a run: the start, the worst recorded moment, the end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.core.draws import Floats
from model.ecosystem import Ecosystem
from model.markets.base import Market

LOW_QUANTILE = 0.05


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Health of a market's accounts with debt, shape (accounts,), at a time (seconds since 1970)."""

    market: str
    moment: str
    time: float
    health: Floats


class HealthObserver:
    """Keeps, for each market, the health of its accounts at the start, where their 5 % quantile was lowest, and at the end.

    ``look`` is called before the first step and after every step in which outcomes were recorded; it reads and changes nothing.
    """

    def __init__(self, ecosystem: Ecosystem) -> None:
        self._ecosystem = ecosystem
        self._start: dict[str, Snapshot] = {}
        self._worst: dict[str, tuple[float, Snapshot]] = {}
        self._last: dict[str, Snapshot] = {}

    def look(self) -> None:
        """Take the health of every market now."""
        now = self._ecosystem.world.clock.now
        for market in self._ecosystem.world.all(Market):
            health = market.health()
            health = health[np.isfinite(health)]
            if not len(health):
                continue
            self._start.setdefault(market.name, Snapshot(market.name, "start", now, health))
            low = float(np.quantile(health, LOW_QUANTILE))
            if market.name not in self._worst or low < self._worst[market.name][0]:
                self._worst[market.name] = (low, Snapshot(market.name, "worst", now, health))
            self._last[market.name] = Snapshot(market.name, "end", now, health)

    def snapshots(self) -> list[Snapshot]:
        """By market: start, worst, end."""
        return [snapshot for name in self._start for snapshot in (self._start[name], self._worst[name][1], self._last[name])]
