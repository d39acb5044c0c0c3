"""Fixed spread that leaves no dust: Aave v3.3."""

from __future__ import annotations

from model.core.errors import Refused
from model.core.params import Params, param
from model.liquidation.base import Position, Settlement, Spread


class DustAwareSpreadParams(Params):
    """Parameters of the dust-aware spread; values in the market's numeraire (Aave v3: USD)."""

    close_factor: float = param(
        0.5, gt=0, le=1, unit="fraction", description="Largest share of the account's total debt value that one liquidation may repay.",
        source="Aave v3.3 LiquidationLogic DEFAULT_LIQUIDATION_CLOSE_FACTOR",
    )  # fmt: skip
    full_close_health: float = param(
        0.95, ge=0, le=1, unit="1", description="At or below this health the whole debt of the reserve may be repaid.",
        source="Aave v3.3 LiquidationLogic CLOSE_FACTOR_HF_THRESHOLD",
    )  # fmt: skip
    full_close_value: float = param(
        2_000.0, ge=0, unit="numeraire", description="Chosen collateral or debt below this value: the whole debt may be repaid.",
        source="Aave v3.3 LiquidationLogic MIN_BASE_MAX_CLOSE_FACTOR_THRESHOLD",
    )  # fmt: skip
    least_leftover_value: float = param(
        1_000.0, ge=0, unit="numeraire", description="What a partial liquidation must leave of both the debt and the collateral.",
        source="Aave v3.3 LiquidationLogic MIN_LEFTOVER_BASE",
    )  # fmt: skip
    protocol_fee: float = param(
        0.1, ge=0, lt=1, unit="fraction", description="The protocol's share of the bonus.", source="Aave v3 liquidationProtocolFee"
    )


class DustAwareSpread(Spread, kind="dust_aware_spread"):
    """The close factor counts the account's total debt, small positions may be closed whole, and dust may not remain.

    Source: Aave v3.3 LiquidationLogic.executeLiquidationCall. Assumes: roundings of the contract are dropped.
    """

    Params = DustAwareSpreadParams
    params: DustAwareSpreadParams

    def allowed(self, position: Position) -> float:
        """Largest repayment that the close factor admits (debt tokens)."""
        p = self.params
        small = min(position.debt * position.debt_price, position.collateral * position.collateral_price) < p.full_close_value
        if small or position.health <= p.full_close_health:
            return position.debt
        return min(position.debt, p.close_factor * position.total_debt_value / position.debt_price)

    def settle(self, position: Position, repay: float) -> Settlement:
        """Settlement of ``repay``, capped at what is allowed.

        Raises:
            Refused: ``healthy``, ``invalid_amount``, ``no_collateral``, ``must_not_leave_dust``.
        """
        self.check(position, repay)
        self.check_collateral(position)
        repaid, seized = self.exchange(position, min(repay, self.allowed(position)), position.bonus)
        if repaid < position.debt and seized < position.collateral:
            debt_left = (position.debt - repaid) * position.debt_price
            collateral_left = (position.collateral - seized) * position.collateral_price
            if min(debt_left, collateral_left) < self.params.least_leftover_value:
                raise Refused("must_not_leave_dust", f"debt {debt_left:.6g}, collateral {collateral_left:.6g} would be left")
        fee = self.fee_on_bonus(seized, position.bonus, self.params.protocol_fee)
        return Settlement(repaid, seized, fee, position.bonus)
