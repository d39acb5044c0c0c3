"""Kind ``issuer_default``: the issuer of a tokenised asset defaults."""

from __future__ import annotations

from model.core.params import param
from model.shocks.base import Shock, ShockParams
from model.world.claim import ClaimToken
from model.world.world import World


class IssuerDefaultParams(ShockParams):
    """A default."""

    claim: str = param(unit="claim", description="Claim whose issuer defaults")


class IssuerDefault(Shock, kind="issuer_default"):
    """The claim falls to what its kind says is recovered, for its holders and for redemptions that are not yet settled; rewards, mints and
    dealing end. Nothing where the issuer has defaulted before, at a date of its own.
    """

    Params = IssuerDefaultParams
    params: IssuerDefaultParams

    def begin(self, world: World) -> None:
        """Default, once."""
        claim = world.targets[self.params.claim]
        assert isinstance(claim, ClaimToken)
        claim.default()
