"""What wakes an agent: a quantity that crosses a level, a time, an event. Thinking is on demand; the rest costs nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.core.draws import Floats
from model.quantities import MOVING, Reading, chains_of, reading
from model.world.world import World


@dataclass(frozen=True, slots=True)
class Watch:
    """Ask when ``quantity`` crosses ``level`` (``side`` is ``above`` or ``below``).

    Armed again when the quantity has gone back by ``hysteresis``, and after every executed transaction of the agent's own.
    ``health:<market>`` is the health of the agent's own row; the other quantities are listed in ``model.quantities``.
    """

    quantity: str
    level: float
    side: str = "above"
    hysteresis: float = 0.0


@dataclass(frozen=True, slots=True)
class Timer:
    """Ask at ``first`` (seconds) and then every ``period`` seconds (none for once)."""

    first: float
    period: float | None = None


@dataclass(frozen=True, slots=True)
class On:
    """Ask after every event of a kind; with ``name``, only of those whose first column (venue, market, feed...) is ``name``."""

    event: str
    name: str | None = None


class Watchers:
    """All watches of scalar quantities, grouped by quantity: one reading serves all agents that watch it.

    While a reading stays inside the interval in which no watch can be crossed or armed again, it costs two comparisons.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._agents: dict[str, list[int]] = {}
        self._watches: dict[str, list[Watch]] = {}
        self._columns: dict[str, tuple[Floats, Floats, Floats, NDArray[np.bool_]]] = {}
        self._still: dict[str, tuple[float, float]] = {}
        self._places: dict[int, list[tuple[str, int]]] = {}
        self._readings: dict[str, tuple[Reading, bool, tuple[str, ...]]] = {}
        self._grounds: set[tuple[str, ...]] = set()
        self._read_at: dict[str, list[tuple[int, int, int, int]]] = {}

    def add(self, agent: int, watch: Watch) -> None:
        """Have ``agent`` (its place in the ecosystem) asked when ``watch`` is crossed."""
        spec = watch.quantity
        if spec not in self._readings:
            self._readings[spec] = reading(self._world, spec), spec.partition(":")[0] in MOVING, chains_of(self._world, spec)
            self._grounds.add(self._readings[spec][2])
        self._agents.setdefault(spec, []).append(agent)
        self._watches.setdefault(spec, []).append(watch)
        self._places.setdefault(agent, []).append((spec, len(self._agents[spec]) - 1))
        self._columns.pop(spec, None)

    def crossed(self, *, moving: bool = False, interest: bool = True) -> list[int]:
        """Agents whose watch is crossed now, in the order of quantities and of registration; with ``moving`` only by quantities that
        change with true prices or time alone. Without ``interest`` the others are read where something was settled or said on their chains.
        """
        found: list[int] = []
        board, arrivals = self._world.board, self._world.arrivals
        states = {name: (chain.settled, board.version_on(name), board.moves, arrivals) for name, chain in self._world.chains.items()}
        on = {chains: [states[name] for name in chains] for chains in self._grounds}
        for spec, (read, moves, chains) in self._readings.items():
            if not moves:
                if moving:
                    continue
                state = on[chains]
                if not interest and state == self._read_at.get(spec):
                    continue
                self._read_at[spec] = state
            value = read()
            if spec not in self._columns:
                self._compile(spec)
            low, high = self._still[spec]
            if not low < value < high:
                found.extend(self._cross(spec, value))
        return found

    def arm(self, agent: int) -> None:
        """Watch again for one agent."""
        for spec, place in self._places.get(agent, ()):
            if spec in self._columns and not self._columns[spec][3][place]:
                self._columns[spec][3][place] = True
                self._bound(spec)

    def _cross(self, spec: str, value: float) -> list[int]:
        sign, level, back, armed = self._columns[spec]
        signed = sign * value
        armed |= signed < back
        hit = armed & (signed >= level)
        armed[hit] = False
        self._bound(spec)
        return [self._agents[spec][place] for place in np.flatnonzero(hit).tolist()]

    def _compile(self, spec: str) -> None:
        watches = self._watches[spec]
        sign = np.array([1.0 if watch.side == "above" else -1.0 for watch in watches])
        level = sign * np.array([watch.level for watch in watches])
        back = level - np.array([watch.hysteresis for watch in watches])
        self._columns[spec] = sign, level, back, np.ones(len(watches), dtype=bool)
        self._bound(spec)

    def _bound(self, spec: str) -> None:
        """The open interval of values at which nothing happens."""
        sign, level, back, armed = self._columns[spec]
        up, edge = sign > 0.0, np.where(armed, level, back)
        # Above: armed ones wait below their level, the others above the value at which they are armed again; below: mirrored.
        highs = np.concatenate([edge[up & armed], -edge[~up & ~armed]])
        lows = np.concatenate([-edge[~up & armed], edge[up & ~armed]])
        self._still[spec] = float(lows.max(initial=-np.inf)), float(highs.min(initial=np.inf))
