"""Bridged: the wrapped form of a token on another chain, minted and burned by its bridge alone."""

from __future__ import annotations

from typing import Literal

from model.claims.base import Claim, Cover, check_redemption
from model.core.params import Params, param


class BridgedParams(Params):
    """A wrapped token of another chain."""

    backing: str = param("eth", unit="token", description="Token locked on its home chain")
    payout: Literal["first_come", "pro_rata"] = param(
        "first_come",
        unit="rule",
        description="first_come: the bridge releases one for one until nothing is left; pro_rata: every holder bears a hole alike",
    )


class Bridged(Claim, kind="bridged"):
    """A claim on locked backing, one for one while the bridge is whole. A drain or an unbacked mint leaves a hole: supply above backing.

    Assumes: who bears a hole beyond this claim's holders is the bridge's rule; delay and fee too.
    """

    impairable = False
    Params = BridgedParams
    params: BridgedParams

    def rate(self, cover: Cover) -> tuple[float, ...]:
        """Locked backing per token, never above 1."""
        if not cover.supply > 0.0:
            return (1.0,)
        return (min(1.0, cover.amounts[0] / cover.supply),)

    def hole(self, cover: Cover) -> float:
        """Tokens without backing."""
        return max(0.0, cover.supply - cover.amounts[0])

    def mintable(self, now: float) -> bool:
        """Never by an account: the bridge mints."""
        return False

    def redeem(self, cover: Cover, amount: float) -> tuple[float, ...]:
        """Backing that the bridge releases for a burn of ``amount``."""
        check_redemption(cover, amount)
        if self.params.payout == "pro_rata":
            return (amount * self.rate(cover)[0],)
        return (min(amount, cover.amounts[0]),)
