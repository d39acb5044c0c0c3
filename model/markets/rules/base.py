"""The contract of a rule set: in what the versions of a pooled market differ."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from model.core.registry import Plugin
from model.liquidation.base import Spread

if TYPE_CHECKING:
    from model.markets.pooled_state import PooledState
    from model.markets.reserve import Reserve, ReserveParams


class RuleSet(Plugin, family="rules"):
    """Rules of one version of a pooled market. A version implements ``spread``; the checks raise ``Refused``."""

    mints_treasury: ClassVar[bool] = False
    """Whether accrual mints shares to the treasury at once (v2) or books them as accrued until minted (v3)."""

    truncates_powers: ClassVar[bool] = True
    """Whether compounding truncates the powers of the rate (v3) or rounds them (v2)."""

    accrues_seized_shares: ClassVar[bool] = True
    """Whether a liquidation accrues the collateral's reserve when only shares change hands (v2 does not)."""

    def __init__(self, params: Any) -> None:
        self.params = params

    @abstractmethod
    def spread(self, params: ReserveParams) -> Spread:
        """The mechanism that liquidates a reserve's collateral."""

    def check_supply(self, market: PooledState, reserve: Reserve, row: int, amount: float) -> None:
        """Refuse a supply that the version refuses (caps...)."""

    def check_borrow(self, market: PooledState, reserve: Reserve, row: int, amount: float) -> None:
        """Refuse a borrowing that the version refuses (caps, isolation, siloed debt, e-mode...)."""

    def check_liquidation(self, market: PooledState, row: int, health: float) -> None:
        """Refuse a liquidation beyond the health test (sentinel, pause...)."""

    def after_liquidation(self, market: PooledState, row: int) -> None:
        """What the version does once collateral has been seized (deficits)."""
