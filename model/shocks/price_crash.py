"""Kind ``price_crash``: exogenous prices fall by a factor over a time, and may recover."""

from __future__ import annotations

import math
from typing import Self

from pydantic import model_validator

from model.core.params import param
from model.shocks.base import ShockParams
from model.shocks.factors import PriceShock
from model.world.world import World


class PriceCrashParams(ShockParams):
    """A crash. It ``lasts`` from its first moment; then the recovery begins."""

    tokens: tuple[str, ...] = param(unit="token", min_length=1, description="Tokens whose true price falls")
    factor: float = param(0.6, unit="1", gt=0, description="Factor on the price at the bottom (0.6: a fall of 40 %); above 1 a jump up")
    over: float = param(0.0, unit="seconds", ge=0, description="Time in which the factor is reached, log-linear; 0 for at once")
    recovery: float = param(0.0, unit="seconds", ge=0, description="Time in which the factor returns to 1 after the end, log-linear")

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.recovery > 0.0 and self.lasts is None:
            raise ValueError("recovery: needs lasts, the time from the first moment to its beginning")
        return self


class PriceCrash(PriceShock, kind="price_crash"):
    """The factor falls as exp(log(factor) x share of the time), stays, and after the end rises to 1 the same way.

    Assumes: the factor multiplies whatever the price does besides, so that volatility goes on; a crash shorter than a tick is one jump.
    """

    Params = PriceCrashParams
    params: PriceCrashParams

    def begin(self, world: World) -> None:
        """Nothing at the first moment that ``advance`` would not do."""

    def advance(self, world: World) -> None:
        """Bring the factor to the clock."""
        depth = self.depth(world.clock.now)
        for token in self.params.tokens:
            self.scale(world, token, math.exp(depth * math.log(self.params.factor)))

    def depth(self, now: float) -> float:
        """Share of the fall that is in force at ``now``: 0 before, 1 at the bottom, 0 after the recovery."""
        if self.began_at is None:
            return 0.0
        fallen = min(now, self.over_at) - self.began_at
        share = min(1.0, fallen / self.params.over) if self.params.over > 0.0 else 1.0
        if now < self.over_at:
            return share
        recovered = (now - self.over_at) / self.params.recovery if self.params.recovery > 0.0 else 1.0
        return share * max(0.0, 1.0 - recovered)
