"""The contract of a shock: what happens to the world from outside, at a time or on a condition."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any, ClassVar

from model.core.params import Params, param
from model.core.registry import Plugin
from model.quantities import read
from model.world.world import World


class ShockParams(Params):
    """When a shock begins and how long it lasts; every kind adds its own."""

    at: float | None = param(None, unit="seconds", ge=0, description="Time after the start of the run; none where a condition decides")
    when: str | None = param(None, unit="quantity", description="Begin when this quantity crosses the level")
    level: float = param(0.0, unit="as the quantity", description="Level of the quantity")
    side: str = param("above", unit="above or below", pattern="^(above|below)$", description="Side on which the quantity must be")
    lasts: float | None = param(None, unit="seconds", gt=0, description="Length; none for good")


class Shock(Plugin, family="shocks"):
    """A shock in place. A kind implements ``begin`` and, where it can end, ``end``; where it takes time, ``advance``, which is called once
    per tick from the beginning on. All three may write the world directly. Shocks compose: each undoes only what it did itself.
    """

    failure: ClassVar[str] = ""
    """Failure of a bridge that the shock is (one of ``Bridge.failures``); empty for other shocks."""
    Params = ShockParams

    def __init__(self, name: str, params: Any) -> None:
        self.name = name
        self.params = params
        self.began_at: float | None = None
        self.ended_at: float | None = None

    @abstractmethod
    def begin(self, world: World) -> None:
        """Strike."""

    def advance(self, world: World) -> None:
        """Go on, at the clock; once per tick from the beginning on, after the end too (for a recovery)."""

    def end(self, world: World) -> None:
        """Undo what is meant to be undone."""

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.ended_at is not None

    @property
    def over_at(self) -> float:
        """Time at which it ends (seconds), infinity for never; it must have begun."""
        return math.inf if self.began_at is None or self.params.lasts is None else self.began_at + self.params.lasts

    def poll(self, world: World) -> None:
        """Begin, go on or end if it is time; called once per tick. A shock at a time counts from that time, whatever the tick."""
        now = world.clock.now
        if self.began_at is None:
            if not self._due(world):
                return
            timed = self.params.at is not None and self.params.when is None
            self.began_at = world.clock.start + self.params.at if timed else now
            self.begin(world)
            world.board.changed()
            world.events.emit("shocks", now, "", self.name, self.kind, "start")
        if not self.ended and now >= self.over_at:
            self.ended_at = self.over_at
            self.end(world)
            world.board.changed()
            world.events.emit("shocks", now, "", self.name, self.kind, "end")
        self.advance(world)

    def _due(self, world: World) -> bool:
        params = self.params
        if params.at is not None and world.clock.elapsed < params.at:
            return False
        if params.when is None:
            return params.at is not None
        value = read(world, params.when)
        return bool(value >= params.level if params.side == "above" else value <= params.level)
