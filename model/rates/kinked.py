"""Aave's curve: two slopes that meet at the optimal utilisation."""

from __future__ import annotations

from model.core.params import Params, param
from model.rates.base import RateModel

_SOURCE = "Aave v3 DefaultReserveInterestRateStrategy"


class KinkedParams(Params):
    """Parameters of Aave's curve."""

    optimal_utilisation: float = param(0.9, unit="fraction", gt=0, lt=1, description="Utilisation at the kink", source=_SOURCE)
    base: float = param(0.0, unit="1/year", ge=0, description="Rate at zero utilisation", source=_SOURCE)
    slope1: float = param(0.03, unit="1/year", ge=0, description="Rise of the rate from zero to the optimal utilisation", source=_SOURCE)
    slope2: float = param(0.8, unit="1/year", ge=0, description="Rise of the rate from the optimal to full utilisation", source=_SOURCE)


class Kinked(RateModel, kind="kinked"):
    """Borrow rate of Aave: base + slope1 U/Uo up to the kink Uo, base + slope1 + slope2 (U - Uo)/(1 - Uo) above it.

    Source: Aave v3.0, DefaultReserveInterestRateStrategy.calculateInterestRates (variable debt only).
    """

    Params = KinkedParams
    params: KinkedParams

    def borrow_rate(self, utilisation: float, state: float = 0.0) -> float:
        """Rate per year at ``utilisation`` = debt / (cash + debt)."""
        p = self.params
        optimal = p.optimal_utilisation
        if utilisation <= optimal:
            return p.base + p.slope1 * utilisation / optimal
        return p.base + p.slope1 + p.slope2 * (utilisation - optimal) / (1.0 - optimal)
