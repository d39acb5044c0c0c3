"""Repayment to a target health with a sliding bonus: Aave v4."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from model.core.errors import Refused
from model.core.params import Params, param
from model.liquidation.base import Position, Settlement, Spread
from model.liquidation.frontier import repay_to_target


class TargetHealthParams(Params):
    """Parameters of liquidation to a target health; values in the market's numeraire (Aave v4: USD)."""

    target_health: float = param(
        1.05, ge=1, unit="1", description="Health that a liquidation restores.", source="Aave v4 LiquidationConfig.targetHealthFactor"
    )
    full_bonus_health: float = param(
        0.9, gt=0, lt=1, unit="1", description="At or below this health the bonus is at its maximum.",
        source="Aave v4 LiquidationConfig.healthFactorForMaxBonus",
    )  # fmt: skip
    bonus_factor: float = param(
        0.5, ge=0, le=1, unit="fraction", description="Bonus just below health 1, as a share of the maximum.",
        source="Aave v4 LiquidationConfig.liquidationBonusFactor",
    )  # fmt: skip
    dust_value: float = param(
        1_000.0, ge=0, unit="numeraire", description="Least value that may be left of the debt or the collateral.",
        source="Aave v4 LiquidationLogic DUST_LIQUIDATION_THRESHOLD",
    )  # fmt: skip
    protocol_fee: float = param(
        0.1, ge=0, lt=1, unit="fraction", description="The protocol's share of the bonus.", source="Aave v4 liquidationFee"
    )

    @model_validator(mode="after")
    def _above_trigger(self) -> Self:
        if self.target_health <= self.full_bonus_health:
            raise ValueError("target_health must lie above full_bonus_health")
        return self


class TargetHealth(Spread, kind="target_health"):
    """Repays just enough to restore the target health; the bonus grows as health falls.

    bonus = max at HF <= h, else min + (max - min)(1 - HF)/(1 - h), min = bonus_factor * max; max is the position's. Debt dust raises
    the repayment to the whole debt, collateral dust to the whole collateral, past the target.

    Source: Aave v4 LiquidationLogic.calculateLiquidationBonus, _calculateDebtToTargetHealthFactor, _calculateLiquidationAmounts.
    Assumes: the contract requires threshold * (1 + bonus) < 1; where it is not below the target no repayment reaches it and the
    whole debt may be repaid. Premium debt is part of the debt; roundings of the contract are dropped.
    """

    Params = TargetHealthParams
    params: TargetHealthParams

    def bonus(self, health: float, maximum: float) -> float:
        """Bonus at ``health``, a fraction, given the collateral's ``maximum``."""
        h = self.params.full_bonus_health
        if health <= h:
            return maximum
        least = self.params.bonus_factor * maximum
        return least + (maximum - least) * (1.0 - min(health, 1.0)) / (1.0 - h)

    def settle(self, position: Position, repay: float) -> Settlement:
        """Settlement of ``repay``, capped at the repayment that restores the target.

        Raises:
            Refused: ``healthy``, ``invalid_amount``, ``no_collateral``; ``must_not_leave_dust`` where the offer is too small to
                clear what would be left as dust.
        """
        self.check(position, repay)
        self.check_collateral(position)
        dust, debt = self.params.dust_value, position.debt
        bonus = self.bonus(position.health, position.bonus)
        to_target = repay_to_target(position.total_debt_value, position.health, self.params.target_health, position.threshold, bonus)
        asked = min(repay, debt, to_target / position.debt_price)
        if asked < debt and (debt - asked) * position.debt_price < dust:
            asked = debt
        repaid, seized = self.exchange(position, asked, bonus)
        if seized < position.collateral and repaid < debt and (position.collateral - seized) * position.collateral_price < dust:
            repaid, seized = self.exchange(position, debt, bonus)
        if repay < repaid:
            raise Refused("must_not_leave_dust", f"repay {repay:.6g} below {repaid:.6g}")
        return Settlement(repaid, seized, self.fee_on_bonus(seized, bonus, self.params.protocol_fee), bonus)
