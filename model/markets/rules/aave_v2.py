"""Rules of Aave v2.

Source: Aave v2 LendingPool, LendingPoolCollateralManager, ValidationLogic (npm @aave/protocol-v2 1.0.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from model.core.errors import Refused
from model.liquidation.base import Spread
from model.liquidation.fixed_spread import FixedSpread
from model.markets.rules.base import RuleSet

if TYPE_CHECKING:
    from model.markets.pooled import Pooled


class AaveV2(RuleSet, kind="aave_v2"):
    """Close factor 50 % of each debt, no protocol fee, treasury paid in shares at every accrual, no treatment of bad debt, no caps,
    no e-mode.
    """

    mints_treasury: ClassVar[bool] = True
    truncates_powers: ClassVar[bool] = False

    def make_spread(self, protocol_fee: float) -> Spread:
        """Half of the debt at the feed's prices plus the bonus."""
        return FixedSpread(FixedSpread.Params())

    def check_category(self, market: Pooled, row: int, category: str) -> None:
        """There are none."""
        raise Refused("no_such_category", category)
