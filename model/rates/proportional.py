"""A rate in proportion to utilisation."""

from __future__ import annotations

from model.core.params import Params, param
from model.rates.base import RateModel


class ProportionalParams(Params):
    """Parameters of a proportional rate."""

    factor: float = param(
        1.0,
        unit="1/year",
        ge=0,
        description="Borrow rate at full utilisation",
        source="Morpho Blue, IrmMock: utilisation / 365 days a second",
    )


class Proportional(RateModel, kind="proportional"):
    """Borrow rate = factor x utilisation.

    Source: Morpho Blue (commit 3085651), IrmMock, where the factor is 100 % a year.
    """

    Params = ProportionalParams
    params: ProportionalParams

    def borrow_rate(self, utilisation: float, state: float = 0.0) -> float:
        """Rate per year at ``utilisation`` (fraction)."""
        return self.params.factor * utilisation
