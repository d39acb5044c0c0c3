"""Kind ``slashing``: a claim loses part of what stands behind it."""

from __future__ import annotations

from model.core.params import param
from model.shocks.base import Shock, ShockParams
from model.world.claim import ClaimToken
from model.world.world import World


class SlashingParams(ShockParams):
    """A slashing, or another loss of backing."""

    claim: str = param(unit="claim", description="Claim that is hit")
    severity: float = param(0.05, unit="fraction", gt=0, le=1, description="Share of the stake at risk that is lost; the kind says of what")


class Slashing(Shock, kind="slashing"):
    """Impairs a claim by its kind's rule; every holder bears it alike, with them what is leaving and not yet safe, and whatever stands on
    the claim.
    """

    Params = SlashingParams
    params: SlashingParams

    def begin(self, world: World) -> None:
        """Slash, once."""
        claim = world.targets[self.params.claim]
        assert isinstance(claim, ClaimToken)
        claim.impair_share(self.params.severity)
