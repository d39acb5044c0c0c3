"""Kind ``bridge_drain``: what stands behind a bridge is stolen."""

from __future__ import annotations

from model.bridges.base import Bridge
from model.core.params import param
from model.shocks.base import Shock, ShockParams
from model.world.accounts import OUTSIDE
from model.world.world import World


class BridgeDrainParams(ShockParams):
    """A theft from a bridge."""

    bridge: str = param(unit="bridge", description="Bridge that is drained")
    amount: float = param(unit="token", gt=0, description="Most that is taken, in tokens of the home chain")
    to: str | None = param(None, unit="account", description="Account or population that gets it; none for the world outside")


class BridgeDrain(Shock, kind="bridge_drain"):
    """Takes up to an amount of a bridge's backing; who bears the hole is the bridge's loss rule."""

    failure = "drain"
    Params = BridgeDrainParams
    params: BridgeDrainParams

    def begin(self, world: World) -> None:
        """Drain, once."""
        bridge = world.targets[self.params.bridge]
        assert isinstance(bridge, Bridge)
        bridge.drain(self.params.amount, OUTSIDE if self.params.to is None else world.accounts.of(self.params.to))
