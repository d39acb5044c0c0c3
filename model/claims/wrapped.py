"""Wrapped: a fixed-balance form of a rebasing claim (wstETH of stETH), at once both ways."""

from __future__ import annotations

from model.claims.base import Claim
from model.core.params import Params, param


class WrappedParams(Params):
    """A wrapper."""

    backing: str = param("steth", unit="token", description="Rebasing token inside")


class Wrapped(Claim, kind="wrapped"):
    """A wrapper: the rebasing token stands in its account, so the rate grows (or falls) as that balance is rebased.

    Source: Lido wstETH (``wrap``, ``unwrap``, ``stEthPerToken``). Assumes: no fee, never closed.
    """

    Params = WrappedParams
    params: WrappedParams

    def wait(self, queued: float | None, amount: float, now: float, liquid: float | None = None) -> float:
        """At once."""
        return 0.0
