"""The contract of a rule set: in what the versions of a pooled market differ."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from model.core.registry import Plugin
from model.liquidation.base import Spread

if TYPE_CHECKING:
    from model.markets.pooled import Pooled
    from model.markets.reserve import Reserve
    from model.world.target import Call


class RuleSet(Plugin, family="rules"):
    """Rules of one version of a pooled market. A version implements ``make_spread``; the checks raise ``Refused``."""

    mints_treasury: ClassVar[bool] = False
    """Whether accrual mints shares to the treasury at once (v2) or books them as accrued until minted (v3)."""

    truncates_powers: ClassVar[bool] = True
    """Whether compounding truncates the powers of the rate (v3) or rounds them (v2)."""

    whole_basis_points: ClassVar[bool] = True
    """Whether an account's weighted LTV and threshold are rounded down to whole basis points (v4: not)."""

    rates_at_listing: ClassVar[bool] = False
    """Whether a reserve has its base rate from the listing on (v3.3) or from the first action on."""

    deficit_dilutes: ClassVar[bool] = False
    """Whether suppliers' rate is spread over the deficit too (v3.3)."""

    def __init__(self, params: Any) -> None:
        self.params = params
        self._spreads: dict[float, Spread] = {}

    def spread(self, protocol_fee: float) -> Spread:
        """The mechanism that liquidates a collateral of which the treasury gets ``protocol_fee`` of the bonus."""
        found = self._spreads.get(protocol_fee)
        if found is None:
            found = self._spreads[protocol_fee] = self.make_spread(protocol_fee)
        return found

    @abstractmethod
    def make_spread(self, protocol_fee: float) -> Spread:
        """Make the mechanism for a protocol fee (share of the bonus)."""

    def check_supply(self, market: Pooled, reserve: Reserve, row: int, amount: float) -> None:
        """Refuse a supply that the version refuses (caps)."""

    def check_borrow(self, market: Pooled, reserve: Reserve, row: int, amount: float) -> None:
        """Refuse a borrowing that the version refuses (caps, isolation, siloed debt, e-mode, sentinel)."""

    def check_release(self, market: Pooled, reserve: Reserve, row: int) -> None:
        """Refuse that an indebted row gives up collateral of ``reserve``, beyond the health test."""

    def check_category(self, market: Pooled, row: int, category: str) -> None:
        """Refuse to enter an e-mode category (versions without any refuse all)."""

    def check_liquidation(self, market: Pooled, row: int, health: float) -> None:
        """Refuse a liquidation beyond the health test (sentinel)."""

    def may_back(self, market: Pooled, reserve: Reserve, row: int) -> bool:
        """Whether a row may count a token as collateral (isolation mode)."""
        return True

    def backs_at_once(self, market: Pooled, reserve: Reserve, row: int) -> bool:
        """Whether a row's first supply of a token counts as collateral without being asked for."""
        return True

    def note_debt(self, market: Pooled, row: int, change: float) -> None:
        """A row's debt changed by ``change`` tokens (isolation mode counts them)."""

    def after_liquidation(self, market: Pooled, call: Call, row: int, left: float) -> None:
        """What the version does once collateral has been seized; ``left`` is the value of the collateral that remains (deficits)."""
