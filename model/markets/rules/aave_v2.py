"""Rules of Aave v2.

Source: Aave v2 LendingPool, LendingPoolCollateralManager, ValidationLogic (npm @aave/protocol-v2 1.0.1).
"""

from __future__ import annotations

from typing import Any, ClassVar

from model.liquidation.base import Spread
from model.liquidation.fixed_spread import FixedSpread
from model.markets.reserve import ReserveParams
from model.markets.rules.base import RuleSet


class AaveV2(RuleSet, kind="aave_v2"):
    """Close factor 50 % of each debt, no protocol fee, treasury paid in shares at every accrual, no treatment of bad debt."""

    mints_treasury: ClassVar[bool] = True
    accrues_seized_shares: ClassVar[bool] = False
    truncates_powers: ClassVar[bool] = False

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        self._spread = FixedSpread(FixedSpread.Params())

    def spread(self, params: ReserveParams) -> Spread:
        """Half of the debt at the feed's prices plus the bonus."""
        return self._spread
