"""Kind ``gas_spike``: demand for block space from outside rises."""

from __future__ import annotations

from model.core.params import param
from model.shocks.base import Shock, ShockParams
from model.world.world import World


class GasSpikeParams(ShockParams):
    """A rise of demand for gas."""

    on: str = param(unit="chain", description="Chain whose blocks are wanted")
    factor: float = param(10.0, unit="1", gt=0, description="Factor on the gas price at which demand from outside just fills blocks")


class GasSpike(Shock, kind="gas_spike"):
    """Background demand bids ``factor`` times as much: the base fee follows block by block, and what bids less waits.

    Source: 12 March 2020 (Ethereum gas price from 10 to above 200 gwei within hours).
    """

    Params = GasSpikeParams
    params: GasSpikeParams

    def begin(self, world: World) -> None:
        """Raise demand."""
        self._scale(world, self.params.factor)

    def end(self, world: World) -> None:
        """Lower it again."""
        self._scale(world, 1.0 / self.params.factor)

    def _scale(self, world: World, factor: float) -> None:
        chain = world.chains[self.params.on]
        chain.course.factor *= factor
        chain.move(world.clock.now)
