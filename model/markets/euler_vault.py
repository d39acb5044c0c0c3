"""One vault of an Euler cluster: shares of assets, debt that compounds by the second, LTVs by collateral.

Source: Euler v2 EVK BorrowUtils, Cache.updateVault, ConversionHelpers (VIRTUAL_DEPOSIT_AMOUNT), LTVUtils.
"""

from __future__ import annotations

import math
from typing import Literal

from pydantic import model_validator

from model.core.choice import chosen
from model.core.errors import Refused
from model.core.journal import Journal, Recorded
from model.core.params import Params, param
from model.core.units import YEAR
from model.rates.base import RateModel

_RATE = {"kind": "kinked"}


class LtvParams(Params):
    """LTVs of one collateral against a vault's debt."""

    borrow: float = param(unit="fraction", ge=0, lt=1, description="Largest loan-to-value at which may be borrowed")
    liquidation: float = param(unit="fraction", gt=0, lt=1, description="Loan-to-value above which the account is liquidatable")

    @model_validator(mode="after")
    def _ordered(self) -> LtvParams:
        if self.borrow > self.liquidation:
            raise ValueError(f"borrow {self.borrow} up to liquidation {self.liquidation}")
        return self


class EulerVaultParams(Params):
    """Rules of one vault."""

    feed: str | None = param(None, unit="feed", description="Feed that prices the token in the market's numeraire; none for the numeraire")
    rate: chosen(RateModel) = param(_RATE, unit="kind", description="Interest-rate model")  # type: ignore[valid-type]
    interest_fee: float = param(0.1, unit="fraction", ge=0, le=1, description="Share of interest that goes to the fee recipient")
    ltvs: dict[str, LtvParams] = param({}, unit="table", description="LTVs by collateral token; a vault without any is not lent from")
    supply_cap: float | None = param(None, unit="token", ge=0, description="Largest total deposits, none for no cap")
    borrow_cap: float | None = param(None, unit="token", ge=0, description="Largest total debt, none for no cap")
    paused: tuple[Literal["deposit", "withdraw", "borrow", "repay", "liquidate", "flashloan"], ...] = param(
        (),
        unit="actions",
        description="Operations that the governor has disabled (hooked to nothing)",
        source="EVK setHookConfig",
    )
    decimals: int = param(18, unit="1", ge=6, le=36, description="Decimals: the virtual deposit is 1e6 base units")


class EulerVault(Recorded):
    """State of a vault: shares in existence, debt, its index, the rate that has held since the last action. Amounts in tokens.

    ``deposits`` is kept as a flow (paid in, paid out, interest, losses), so that cash + debt = deposits says something.
    """

    def __init__(self, journal: Journal, token: str, params: EulerVaultParams, column: int, now: float) -> None:
        self.journal = journal
        self.token = token
        self.params = params
        self.column = column
        self.shares = 0.0
        self.borrows = 0.0
        self.deposits = 0.0
        self.index = 1.0
        self.rate: float = params.rate.make().borrow_rate(0.0)
        self.updated = now
        self.flashed = 0.0
        self.written_off = 0.0

    def check_open(self, operation: str) -> None:
        """Refuse an operation that is hooked to nothing. Source: EVK initOperation, E_OperationDisabled."""
        if operation in self.params.paused:
            raise Refused("paused", f"{operation} of {self.token}")

    @property
    def virtual(self) -> float:
        """The virtual deposit, in tokens and in shares."""
        return 10.0 ** (6 - self.params.decimals)

    def growth(self, now: float) -> float:
        """Factor by which debt has grown since the last action."""
        return math.exp((now - self.updated) * math.log1p(self.rate / YEAR)) if now > self.updated else 1.0

    def project(self, cash: float, now: float) -> tuple[float, float]:
        """Tokens per share and the fee's new shares, to ``now``."""
        grown = self.borrows * (self.growth(now) - 1.0)
        total, fee = cash + self.borrows + grown, grown * self.params.interest_fee
        fresh = fee * (self.shares + self.virtual) / (total - fee + self.virtual) if fee > 0.0 else 0.0
        return (total + self.virtual) / (self.shares + fresh + self.virtual), fresh

    def accrue(self, cash: float, now: float) -> float:
        """Bring debt to ``now``; returns the fee's new shares."""
        _, fresh = self.project(cash, now)
        factor = self.growth(now)
        self.deposits += self.borrows * (factor - 1.0)
        self.borrows *= factor
        self.index *= factor
        self.shares += fresh
        self.updated = now
        return fresh

    def update_rate(self, cash: float) -> None:
        """Let the rate follow cash and debt."""
        self.rate = self.params.rate.make().borrow_rate(self.utilisation(cash))

    def utilisation(self, cash: float) -> float:
        """Borrows over borrows and cash."""
        return self.borrows / (cash + self.borrows) if self.borrows > 0.0 else 0.0
