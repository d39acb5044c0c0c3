"""The shocks of a run in the order in which they strike: at their own second, on a condition at ticks."""

from __future__ import annotations

import math
from collections.abc import Iterator

from model.shocks.base import Shock
from model.world.world import World


class ShockSchedule:
    """Shocks by place and by name. Those that have begun come first, in the order in which they did: what a later one makes of the world
    is made of what earlier ones have left.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._listed: list[Shock] = []
        self._by_name: dict[str, Shock] = {}
        self._next: float | None = None

    def __iter__(self) -> Iterator[Shock]:
        return iter(self._listed)

    def __len__(self) -> int:
        return len(self._listed)

    def __getitem__(self, place: int) -> Shock:
        return self._listed[place]

    def append(self, shock: Shock) -> None:
        """Take a shock in; one that follows another (``after``) finds it by name."""
        shock.others = self._by_name
        self._listed.append(shock)
        self._by_name[shock.name] = shock
        self._next = None

    def next_time(self) -> float:
        """Time (seconds) of the next beginning or end that is known; infinity for none."""
        if self._next is None:
            self._next = min([shock.moment(self._world) for shock in self._listed], default=math.inf)
        return self._next

    def poll(self) -> None:
        """Let every shock begin, go on or end; once per tick."""
        for shock in self._in_order():
            shock.poll(self._world)
        self.strike()

    def strike(self) -> None:
        """Let shocks begin and end whose second has come."""
        self._next = None
        while self.next_time() <= self._world.clock.now:
            for shock in self._in_order():
                if shock.moment(self._world) <= self._world.clock.now:
                    shock.poll(self._world)
            self._next = None

    def _in_order(self) -> list[Shock]:
        return sorted(self._listed, key=lambda shock: math.inf if shock.began_at is None else shock.began_at)
