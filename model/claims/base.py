"""The contract of a claim: what stands behind a token."""

from __future__ import annotations

from typing import Any

from model.core.registry import Plugin


class Claim(Plugin, family="claims"):
    """A token that stands on units of one or more others (its ``backing`` tokens).

    A claim has an exchange rate (backing per unit, which follows from its backing and its supply), a way in (mint), a way out
    (redeem, at once or through a queue) and can be impaired. Pure: the world holds backing and queue and moves the tokens.
    """

    def __init__(self, params: Any) -> None:
        self.params = params

    @property
    def backing(self) -> tuple[str, ...]:
        """Tokens that this claim stands on."""
        return (self.params.backing,)

    @property
    def rebasing(self) -> bool:
        """Whether rewards raise balances (kept as shares in the ledger) rather than the rate of a fixed balance."""
        return False

    def period(self) -> float | None:
        """Seconds between accruals, None for a claim that never accrues by itself."""
        return None

    def reward(self, backing: float, seconds: float) -> float:
        """Backing tokens gained over ``seconds`` on ``backing``."""
        return 0.0

    def mintable(self, now: float) -> bool:
        """Whether the way in is open at ``now`` (seconds)."""
        return True

    def wait(self, queued: float, amount: float, now: float) -> float | None:
        """Seconds from a redemption request of ``amount`` backing tokens behind ``queued`` others to its settlement; 0 for at once,
        None where the way out is closed.
        """
        return None
