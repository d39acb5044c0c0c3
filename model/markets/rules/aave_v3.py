"""Rules of Aave v3.0.

Source: Aave v3 ValidationLogic, LiquidationLogic, EModeLogic, IsolationModeLogic, PriceOracleSentinel (npm @aave/core-v3 1.19.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model.core.errors import Refused
from model.core.params import Params, param
from model.liquidation.base import Spread
from model.liquidation.fixed_spread import FixedSpread
from model.markets.rules.base import RuleSet

if TYPE_CHECKING:
    from model.markets.pooled import Pooled
    from model.markets.reserve import Reserve

_ROUNDING = 1e-12


class AaveV3Params(Params):
    """Parameters of the v3 rules."""

    close_factor: float = param(
        0.5, unit="fraction", gt=0, le=1, description="Share of a debt that one liquidation may repay above full_close_health",
        source="Aave v3 LiquidationLogic DEFAULT_LIQUIDATION_CLOSE_FACTOR",
    )  # fmt: skip
    full_close_health: float = param(
        0.95, unit="1", ge=0, le=1, description="At or below this health the whole debt may be repaid",
        source="Aave v3 LiquidationLogic CLOSE_FACTOR_HF_THRESHOLD",
    )  # fmt: skip
    sentinel: bool = param(
        False, unit="yes or no", description="Whether the chain's grace period after a halt stops borrowing and liquidation",
        source="Aave v3 PriceOracleSentinel, on rollups",
    )  # fmt: skip
    sentinel_health: float = param(
        0.95, unit="1", ge=0, le=1, description="Below this health the grace period does not protect",
        source="Aave v3 ValidationLogic MINIMUM_HEALTH_FACTOR_LIQUIDATION_THRESHOLD",
    )  # fmt: skip


class AaveV3(RuleSet, kind="aave_v3"):
    """Close factor by health, protocol fee on the bonus, e-mode, isolation mode with debt ceilings, siloed borrowing, caps, a sequencer
    sentinel; the treasury's share accrues until collected.

    Adds the refusals ``supply_cap``, ``borrow_cap``, ``siloed_borrowing``, ``not_borrowable_in_isolation``, ``debt_ceiling``,
    ``wrong_category``, ``zero_ltv_collateral``, ``grace_period``.

    Assumes: a debt ceiling counts tokens of debt, as the contract does, since isolated debt is in stablecoins.
    """

    Params = AaveV3Params
    params: AaveV3Params

    def make_spread(self, protocol_fee: float) -> Spread:
        """Half of the debt, or all of it at low health."""
        p = self.params
        return FixedSpread(
            FixedSpread.Params(close_factor=p.close_factor, full_close_health=p.full_close_health, protocol_fee=protocol_fee)
        )

    def check_supply(self, market: Pooled, reserve: Reserve, row: int, amount: float) -> None:
        """A full supply cap blocks top-ups as well."""
        cap = reserve.params.supply_cap
        if cap is not None and market.deposits(reserve.token) + amount > cap * (1.0 + _ROUNDING):
            raise Refused("supply_cap", f"{market.deposits(reserve.token)} + {amount} of {cap} {reserve.token}")

    def check_borrow(self, market: Pooled, reserve: Reserve, row: int, amount: float) -> None:
        """Sentinel, borrow cap, isolation, e-mode, siloed debt."""
        token, params = reserve.token, reserve.params
        if self._in_grace(market):
            raise Refused("grace_period", market.chain)
        if params.borrow_cap is not None and market.debt(token) + amount > params.borrow_cap * (1.0 + _ROUNDING):
            raise Refused("borrow_cap", f"{market.debt(token)} + {amount} of {params.borrow_cap} {token}")
        isolated = self.isolated(market, row)
        if isolated is not None:
            if not params.borrowable_in_isolation:
                raise Refused("not_borrowable_in_isolation", token)
            ceiling = isolated.params.debt_ceiling or 0.0
            if isolated.isolated_debt + amount > ceiling * (1.0 + _ROUNDING):
                raise Refused("debt_ceiling", f"{isolated.isolated_debt} + {amount} of {ceiling} on {isolated.token}")
        self._check_member(market, token, market.group_of(row))
        owed = market.debts_of(market.book.owners[row])
        if any((params.siloed or market.reserves[other].params.siloed) and other != token for other in owed):
            raise Refused("siloed_borrowing", f"{token} beside {', '.join(owed)}")

    def check_release(self, market: Pooled, reserve: Reserve, row: int) -> None:
        """While collateral of LTV 0 backs the row, only such collateral may leave; the reserve's LTV counts, whatever the category's.

        Source: ValidationLogic.validateHFAndLtv, hasZeroLtvCollateral.
        """
        if reserve.params.ltv == 0.0:
            return
        for token in market.collateral_of(market.book.owners[row]):
            if market.reserves[token].params.ltv == 0.0:
                raise Refused("zero_ltv_collateral", token)

    def check_category(self, market: Pooled, row: int, category: str) -> None:
        """Every debt of the row must belong to the category."""
        for token in market.debts_of(market.book.owners[row]):
            self._check_member(market, token, category)

    def check_liquidation(self, market: Pooled, row: int, health: float) -> None:
        """The sentinel protects rows that are not far below 1."""
        if self._in_grace(market) and health >= self.params.sentinel_health:
            raise Refused("grace_period", market.chain)

    def may_back(self, market: Pooled, reserve: Reserve, row: int) -> bool:
        """Isolated collateral stands alone; a token of LTV 0 is not taken as collateral anew."""
        if reserve.params.ltv == 0.0:
            return False
        others = [token for token in market.collateral_of(market.book.owners[row]) if token != reserve.token]
        return not others or (reserve.params.debt_ceiling is None and self.isolated(market, row) is None)

    def backs_at_once(self, market: Pooled, reserve: Reserve, row: int) -> bool:
        """Isolated collateral has to be asked for."""
        return reserve.params.debt_ceiling is None and self.may_back(market, reserve, row)

    def note_debt(self, market: Pooled, row: int, change: float) -> None:
        """Count debt against the ceiling of the isolated collateral behind it."""
        isolated = self.isolated(market, row)
        if isolated is not None:
            isolated.isolated_debt = max(isolated.isolated_debt + change, 0.0)

    def isolated(self, market: Pooled, row: int) -> Reserve | None:
        """The isolated collateral of a row in isolation mode: its only collateral, and one with a debt ceiling."""
        backing = list(market.collateral_of(market.book.owners[row]))
        if len(backing) != 1:
            return None
        reserve = market.reserves[backing[0]]
        return reserve if reserve.params.debt_ceiling is not None else None

    def _in_grace(self, market: Pooled) -> bool:
        return self.params.sentinel and market.world.chains[market.chain].in_grace

    @staticmethod
    def _check_member(market: Pooled, token: str, category: str) -> None:
        allowed = market.emodes[category].borrowable if category else None
        if allowed is not None and token not in allowed:
            raise Refused("wrong_category", f"{token} in {category}")
