"""A staked backstop is slashed up to a share of it; its stakers may leave only after a cooldown. Aave's safety module and Umbrella."""

from __future__ import annotations

from collections.abc import Mapping

from model.core.params import Params, param
from model.core.units import DAY
from model.losses.base import Ladder, LossRule


class BackstopParams(Params):
    """Parameters of the backstop."""

    max_slash: float = param(
        0.3, ge=0, le=1, unit="fraction", description="Largest share of the stake that one loss may slash.",
        source="Aave safety module maxSlashablePercentage (30 %)",
    )  # fmt: skip
    cooldown: float = param(
        20 * DAY, ge=0, unit="seconds", description="Wait between announcing a withdrawal and making it; the stake stays at risk.",
        source="Aave StakedToken COOLDOWN_SECONDS",
    )  # fmt: skip
    withdrawal_window: float = param(
        2 * DAY, gt=0, unit="seconds", description="Time after the cooldown in which the withdrawal must be made.",
        source="Aave StakedToken UNSTAKE_WINDOW",
    )  # fmt: skip


class Backstop(LossRule, kind="backstop"):
    """Slashes the stake for the loss, up to ``max_slash`` of its value; the rest is a deficit.

    Source: Aave StakedToken (safety module), Umbrella (slash covers the reserve's deficit).
    Assumes: ``backstop`` in the bearers is the stake's value in debt tokens at the time of the loss.
    """

    Params = BackstopParams
    params: BackstopParams

    def split(self, loss: float, bearers: Mapping[str, float]) -> dict[str, float]:
        """``backstop`` bears up to its slashable part."""
        ladder = Ladder(loss, bearers)
        ladder.bear("backstop", self.params.max_slash * bearers.get("backstop", 0.0))
        return ladder.close()

    def withdrawable(self, announced: float, now: float) -> bool:
        """Whether a withdrawal announced at ``announced`` (seconds) may be made ``now``."""
        open_from = announced + self.params.cooldown
        return open_from <= now <= open_from + self.params.withdrawal_window
