"""Kind ``bridge_halt``: a bridge stops; nothing departs and nothing arrives."""

from __future__ import annotations

from model.bridges.base import Bridge
from model.core.params import param
from model.shocks.base import Shock, ShockParams
from model.world.world import World


class BridgeHaltParams(ShockParams):
    """A halt."""

    bridge: str = param(unit="bridge", description="Bridge that stops")


class BridgeHalt(Shock, kind="bridge_halt"):
    """Halts a bridge for as long as the shock lasts; what is on its way arrives at once when it ends."""

    failure = "halt"
    Params = BridgeHaltParams
    params: BridgeHaltParams

    def begin(self, world: World) -> None:
        """Stop it until the end, which messages know to the second."""
        bridge = world.targets[self.params.bridge]
        assert isinstance(bridge, Bridge)
        bridge.halt(self.over_at)
