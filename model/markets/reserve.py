"""One reserve of a pooled market: scaled totals, indexes, rates, and their accrual.

Source: Aave v2 ReserveLogic and MathUtils (npm @aave/protocol-v2 1.0.1); Aave v3 ReserveLogic (@aave/core-v3 1.19.3).
"""

from __future__ import annotations

import math
from typing import Final

from pydantic import ValidationInfo, field_validator

from model.core.choice import chosen
from model.core.journal import Journal, Recorded
from model.core.params import Params, param
from model.core.units import YEAR
from model.rates.base import RateModel

_DEFAULT_RATE = {"kind": "kinked"}

RAY: Final = 1e27
"""Fixed point of Aave's indexes and rates."""


class ReserveParams(Params):
    """Rules of one reserve. Source: Aave reserve configuration (ReserveConfiguration bit map), interest rate strategies."""

    feed: str | None = param(None, unit="feed", description="Feed that prices the token in the market's numeraire; none for the numeraire")
    ltv: float = param(0.0, unit="fraction", ge=0, lt=1, description="Largest loan-to-value at which may be borrowed")
    liquidation_threshold: float = param(0.0, unit="fraction", ge=0, lt=1, description="Share of the collateral's value that covers debt")
    bonus: float = param(0.05, unit="fraction", ge=0, lt=1, description="Liquidation bonus")
    protocol_fee: float = param(0.0, unit="fraction", ge=0, lt=1, description="Share of the bonus that goes to the treasury")
    reserve_factor: float = param(0.1, unit="fraction", ge=0, le=1, description="Share of interest that goes to the treasury")
    borrowable: bool = param(True, unit="yes or no", description="Whether the token can be borrowed")
    rate: chosen(RateModel) = param(_DEFAULT_RATE, unit="kind", description="Interest-rate model of the reserve")  # type: ignore[valid-type]
    supply_cap: float | None = param(None, unit="token", ge=0, description="Largest total supply, none for no cap")
    borrow_cap: float | None = param(None, unit="token", ge=0, description="Largest total debt, none for no cap")
    debt_ceiling: float | None = param(
        None, unit="debt token", ge=0, description="Largest debt against it as isolated collateral, none where it is not isolated"
    )
    borrowable_in_isolation: bool = param(False, unit="yes or no", description="Whether it may be borrowed against isolated collateral")
    siloed: bool = param(False, unit="yes or no", description="Whether it must be an account's only debt")
    frozen: bool = param(False, unit="yes or no", description="No new supply or borrowing")
    paused: bool = param(False, unit="yes or no", description="No action at all")
    flash_fee: float = param(0.0009, unit="fraction", ge=0, lt=1, description="Fee of a flash loan", source="Aave v2, 9 bps")

    @field_validator("liquidation_threshold")
    @classmethod
    def _above_ltv(cls, threshold: float, info: ValidationInfo) -> float:
        # Of the field and not of the whole: pydantic would keep quiet about it beside any other fault of the reserve.
        ltv = info.data.get("ltv", 0.0)
        if (threshold > 0.0 or ltv > 0.0) and ltv >= threshold:
            raise ValueError(f"a threshold above ltv {ltv}")
        return threshold


def linear_interest(rate: float, seconds: float) -> float:
    """Interest on 1 of the supply index (MathUtils.calculateLinearInterest, less 1)."""
    return rate * seconds / YEAR


def compound_interest(rate: float, seconds: float, truncates: bool = False) -> float:
    """Interest on 1 of the debt index: three terms of the binomial series (MathUtils.calculateCompoundedInterest, less 1).

    Less 1, because over a block it is far smaller than 1 and a sum with it would lose its digits.

    The contract keeps the powers of the rate per second as whole multiples of 1e-27, rounded in v2 and truncated (``truncates``) in v3.
    The cube is a few of those only: over a year its rounding moves the index by up to 5e-6.
    """
    if seconds <= 0.0:
        return 0.0
    per_second = rate / YEAR
    less_one, less_two = max(seconds - 1.0, 0.0), max(seconds - 2.0, 0.0)
    half = 0.0 if truncates else 0.5
    squared = math.floor(per_second * per_second * RAY + half)
    cubed = math.floor(squared * per_second + half)
    powers = seconds * less_one * squared / 2.0 + seconds * less_one * less_two * cubed / 6.0
    return per_second * seconds + powers / RAY


class Reserve(Recorded):
    """State of a reserve. Amount = scaled amount x index x the ledger's scale of the token (1 unless it rebases).

    ``residue`` is the accrual residue of the market's identity: interest that debt, which compounds, grew by beyond what suppliers,
    whose index is linear, and the treasury were credited.
    """

    def __init__(self, journal: Journal, token: str, params: ReserveParams, column: int, now: float, truncates: bool = False) -> None:
        self.journal = journal
        self.token = token
        self.params = params
        self.column = column
        self.rate_model: RateModel = params.rate.make()
        self._truncates = truncates
        self.supply_index = 1.0
        self.debt_index = 1.0
        self.scaled_supply = 0.0
        self.scaled_debt = 0.0
        self.treasury_scaled = 0.0
        self.supply_rate = 0.0
        self.borrow_rate = 0.0
        self.updated = now
        self.deficit = 0.0
        self.isolated_debt = 0.0
        self.residue = 0.0

    def replace_params(self, params: ReserveParams) -> None:
        """Put a revalidated copy of the parameters in place (governance)."""
        self.params = params
        self.rate_model = params.rate.make()

    def supply_index_at(self, now: float) -> float:
        """Supply index projected to ``now`` (normalized income)."""
        if now <= self.updated or self.supply_rate == 0.0:
            return self.supply_index
        return self.supply_index * (1.0 + linear_interest(self.supply_rate, now - self.updated))

    def debt_index_at(self, now: float) -> float:
        """Debt index projected to ``now`` (normalized variable debt)."""
        if now <= self.updated or self.borrow_rate == 0.0:
            return self.debt_index
        return self.debt_index * (1.0 + compound_interest(self.borrow_rate, now - self.updated, self._truncates))

    def accrue(self, now: float, scale: float) -> tuple[float, float]:
        """Bring both indexes to ``now``; returns the growth of debt and the treasury's part of it (tokens). No rate changes."""
        if now <= self.updated:
            return 0.0, 0.0
        seconds = now - self.updated
        earned = self.supply_index * linear_interest(self.supply_rate, seconds)
        charged = self.debt_index * compound_interest(self.borrow_rate, seconds, self._truncates) if self.scaled_debt != 0.0 else 0.0
        self.supply_index += earned
        self.debt_index += charged
        self.updated = now
        grown = self.scaled_debt * charged * scale
        credited = (self.scaled_supply + self.treasury_scaled) * earned * scale
        share = grown * self.params.reserve_factor
        self.residue += grown - credited - share
        return grown, share

    def update_rates(self, cash: float, scale: float, idle: float = 0.0) -> None:
        """Set both rates from cash and debt after an action; ``idle`` tokens earn nothing yet share in what suppliers earn (a deficit)."""
        debt = self.scaled_debt * self.debt_index * scale
        utilisation = debt / (cash + debt) if debt > 0.0 else 0.0
        self.borrow_rate = self.rate_model.borrow_rate(utilisation)
        used = debt / (cash + debt + idle) if debt > 0.0 else 0.0
        self.supply_rate = self.borrow_rate * used * (1.0 - self.params.reserve_factor)
