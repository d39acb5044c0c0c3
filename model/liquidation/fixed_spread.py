"""Fixed spread with a close factor: Aave v2, Aave v3.0 and Compound v2 are settings of it."""

from __future__ import annotations

from typing import Literal

from model.core.actions import ALL
from model.core.errors import Refused
from model.core.params import Params, param
from model.liquidation.base import Position, Settlement, Spread


class FixedSpreadParams(Params):
    """Parameters of a fixed spread. Aave v2: the defaults. Aave v3.0: ``full_close_health`` .95 and a ``protocol_fee`` on the bonus.
    Compound v2: ``above`` refuse, ``protocol_fee`` .028 on the seizure.
    """

    close_factor: float = param(
        0.5, gt=0, le=1, unit="fraction", description="Largest share of the chosen debt that one liquidation may repay.",
        source="Aave v2 LiquidationManager LIQUIDATION_CLOSE_FACTOR_PERCENT; Compound v2 closeFactorMantissa",
    )  # fmt: skip
    full_close_health: float = param(
        0.0, ge=0, le=1, unit="1", description="At or below this health the whole debt may be repaid; 0 for never.",
        source="Aave v3.0 LiquidationLogic CLOSE_FACTOR_HF_THRESHOLD (.95)",
    )  # fmt: skip
    above: Literal["cap", "refuse"] = param(
        "cap", unit="word", description="What is done with a request above what is allowed or above the collateral.",
        source="Aave caps; Compound v2 refuses (error 17, LIQUIDATE_SEIZE_TOO_MUCH)",
    )  # fmt: skip
    protocol_fee: float = param(
        0.0, ge=0, lt=1, unit="fraction", description="The protocol's share of the bonus or of the seizure.",
        source="Aave v3 liquidationProtocolFee; Compound v2 protocolSeizeShareMantissa",
    )  # fmt: skip
    fee_on: Literal["bonus", "seizure"] = param(
        "bonus", unit="word", description="What the protocol's share is taken of.", source="Aave v3 bonus; Compound v2 seizure"
    )


class FixedSpread(Spread, kind="fixed_spread"):
    """Repays up to a close factor of the debt and seizes its value times 1 + bonus.

    With ``above = "refuse"`` a request above the close factor is refused (``close_factor``), and so is one whose seizure exceeds the
    collateral (``seize_too_much``); ALL still means as much as allowed.

    Source: Aave v2 LendingPoolCollateralManager.liquidationCall; Aave v3.0 LiquidationLogic._calculateDebt and
    _calculateAvailableCollateralToLiquidate; Compound v2 Comptroller.liquidateBorrowAllowed, liquidateCalculateSeizeTokens.
    Assumes: the bonus of the position is the e-mode category's where that applies; roundings of the contracts are dropped.
    """

    Params = FixedSpreadParams
    params: FixedSpreadParams

    def allowed(self, position: Position) -> float:
        """Largest repayment that the close factor admits (debt tokens)."""
        full = position.health <= self.params.full_close_health
        return position.debt * (1.0 if full else self.params.close_factor)

    def settle(self, position: Position, repay: float) -> Settlement:
        """Settlement of ``repay``.

        Raises:
            Refused: ``healthy``, ``invalid_amount``, ``no_collateral``; where asking above is refused ``close_factor``,
                ``seize_too_much``.
        """
        self.check(position, repay)
        self.check_collateral(position)
        allowed = self.allowed(position)
        strict = self.params.above == "refuse" and repay != ALL
        if strict and repay > allowed:
            raise Refused("close_factor", f"repay {repay:.6g} above {allowed:.6g}")
        asked = min(repay, allowed)
        repaid, seized = self.exchange(position, asked, position.bonus)
        if strict and repaid < asked:
            raise Refused("seize_too_much", f"collateral {position.collateral:.6g}")
        share = self.params.protocol_fee
        fee = seized * share if self.params.fee_on == "seizure" else self.fee_on_bonus(seized, position.bonus, share)
        return Settlement(repaid, seized, fee, position.bonus)
