"""Kind ``volatility_regime``: for a time, exogenous prices move by more than they would."""

from __future__ import annotations

from typing import Any

from model.core.params import param
from model.shocks.base import ShockParams
from model.shocks.factors import PriceShock
from model.world.world import World


class VolatilityRegimeParams(ShockParams):
    """A regime of volatility."""

    tokens: tuple[str, ...] = param(unit="token", min_length=1, description="Tokens whose true price moves more, or less")
    multiple: float = param(2.0, unit="1", ge=0, description="Factor on every return while it lasts")


class VolatilityRegime(PriceShock, kind="volatility_regime"):
    """With m the multiple and r the log return since the beginning, the price stands at its first value x exp(m r); after the end it goes
    on from there with the returns that it would have had.

    Assumes: drift is multiplied as well; common random numbers stay common, since no draw is added.
    """

    Params = VolatilityRegimeParams
    params: VolatilityRegimeParams

    def __init__(self, name: str, params: Any) -> None:
        super().__init__(name, params)
        self._first: dict[str, float] = {}

    def begin(self, world: World) -> None:
        """Note where the prices stood."""
        assert self.began_at is not None
        self._first = {token: self._raw(world, token, self.began_at) for token in self.params.tokens}

    def advance(self, world: World) -> None:
        """Bring the factor to the clock, at most to the end; there it stays."""
        moment = min(world.clock.now, self.over_at)
        for token, first in self._first.items():
            self.scale(world, token, (self._raw(world, token, moment) / first) ** (self.params.multiple - 1.0))

    @staticmethod
    def _raw(world: World, token: str, moment: float) -> float:
        """Price at a moment without any shock."""
        path = world.board.path(token)
        return path.at(moment) / path.factor
