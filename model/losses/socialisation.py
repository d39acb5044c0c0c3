"""Lenders bear the loss at once, in proportion to what they lent."""

from __future__ import annotations

from collections.abc import Mapping

from model.losses.base import Ladder, LossRule


class Socialisation(LossRule, kind="socialisation"):
    """The claims of the market's lenders are written down pro rata.

    Source: Morpho Blue Morpho.liquidate (totalSupplyAssets falls by the bad debt); Euler v2 debt socialisation.
    """

    def split(self, loss: float, bearers: Mapping[str, float]) -> dict[str, float]:
        """``lenders`` bear up to all that they lent."""
        ladder = Ladder(loss, bearers)
        ladder.bear("lenders")
        return ladder.close()

    def write_down(self, loss: float, supplied: float) -> float:
        """Factor on every lender's claim when ``loss`` falls on ``supplied``: 1 - loss/supplied, not below 0; 1 where nothing is lent."""
        return max(0.0, 1.0 - loss / supplied) if supplied > 0.0 else 1.0
