"""The loss stays as a named deficit."""

from __future__ import annotations

from collections.abc import Mapping

from model.losses.base import Ladder, LossRule


class Deficit(LossRule, kind="deficit"):
    """Nobody bears the loss: the market carries it, lenders can be paid only as long as its cash lasts.

    Source: Aave v2 and v3.0 (debt stays with the account), Aave v3.3 (deficit of the reserve).
    """

    def split(self, loss: float, bearers: Mapping[str, float]) -> dict[str, float]:
        """All of ``loss`` under ``deficit``."""
        return Ladder(loss, bearers).close()
