"""The contract of a shock: what happens to the world from outside, at a time or on a condition."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any

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
    """A shock in place. A kind implements ``begin`` and, where it can end, ``end``; both may write the world directly."""

    Params = ShockParams

    def __init__(self, name: str, params: Any) -> None:
        self.name = name
        self.params = params
        self.began_at: float | None = None
        self.ended = False

    @abstractmethod
    def begin(self, world: World) -> None:
        """Strike."""

    def end(self, world: World) -> None:
        """Undo what is meant to be undone."""

    def poll(self, world: World) -> None:
        """Begin or end if it is time; called once per tick."""
        now = world.clock.now
        if self.began_at is None and self._due(world):
            self.began_at = now
            self.begin(world)
            world.board.version += 1
            world.events.emit("shocks", now, "", self.name, self.kind, "start")
        elif self.began_at is not None and not self.ended and now >= self.began_at + (self.params.lasts or math.inf):
            self.ended = True
            self.end(world)
            world.board.version += 1
            world.events.emit("shocks", now, "", self.name, self.kind, "end")

    def _due(self, world: World) -> bool:
        params = self.params
        if params.at is not None and world.clock.elapsed < params.at:
            return False
        if params.when is None:
            return params.at is not None
        value = read(world, params.when)
        return bool(value >= params.level if params.side == "above" else value <= params.level)
