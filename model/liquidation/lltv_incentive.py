"""Incentive set by the liquidation LTV, no close factor: Morpho Blue."""

from __future__ import annotations

from model.core.actions import ALL
from model.core.errors import Refused
from model.core.params import Params, param
from model.liquidation.base import Position, Settlement, Spread


class LltvIncentiveParams(Params):
    """Parameters of the incentive curve."""

    max_incentive: float = param(
        1.15, ge=1, le=2, unit="1", description="Largest liquidation incentive factor (1 + bonus).",
        source="Morpho Blue ConstantsLib MAX_LIQUIDATION_INCENTIVE_FACTOR",
    )  # fmt: skip
    cursor: float = param(
        0.3, ge=0, lt=1, unit="1", description="Slope of the incentive in 1 - LLTV.", source="Morpho Blue ConstantsLib LIQUIDATION_CURSOR"
    )


class LltvIncentive(Spread, kind="lltv_incentive"):
    """The whole debt may be repaid at the incentive LIF = min(max, 1/(cursor * LLTV + 1 - cursor)); either side may be given.

    Repaying or seizing more than there is is refused; ALL takes the debt, or the collateral where that is less.

    Source: Morpho Blue Morpho.liquidate. Assumes: the position's ``threshold`` is the LLTV; its own bonus is not used.
    """

    Params = LltvIncentiveParams
    params: LltvIncentiveParams

    def bonus(self, lltv: float) -> float:
        """Bonus LIF - 1 of a market with this LLTV, a fraction."""
        cursor = self.params.cursor
        return min(self.params.max_incentive, 1.0 / (cursor * lltv + 1.0 - cursor)) - 1.0

    def settle(self, position: Position, repay: float) -> Settlement:
        """Settlement with the repaid side given.

        Raises:
            Refused: ``healthy``, ``invalid_amount``, ``seize_too_much``.
        """
        self.check(position, repay)
        if repay != ALL and repay > position.debt:
            raise Refused("invalid_amount", f"repay {repay:.6g} of debt {position.debt:.6g}")
        bonus = self.bonus(position.threshold)
        asked = min(repay, position.debt)
        repaid, seized = self.exchange(position, asked, bonus)
        if repay != ALL and repaid < asked:
            raise Refused("seize_too_much", f"collateral {position.collateral:.6g}")
        return Settlement(repaid, seized, 0.0, bonus)

    def settle_seizing(self, position: Position, seize: float) -> Settlement:
        """Settlement with the seized side given (collateral tokens; ALL for the whole collateral).

        Raises:
            Refused: ``healthy``, ``invalid_amount`` (the repayment would exceed the debt), ``seize_too_much``.
        """
        self.check(position, seize)
        if seize != ALL and seize > position.collateral:
            raise Refused("seize_too_much", f"collateral {position.collateral:.6g}")
        bonus = self.bonus(position.threshold)
        seized = min(seize, position.collateral)
        repaid = seized * position.collateral_price / (1.0 + bonus) / position.debt_price
        if repaid > position.debt:
            raise Refused("invalid_amount", f"repay {repaid:.6g} of debt {position.debt:.6g}")
        return Settlement(repaid, seized, 0.0, bonus)
