"""Kind ``slashing``: a claim loses part of what stands behind it."""

from __future__ import annotations

from model.core.params import param
from model.shocks.base import Shock, ShockParams
from model.world.claim import ClaimToken
from model.world.world import World


class SlashingParams(ShockParams):
    """A slashing, or another loss of backing."""

    claim: str = param(unit="claim", description="Claim that is hit")
    service: str | None = param(None, unit="service", description="Service of a restaked claim that slashes; none: the whole stake")
    severity: float = param(
        0.05, unit="fraction", gt=0, le=1, description="Share lost: of the service's allocation, else of what the kind says is at risk"
    )


class Slashing(Shock, kind="slashing"):
    """Impairs a claim by its kind's rule, or by what one of its services may take; every holder bears it alike, with them what is leaving
    and not yet safe, and whatever stands on the claim bears its part.
    """

    Params = SlashingParams
    params: SlashingParams

    def begin(self, world: World) -> None:
        """Slash, once."""
        claim = world.targets[self.params.claim]
        assert isinstance(claim, ClaimToken)
        if self.params.service is None:
            claim.impair_share(self.params.severity)
        else:
            claim.slash_service(self.params.service, self.params.severity)
