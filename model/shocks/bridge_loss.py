"""Kind ``bridge_loss``: the hole of a bridge is allocated, by the rule that was settled on."""

from __future__ import annotations

from typing import get_args

from pydantic import field_validator

from model.bridges.base import Bridge
from model.bridges.params import LossRule
from model.core.params import param
from model.shocks.base import Shock, ShockParams
from model.world.world import World


class BridgeLossParams(ShockParams):
    """When, and by which rule."""

    bridge: str = param(unit="bridge", description="Bridge with a hole")
    rule: str | None = param(None, unit="rule", description="Who bears the hole; none for the bridge's own rule")

    @field_validator("rule")
    @classmethod
    def _is_a_rule(cls, rule: str | None) -> str | None:
        if rule is not None and rule not in get_args(LossRule):
            raise ValueError(f"one of {', '.join(get_args(LossRule))}")
        return rule


class BridgeLoss(Shock, kind="bridge_loss"):
    """Until a hole is allocated everybody holds a claim that looks whole; from then on the loss is in the rates."""

    failure = "allocate_loss"
    Params = BridgeLossParams
    params: BridgeLossParams

    def begin(self, world: World) -> None:
        """Allocate, once."""
        bridge = world.targets[self.params.bridge]
        assert isinstance(bridge, Bridge)
        bridge.allocate_loss(self.params.rule)
