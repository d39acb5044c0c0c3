"""The health screen: which rows of a market have crossed their level, found without walking the rest.

One full pass sorts rows by health over level. Until prices and indexes have moved so far that more than a few rows could have crossed, a
look evaluates only that prefix and the rows written since: the bound is exact, so nothing is missed.
"""

from __future__ import annotations

import math
from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from model.core.draws import Floats
from model.markets.base import Market

_MOST, _MOST_WRITTEN, _FEW, _SORTED = 16, 256, 6, 1024
_STILL = 1e-6
"""Relative move of prices and indexes below which rows under health 1 are not looked at again."""

Moves = tuple[float, float]
_NEVER: Moves = (-1.0, -1.0)


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
        self._order: list[int] = []
        self._ratio: list[float] = []
        self._beyond = math.inf
        """What the ratio of every row that is not among the sorted ones exceeds."""
        self._weights: tuple[list[float], list[float]] | None = None
        self._written: set[int] = set()
        self._known: dict[int, float] = {}
        """Row written since the pass -> what its ratio would have been at the pass, at most."""
        self._down: NDArray[np.int64] | None = None
        self._seen_at: Moves = _NEVER
        """Moves at which the rows below health 1 were last looked at."""
        self._near = 1.0 + 2.0 * market.margin
        self.passes = 0

    @property
    def written(self) -> bool:
        """Whether rows were written, or armed, since the last look."""
        return bool(self.market.book.touched or self._written)

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
        rows, moves = self._candidates()
        woken: list[int] = []
        fallen: list[int] = []
        if not rows:
            return woken, fallen
        wide = 2.0 * self.market.margin
        few = len(rows) <= _FEW
        health = [self.market.health_of(row) for row in rows] if few else self.market.health(np.array(rows)).tolist()
        for row, approximate in zip(rows, health, strict=True):
            level = float(self._level[row]) if self._armed[row] else 0.0
            threshold = max(level, 1.0)
            if row in self._written or row in self.unhealthy:
                self._written.discard(row)
                self._known[row] = approximate / threshold / moves[1]
            if approximate > threshold * (1.0 + wide):
                self._rise(row)
                continue
            close = not few and (abs(approximate - 1.0) <= wide or abs(approximate - level) <= wide * threshold)
            exact = self.market.health_of(row) if close else approximate
            if exact < 1.0:
                if row not in self.unhealthy:
                    self.unhealthy[row] = self._down = None
                    self._seen_at = _NEVER
                    fallen.append(row)
            else:
                self._rise(row)
            if exact < level:
                self._armed[row] = False
                woken.append(row)
        return woken, fallen

    def below(self) -> list[int]:
        """Rows below health 1 as the state stands, in row order. Changes nothing: for a state that is only supposed."""
        health = self.market.health()
        near = np.flatnonzero(health <= self._near).tolist()
        return [row for row in near if health[row] < 2.0 - self._near or self.market.health_of(row) < 1.0]

    def _rise(self, row: int) -> None:
        if row in self.unhealthy:
            del self.unhealthy[row]
            self._down = None

    def _fallen(self) -> NDArray[np.int64]:
        """Rows below health 1, shape (rows,)."""
        if self._down is None:
            self._down = np.fromiter(self.unhealthy, dtype=np.int64, count=len(self.unhealthy))
        return self._down

    def _risen(self) -> list[int]:
        """Rows below health 1 that may not be any more, or whose owners are to be asked."""
        down = self._fallen()
        found: list[int] = down[(self.market.health(down) > 2.0 - self._near) | self._armed[down]].tolist()
        return found

    def _fit(self, rows: int) -> None:
        if rows > len(self._level):
            size = max(rows, 2 * len(self._level))
            self._level = np.concatenate([self._level, np.zeros(size - len(self._level))])
            self._armed = np.concatenate([self._armed, np.zeros(size - len(self._armed), dtype=bool)])

    def _candidates(self) -> tuple[list[int], Moves]:
        """Rows that may have crossed, in row order, and the bounds of any health's move since the pass."""
        book = self.market.book
        if book.touched:
            self._written |= book.touched
            book.touched.clear()
        if len(book) > self._rows:
            self._written.update(range(self._rows, len(book)))
            self._rows = len(book)
            self._fit(self._rows)
        weights = _flat(self.market.weigh())
        moves = (0.0, 0.0) if self._weights is None else _moves(self._weights, weights)
        if moves[0] <= 0.0 or moves[1] == math.inf or len(self._written) + len(self._known) > _MOST_WRITTEN:
            return self._pass(weights)
        bound = self._near / moves[0]
        reach = bisect_right(self._ratio, bound)
        if bound > self._beyond or (reach > _MOST and moves[0] < 1.0 - _STILL):
            return self._pass(weights)
        found = set(self._order[:reach]) | self._written
        if self._known:
            found.update([row for row, ratio in self._known.items() if ratio <= bound and row not in self.unhealthy])
        if self.unhealthy and _differ(moves, self._seen_at):
            self._seen_at = moves
            found.update(self._risen())
        return sorted(found), moves

    def _pass(self, weights: tuple[list[float], list[float]]) -> tuple[list[int], Moves]:
        self.passes += 1
        self._weights = weights
        self._written.clear()
        self._known.clear()
        self._seen_at = (1.0, 1.0)
        level = np.where(self._armed, np.maximum(self._level, 1.0), 1.0)[: self._rows]
        ratio = self.market.health() / level
        if self.unhealthy:
            ratio[self._fallen()] = np.inf
        lowest, self._beyond = np.arange(self._rows), math.inf
        if self._rows > 2 * _SORTED:
            lowest = np.argpartition(ratio, _SORTED)[:_SORTED]
            self._beyond = float(ratio[lowest].max())
        order = lowest[np.argsort(ratio[lowest], kind="stable")]
        self._order, self._ratio = order.tolist(), ratio[order].tolist()
        reach = bisect_right(self._ratio, self._near)
        if self._beyond <= self._near:
            found = set(np.flatnonzero(ratio <= self._near).tolist())
        else:
            found = set(self._order[:reach])
        if self.unhealthy:
            found.update(self._risen())
        return sorted(found), (1.0, 1.0)


def _flat(weights: tuple[Floats, Floats]) -> tuple[list[float], list[float]]:
    return weights[0].ravel().tolist(), weights[1].ravel().tolist()


def _moves(before: tuple[list[float], list[float]], after: tuple[list[float], list[float]]) -> Moves:
    """The least and the largest factor by which any health can have changed between two sets of weights; 0 and infinity for no bound."""
    if before == after:
        return 1.0, 1.0
    covers = [new / old if old > 0.0 else math.inf for old, new in zip(before[0], after[0], strict=True) if old > 0.0 or new > 0.0]
    debts = [new / old if old > 0.0 else math.inf for old, new in zip(before[1], after[1], strict=True) if old > 0.0 or new > 0.0]
    if not debts or not covers or max(debts) == math.inf:
        return 0.0, math.inf
    least, most = min(debts), max(covers)
    return min(covers) / max(debts), most / least if least > 0.0 else math.inf


def _differ(one: Moves, other: Moves) -> bool:
    return abs(one[0] - other[0]) > _STILL or abs(one[1] - other[1]) > _STILL
