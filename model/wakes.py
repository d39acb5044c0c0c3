"""What wakes an agent: a quantity that crosses a level, a time, an event. Thinking is on demand; the rest costs nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.quantities import read
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
    """All watches of scalar quantities, grouped by quantity: one reading serves all agents that watch it."""

    def __init__(self) -> None:
        self._agents: dict[str, list[int]] = {}
        self._watches: dict[str, list[Watch]] = {}
        self._columns: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
        self._armed: dict[str, np.ndarray] = {}
        self._places: dict[int, list[tuple[str, int]]] = {}

    def add(self, agent: int, watch: Watch) -> None:
        """Have ``agent`` (its place in the ecosystem) asked when ``watch`` is crossed."""
        spec = watch.quantity
        self._agents.setdefault(spec, []).append(agent)
        self._watches.setdefault(spec, []).append(watch)
        self._places.setdefault(agent, []).append((spec, len(self._agents[spec]) - 1))
        self._columns.pop(spec, None)

    def crossed(self, world: World) -> list[int]:
        """Agents whose watch is crossed now, in the order of quantities and of registration."""
        found: list[int] = []
        for spec, agents in self._agents.items():
            value = read(world, spec)
            if spec not in self._columns:
                self._compile(spec)
            sign, level, back = self._columns[spec]
            armed = self._armed[spec]
            signed = sign * value
            armed |= signed < back
            hit = armed & (signed >= level)
            if hit.any():
                armed[hit] = False
                found.extend(agents[place] for place in np.flatnonzero(hit).tolist())
        return found

    def arm(self, agent: int) -> None:
        """Watch again for one agent."""
        for spec, place in self._places.get(agent, ()):
            if spec in self._columns:
                self._armed[spec][place] = True

    def _compile(self, spec: str) -> None:
        watches = self._watches[spec]
        sign = np.array([1.0 if watch.side == "above" else -1.0 for watch in watches])
        level = sign * np.array([watch.level for watch in watches])
        self._columns[spec] = sign, level, level - np.array([watch.hysteresis for watch in watches])
        self._armed[spec] = np.ones(len(watches), dtype=bool)
