"""Rules of Aave v4, on a market with its own liquidity (no hub).

Source: aave-v4 Spoke and LiquidationLogic; the hub's credit lines are replaced by the market's own cash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from model.core.params import param
from model.liquidation.base import Spread
from model.liquidation.target_health import TargetHealth
from model.markets.rules.aave_v3 import AaveV3, AaveV3Params

if TYPE_CHECKING:
    from model.markets.pooled import Pooled
    from model.world.target import Call


class AaveV4Params(AaveV3Params):
    """Parameters of the v4 rules; values in the market's numeraire. The close factor plays no part."""

    target_health: float = param(
        1.05, unit="1", ge=1, description="Health that a liquidation restores", source="Aave v4 LiquidationConfig.targetHealthFactor"
    )
    full_bonus_health: float = param(
        0.9, unit="1", gt=0, lt=1, description="At or below this health the bonus is at its maximum",
        source="Aave v4 LiquidationConfig.healthFactorForMaxBonus",
    )  # fmt: skip
    bonus_factor: float = param(
        0.5, unit="fraction", ge=0, le=1, description="Bonus just below health 1 as a share of the maximum",
        source="Aave v4 LiquidationConfig.liquidationBonusFactor",
    )  # fmt: skip
    dust_value: float = param(
        1_000.0, unit="numeraire", ge=0, description="Least value that may be left of debt or collateral",
        source="Aave v4 LiquidationLogic DUST_LIQUIDATION_THRESHOLD",
    )  # fmt: skip


class AaveV4(AaveV3, kind="aave_v4"):
    """Repayment to a target health with a sliding bonus; what an account without collateral still owes is reported as deficit.

    Assumes: no risk premium on the borrow rate; e-mode, isolation and siloed borrowing work as in v3 where a reserve declares them.
    """

    Params = AaveV4Params
    params: AaveV4Params
    whole_basis_points: ClassVar[bool] = False
    rates_at_listing: ClassVar[bool] = True
    deficit_dilutes: ClassVar[bool] = True

    def make_spread(self, protocol_fee: float) -> Spread:
        """As much as restores the target health."""
        p = self.params
        return TargetHealth(
            TargetHealth.Params(
                target_health=p.target_health,
                full_bonus_health=p.full_bonus_health,
                bonus_factor=p.bonus_factor,
                dust_value=p.dust_value,
                protocol_fee=protocol_fee,
            )
        )

    def after_liquidation(self, market: Pooled, call: Call, row: int, left: float) -> None:
        """Report what an account without collateral still owes as deficit."""
        if left <= 0.0:
            for token in market.debts_of(market.book.owners[row]):
                market.write_off(call, market.reserves[token], row)
