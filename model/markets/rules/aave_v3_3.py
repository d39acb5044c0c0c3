"""Rules of Aave v3.3.

Source: aave-v3-origin 3.3.0, LiquidationLogic, ReserveLogic.updateInterestRatesAndVirtualBalance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from model.core.params import param
from model.liquidation.base import Spread
from model.liquidation.dust_aware_spread import DustAwareSpread
from model.markets.rules.aave_v3 import AaveV3, AaveV3Params

if TYPE_CHECKING:
    from model.markets.pooled import Pooled
    from model.world.target import Call

NOTHING = 1e-8
"""Collateral worth less than the oracle's last digit (1e-8 of the numeraire) is none."""


class AaveV33Params(AaveV3Params):
    """Parameters of the v3.3 rules; values in the market's numeraire."""

    full_close_value: float = param(
        2_000.0, unit="numeraire", ge=0, description="Collateral or debt below this value: the whole debt may be repaid",
        source="Aave v3.3 LiquidationLogic MIN_BASE_MAX_CLOSE_FACTOR_THRESHOLD",
    )  # fmt: skip
    least_leftover_value: float = param(
        1_000.0, unit="numeraire", ge=0, description="Value that a partial liquidation must leave on both sides",
        source="Aave v3.3 LiquidationLogic MIN_LEFTOVER_BASE",
    )  # fmt: skip


class AaveV33(AaveV3, kind="aave_v3_3"):
    """As v3.0, but the close factor counts the account's whole debt, dust may not remain, and when the last collateral is gone all
    debt of the account becomes the reserves' deficit, on which no interest runs and by which suppliers' rate is diluted.
    """

    Params = AaveV33Params
    params: AaveV33Params
    rates_at_listing: ClassVar[bool] = True
    deficit_dilutes: ClassVar[bool] = True

    def make_spread(self, protocol_fee: float) -> Spread:
        """Half of the account's debt, all of a small or very unhealthy position, no dust."""
        p = self.params
        return DustAwareSpread(
            DustAwareSpread.Params(
                close_factor=p.close_factor,
                full_close_health=p.full_close_health,
                full_close_value=p.full_close_value,
                least_leftover_value=p.least_leftover_value,
                protocol_fee=protocol_fee,
            )
        )

    def after_liquidation(self, market: Pooled, call: Call, row: int, left: float) -> None:
        """Write off what an account without collateral still owes."""
        if left < NOTHING:
            for token in market.debts_of(market.book.owners[row]):
                market.write_off(call, market.reserves[token], row)
