"""One market of Compound v2: cTokens, a simple interest index per accrual, reserves.

Source: Compound v2 (commit a3214f6) CToken.accrueInterest, exchangeRateStoredInternal.
"""

from __future__ import annotations

import math

from model.core.choice import chosen
from model.core.journal import Journal, Recorded
from model.core.params import Params, param
from model.core.units import YEAR
from model.rates.base import RateModel
from model.rates.jump import Jump

_RATE = {"kind": "jump"}


class CTokenParams(Params):
    """Rules of one cToken market. Source: Compound v2 Comptroller markets, CToken storage."""

    feed: str | None = param(None, unit="feed", description="Feed that prices the token in the market's numeraire; none for the numeraire")
    collateral_factor: float = param(0.0, unit="fraction", ge=0, le=0.9, description="Share of the value that covers debt")
    reserve_factor: float = param(0.1, unit="fraction", ge=0, le=1, description="Share of interest that goes to reserves")
    initial_exchange_rate: float = param(
        0.02, unit="token per cToken", gt=0, description="Exchange rate of the first mint", source="CToken initialExchangeRateMantissa"
    )
    rate: chosen(RateModel) = param(_RATE, unit="kind", description="Interest-rate model")  # type: ignore[valid-type]
    decimals: int = param(18, unit="1", ge=0, le=36, description="Decimals of the token: debts and close factors are whole base units")
    borrow_cap: float | None = param(None, unit="token", ge=0, description="Largest total debt, none for no cap")
    borrowable: bool = param(True, unit="yes or no", description="Whether the token can be borrowed (borrow guardian)")
    mintable: bool = param(True, unit="yes or no", description="Whether cTokens can be minted (mint guardian)")


def whole(amount: float, decimals: int) -> float:
    """``amount`` in whole base units, rounded down (but for the float's own rounding)."""
    units = amount * 10.0**decimals
    return math.floor(units + max(1e-6, units * 4e-16)) / 10.0**decimals


class CToken(Recorded):
    """State of a market: cTokens in existence, debt, reserves, index, block of the last accrual. Amounts in tokens.

    ``deposits`` is kept as a flow (paid in, paid out, interest, losses), so that cash + debt = deposits + reserves says something; the
    exchange rate follows from the other side.
    """

    def __init__(self, journal: Journal, token: str, params: CTokenParams, column: int, block: int) -> None:
        self.journal = journal
        self.token = token
        self.params = params
        self.column = column
        self.supply = 0.0
        self.borrows = 0.0
        self.deposits = 0.0
        self.reserves = 0.0
        self.index = 1.0
        self.accrued_block = block
        self.written_off = 0.0

    def rate_per_block(self, cash: float, seconds_per_block: float) -> float:
        """Borrow rate per block at the stored totals."""
        model: RateModel = self.params.rate.make()
        if isinstance(model, Jump):
            return model.borrow_rate_per_block(self.utilisation(cash))
        return model.borrow_rate(self.utilisation(cash)) * seconds_per_block / YEAR

    def utilisation(self, cash: float) -> float:
        """Stored borrows over what is lendable."""
        return Jump.utilisation(cash, self.borrows, self.reserves)

    def growth(self, cash: float, block: int, seconds_per_block: float) -> float:
        """Simple interest factor from the last accrual to ``block``."""
        blocks = block - self.accrued_block
        return self.rate_per_block(cash, seconds_per_block) * blocks if blocks > 0 else 0.0

    def accrue(self, cash: float, block: int, seconds_per_block: float) -> None:
        """Bring debt, reserves and index to ``block``."""
        if block <= self.accrued_block:
            return
        factor = self.growth(cash, block, seconds_per_block)
        interest = factor * self.borrows
        self.borrows += interest
        self.reserves += interest * self.params.reserve_factor
        self.deposits += interest * (1.0 - self.params.reserve_factor)
        self.index *= 1.0 + factor
        self.accrued_block = block

    def exchange_rate(self, cash: float, factor: float = 0.0) -> float:
        """Tokens per cToken after interest of ``factor`` on the stored debt."""
        if self.supply <= 0.0:
            return self.params.initial_exchange_rate
        kept = self.borrows * (1.0 + factor * (1.0 - self.params.reserve_factor))
        return math.fsum((cash, kept, -self.reserves)) / self.supply
