"""Kind ``message_delay``: messages of bridges and hubs are late, overtake each other and come twice."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationInfo, field_validator

from model.core.params import param
from model.shocks.base import Shock, ShockParams
from model.world.mail import Lateness, Mail
from model.world.world import World


class MessageDelayParams(ShockParams):
    """Whose messages, and what becomes of them."""

    bridges: tuple[str, ...] = param((), unit="bridge", description="Bridges whose messages suffer")
    hubs: tuple[str, ...] = param((), unit="market", description="Hubs whose messages suffer")
    extra: float = param(0.0, unit="seconds", ge=0, description="By how much each message is late")
    shuffle: float = param(
        0.0, unit="seconds", ge=0, description="By up to how much more, drawn for each message: one may overtake another"
    )
    repeated: float = param(0.0, unit="fraction", ge=0, le=1, description="Share of the messages that come a second time")

    @field_validator("hubs")
    @classmethod
    def _somewhere(cls, hubs: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if not hubs and not info.data.get("bridges", ("?",)):
            raise ValueError("at least one bridge (in bridges) or hub")
        return hubs

    @field_validator("repeated")
    @classmethod
    def _something(cls, repeated: float, info: ValidationInfo) -> float:
        if not repeated > 0.0 and not any(info.data.get(name, 1.0) > 0.0 for name in ("extra", "shuffle")):
            raise ValueError("a share above 0, or extra or shuffle above 0: else nothing happens")
        return repeated


class MessageDelay(Shock, kind="message_delay"):
    """While it lasts whatever is sent, and what is on its way at the beginning, is late, out of order or doubled. A message that comes
    again is delivered again; a receiver that knows its number does nothing (event ``came again``). What is late stays so when it ends.

    Assumes: a spoke without delay sends no messages; what a recipient has to collect is not announced twice. A message is late by the
    same draws, by its number, whatever else happens.
    """

    Params = MessageDelayParams
    params: MessageDelayParams

    def __init__(self, name: str, params: Any) -> None:
        super().__init__(name, params)
        self._lateness: Lateness | None = None

    def begin(self, world: World) -> None:
        """Disturb."""
        params = self.params
        self._lateness = Lateness(world.draws[f"shocks.{self.name}"], params.extra, params.shuffle, params.repeated)
        for target in self._targets(world):
            target.disturb(self._lateness)

    def end(self, world: World) -> None:
        """Let new messages be in time."""
        assert self._lateness is not None
        for target in self._targets(world):
            target.calm(self._lateness)

    def _targets(self, world: World) -> list[Mail]:
        return [target for name in (*self.params.bridges, *self.params.hubs) if isinstance(target := world.targets[name], Mail)]
