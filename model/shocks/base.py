"""The contract of a shock: what happens to the world from outside, at a time or on a condition."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import model_validator

from model.core.params import Params, param
from model.core.registry import Plugin
from model.quantities import read
from model.world.world import World


class ShockParams(Params):
    """When a shock begins and how long it lasts; every kind adds its own."""

    at: float | None = param(None, unit="seconds", ge=0, description="Time after the start of the run; none where a condition decides")
    after: str | None = param(None, unit="shock", description="Another shock whose beginning counts in place of the run's start")
    delay: float = param(0.0, unit="seconds", ge=0, description="Time after the beginning of that other shock")
    when: str | None = param(None, unit="quantity", description="Begin when this quantity crosses the level, from that time on")
    level: float = param(0.0, unit="as the quantity", description="Level of the quantity")
    side: str = param("above", unit="above or below", pattern="^(above|below)$", description="Side on which the quantity must be")
    lasts: float | None = param(None, unit="seconds", gt=0, description="Length; none for good")

    @model_validator(mode="after")
    def _one_start(self) -> Self:
        if self.after is None and self.delay > 0.0:
            raise ValueError("a delay counts from another shock: after")
        if self.after is not None and self.at is not None:
            raise ValueError("at (from the start of the run) or after (from another shock), not both")
        return self


class Shock(Plugin, family="shocks"):
    """A shock in place. A kind implements ``begin`` and, where it can end, ``end``; where it takes time, ``advance``, which is called once
    per tick from the beginning on, and at the beginning and the end. All three may write the world directly. Shocks compose: each undoes
    only what it did itself.

    A shock at a time, or a time after another, begins and ends at its second, whatever the tick; a condition is read once per tick.
    """

    failure: ClassVar[str] = ""
    """Failure of a bridge that the shock is (one of ``Bridge.failures``); empty for other shocks."""
    Params = ShockParams

    def __init__(self, name: str, params: Any) -> None:
        self.name = name
        self.params = params
        self.began_at: float | None = None
        self.ended_at: float | None = None
        self.others: Mapping[str, Shock] = {}
        """The shocks of the same run by name."""

    @abstractmethod
    def begin(self, world: World) -> None:
        """Strike."""

    def advance(self, world: World) -> None:
        """Go on, at the clock; after the end too (for a recovery)."""

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

    def moment(self, world: World) -> float:
        """Time of its next beginning or end that is known, infinity where there is none, or where a condition decides."""
        if self.began_at is None:
            return self._earliest(world) if self.params.when is None else math.inf
        return math.inf if self.ended else self.over_at

    def poll(self, world: World) -> None:
        """Begin, go on or end if it is time."""
        now = world.clock.now
        if self.began_at is None:
            earliest = self._earliest(world)
            if now < earliest or not self._wanted(world):
                return
            self.began_at = earliest if self.params.when is None else now
            self.begin(world)
            world.board.changed()
            world.events.emit("shocks", now, "", self.name, self.kind, "start")
        if not self.ended and now >= self.over_at:
            self.ended_at = self.over_at
            self.end(world)
            world.board.changed()
            world.events.emit("shocks", now, "", self.name, self.kind, "end")
        self.advance(world)

    def _earliest(self, world: World) -> float:
        """Time from which on it may begin; infinity while the shock that it follows has not."""
        params = self.params
        if params.after is not None:
            began = self.others[params.after].began_at
            return math.inf if began is None else began + float(params.delay)
        if params.at is None and params.when is None:
            return math.inf
        return world.clock.start + float(params.at or 0.0)

    def _wanted(self, world: World) -> bool:
        """Whether its condition, where it has one, holds."""
        params = self.params
        if params.when is None:
            return True
        value = read(world, params.when)
        return bool(value >= params.level if params.side == "above" else value <= params.level)
