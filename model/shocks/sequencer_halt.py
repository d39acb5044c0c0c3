"""Kind ``sequencer_halt``: a chain builds no blocks for a time."""

from __future__ import annotations

from model.core.params import param
from model.shocks.base import Shock, ShockParams
from model.world.world import World


class SequencerHaltParams(ShockParams):
    """A halt, of a sequencer or of consensus."""

    on: str = param(unit="chain", description="Chain that stops")
    lasts: float = param(3_600.0, unit="seconds", gt=0, description="Length")


class SequencerHalt(Shock, kind="sequencer_halt"):
    """Posts, repayments and liquidations wait alike; after the halt the chain's grace period runs.

    Source: Arbitrum, 15 December 2023 (78 minutes).
    """

    Params = SequencerHaltParams
    params: SequencerHaltParams

    def begin(self, world: World) -> None:
        """Stop until the end, known to the second."""
        world.chains[self.params.on].halt(self.over_at)
