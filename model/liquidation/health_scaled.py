"""Discount that grows as health falls, no close factor: Euler v2."""

from __future__ import annotations

from model.core.actions import ALL
from model.core.errors import Refused
from model.core.params import Params, param
from model.liquidation.base import Position, Settlement, Spread


class HealthScaledParams(Params):
    """Parameters of the health-scaled discount."""

    max_discount: float = param(
        0.15, gt=0, lt=1, unit="fraction", description="Largest discount d on the collateral; the bonus is d/(1-d).",
        source="Euler v2 EVault maxLiquidationDiscount",
    )  # fmt: skip


class HealthScaled(Spread, kind="health_scaled"):
    """The whole debt may be repaid at the discount d = 1 - HF, capped: a reverse Dutch auction driven by health.

    A request above what the collateral covers is refused (``seize_too_much``); worthless collateral may be taken by ALL for nothing,
    which opens the way to recognising the loss.

    Source: Euler v2 EVK Liquidation.calculateMaxLiquidation, "Dutch liquidation" of the white paper.
    Assumes: the vault's liquidation cool-off is over; the position's own bonus is not used.
    """

    Params = HealthScaledParams
    params: HealthScaledParams

    def bonus(self, health: float) -> float:
        """Bonus d/(1-d) at ``health``, a fraction."""
        discount = min(max(1.0 - health, 0.0), self.params.max_discount)
        return discount / (1.0 - discount)

    def settle(self, position: Position, repay: float) -> Settlement:
        """Settlement of ``repay``.

        Raises:
            Refused: ``healthy``, ``invalid_amount``, ``seize_too_much``.
        """
        self.check(position, repay)
        bonus = self.bonus(position.health)
        most, all_seized = self.exchange(position, position.debt, bonus)
        if repay == ALL:
            return Settlement(most, all_seized, 0.0, bonus)
        if repay > most:
            raise Refused("invalid_amount" if most == position.debt else "seize_too_much", f"repay {repay:.6g} above {most:.6g}")
        return Settlement(repay, all_seized * repay / most, 0.0, bonus)
