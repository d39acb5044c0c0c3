"""The health screen: which rows of a market have crossed their level, found without walking the rest.

One full pass sorts rows by health over level. Until prices and indexes have moved so far that more than a sixteenth of the rows could
have crossed, a look evaluates only that prefix and the rows written since: the bound is exact, so nothing is missed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.core.draws import Floats
from model.markets.base import Market

_SHARE, _LEAST, _MOST_WRITTEN = 16, 64, 512


class HealthScreen:
    """Screen of one market. ``unhealthy`` holds the rows below health 1; :meth:`watch` sets the level at which a row's owner is asked.

    A vectorised pass selects candidates with the market's margin; the market's scalar ``health_of`` decides where it is close.
    """

    def __init__(self, market: Market) -> None:
        self.market = market
        self.unhealthy: dict[int, None] = {}
        self._level: Floats = np.zeros(0)
        self._armed: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self._rows = 0
        self._order: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._ratio: Floats = np.zeros(0)
        self._weights: tuple[Floats, Floats] | None = None
        self._written: set[int] = set()
        self.passes = 0

    def watch(self, row: int, level: float) -> None:
        """Ask the owner of ``row`` when its health falls below ``level``."""
        self._fit(row + 1)
        self._level[row], self._armed[row] = level, True
        self._written.add(row)

    def arm(self, row: int) -> None:
        """Watch again, after a write to the row."""
        if row < len(self._armed) and self._level[row] > 0.0 and not self._armed[row]:
            self._armed[row] = True
            self._written.add(row)

    def level_of(self, row: int) -> float:
        """Level at which the owner of a row is asked; 0 for never."""
        return float(self._level[row]) if row < len(self._level) else 0.0

    def look(self) -> tuple[list[int], list[int]]:
        """Rows whose owners are to be asked, and rows that have newly fallen below health 1; both in row order."""
        rows = self._candidates()
        if not len(rows):
            return [], []
        health = self.market.health(rows)
        woken: list[int] = []
        fallen: list[int] = []
        wide = 2.0 * self.market.margin
        for row, approximate in zip(rows.tolist(), health.tolist(), strict=True):
            level = self._level[row] if self._armed[row] else 0.0
            if approximate > max(level, 1.0) * (1.0 + wide):
                self.unhealthy.pop(row, None)
                continue
            close = abs(approximate - 1.0) <= wide or abs(approximate - level) <= wide * max(level, 1.0)
            exact = self.market.health_of(row) if close else approximate
            if exact < 1.0:
                if row not in self.unhealthy:
                    self.unhealthy[row] = None
                    fallen.append(row)
            else:
                self.unhealthy.pop(row, None)
            if exact < level:
                self._armed[row] = False
                woken.append(row)
        return woken, fallen

    def _fit(self, rows: int) -> None:
        if rows > len(self._level):
            size = max(rows, 2 * len(self._level))
            self._level = np.concatenate([self._level, np.zeros(size - len(self._level))])
            self._armed = np.concatenate([self._armed, np.zeros(size - len(self._armed), dtype=bool)])

    def _candidates(self) -> NDArray[np.int64]:
        book = self.market.book
        self._written |= book.touched
        book.touched.clear()
        weights = self.market.weigh()
        if self._weights is not None and len(self._written) <= _MOST_WRITTEN and len(book) - self._rows <= _MOST_WRITTEN:
            factor = _least_factor(self._weights, weights)
            if factor > 0.0:
                reach = int(np.searchsorted(self._ratio, (1.0 + 2.0 * self.market.margin) / factor, side="right"))
                if reach <= max(_LEAST, self._rows // _SHARE):
                    extra = self._written | set(range(self._rows, len(book))) | set(self.unhealthy)
                    self._fit(len(book))
                    return np.union1d(self._order[:reach], np.fromiter(extra, dtype=np.int64, count=len(extra)))
        return self._pass(weights)

    def _pass(self, weights: tuple[Floats, Floats]) -> NDArray[np.int64]:
        self.passes += 1
        self._rows = len(self.market.book)
        self._fit(self._rows)
        self._weights = weights
        self._written.clear()
        level = np.where(self._armed, np.maximum(self._level, 1.0), 1.0)[: self._rows]
        ratio = self.market.health() / level
        order = np.argsort(ratio, kind="stable")
        self._order, self._ratio = order, ratio[order]
        reach = int(np.searchsorted(self._ratio, 1.0 + 2.0 * self.market.margin, side="right"))
        extra = np.fromiter(self.unhealthy, dtype=np.int64, count=len(self.unhealthy))
        return np.union1d(order[:reach], extra)


def _least_factor(before: tuple[Floats, Floats], after: tuple[Floats, Floats]) -> float:
    """The least factor by which any health can have changed between two sets of weights; 0 where there is no bound."""
    with np.errstate(divide="ignore", invalid="ignore"):
        fall = np.where(before[0] > 0.0, after[0] / before[0], np.inf)
        rise = np.where(before[1] > 0.0, after[1] / before[1], np.where(after[1] > 0.0, np.inf, 0.0))
    least, most = float(fall.min(initial=np.inf)), float(rise.max(initial=0.0))
    if not np.isfinite(most) or most == 0.0 or not np.isfinite(least):
        return 0.0
    return least / most
