"""Canonical: the bridge of an optimistic rollup, quick on the way in, with a challenge period on the way home."""

from __future__ import annotations

from model.bridges.lock_and_mint import LockAndMint
from model.bridges.params import BridgeParams
from model.core.params import param
from model.core.units import DAY


class CanonicalParams(BridgeParams):
    """The canonical bridge of a rollup."""

    delay: float = param(900.0, unit="seconds", ge=0, description="Time of a deposit into the rollup", source="message bridges 13-19 min")
    challenge_period: float = param(
        7 * DAY, unit="seconds", ge=0, description="From a withdrawal's proof to its payment", source="Optimistic rollups: 7 days"
    )


class Canonical(LockAndMint, kind="canonical"):
    """Lock and mint where the home chain believes a withdrawal only after the challenge period.

    Source: reference/protocols.md, section Bridges (canonical optimistic withdrawal 7 d). Assumes: withdrawals are proven at once and
    never challenged; with ``claimed`` the recipient collects, otherwise a relayer does it for all.
    """

    Params = CanonicalParams
    params: CanonicalParams

    def seconds(self, from_chain: str, to_chain: str) -> float:
        """The message inwards, the challenge period homewards; from one rollup to another the one after the other."""
        params = self.params
        leaves = params.finality.get(from_chain, 0.0)
        if from_chain != self.chain:
            leaves += params.delays.get(self.chain, params.challenge_period)
        return leaves + (params.delays.get(to_chain, params.delay) if to_chain != self.chain else 0.0)
