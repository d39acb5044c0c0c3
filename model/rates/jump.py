"""Compound v2's curve: a multiplier up to the kink, a jump multiplier above it."""

from __future__ import annotations

import math

from model.core.params import Params, param
from model.rates.base import RateModel

_SOURCE = "Compound v2 BaseJumpRateModelV2"


def _cut(rate: float) -> float:
    """A fixed-point number of 18 decimals, rounded down (but for the float's own rounding)."""
    return math.floor(rate * 1e18 * (1.0 + 1e-15)) / 1e18


class JumpParams(Params):
    """Parameters of Compound's jump-rate model, per year as its constructor takes them."""

    base: float = param(0.0, unit="1/year", ge=0, description="Rate at zero utilisation", source=_SOURCE)
    multiplier: float = param(0.05, unit="1/year", ge=0, description="Rise of the rate from zero utilisation to the kink", source=_SOURCE)
    jump_multiplier: float = param(
        1.0, unit="1/year", ge=0, description="Rise of the rate per unit of utilisation above the kink", source=_SOURCE
    )
    kink: float = param(0.8, unit="fraction", gt=0, lt=1, description="Utilisation from which the jump multiplier holds", source=_SOURCE)
    blocks_per_year: float = param(
        2_102_400.0, unit="1/year", gt=0, description="Blocks of a year, by which the contract divides the yearly rates", source=_SOURCE
    )


class Jump(RateModel, kind="jump"):
    """Borrow rate of Compound v2: base + multiplier U/kink up to the kink, then + jump_multiplier (U - kink).

    Source: Compound v2 (commit a3214f6), BaseJumpRateModelV2. The constructor divides ``multiplier`` by the kink, but not
    ``jump_multiplier`` by what is left above it.
    """

    Params = JumpParams
    params: JumpParams

    def borrow_rate(self, utilisation: float, state: float = 0.0) -> float:
        """Rate per year at ``utilisation`` = borrows / (cash + borrows - reserves)."""
        p = self.params
        rate = p.base + p.multiplier * min(utilisation, p.kink) / p.kink
        return rate + p.jump_multiplier * max(utilisation - p.kink, 0.0)

    def borrow_rate_per_block(self, utilisation: float) -> float:
        """Rate per block, the unit in which Compound accrues, with the contract's roundings: each part is cut to 18 decimals."""
        p = self.params
        base = _cut(p.base / p.blocks_per_year)
        multiplier = _cut(p.multiplier / (p.blocks_per_year * p.kink))
        below = _cut(min(utilisation, p.kink) * multiplier) + base
        if utilisation <= p.kink:
            return below
        return below + _cut((utilisation - p.kink) * _cut(p.jump_multiplier / p.blocks_per_year))

    def supply_rate_per_block(self, utilisation: float, reserve_factor: float) -> float:
        """Suppliers' rate per block."""
        return self.supply_rate(utilisation, reserve_factor) / self.params.blocks_per_year

    @staticmethod
    def utilisation(cash: float, borrows: float, reserves: float) -> float:
        """Utilisation as Compound measures it: reserves are not lendable. Amounts in tokens; 0 without borrows."""
        return borrows / (cash + borrows - reserves) if borrows else 0.0
