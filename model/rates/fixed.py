"""A rate that governance or the borrower sets and utilisation does not move."""

from __future__ import annotations

from model.core.params import Params, param
from model.rates.base import RateModel


class FixedParams(Params):
    """Parameters of a fixed rate."""

    rate: float = param(
        0.0, unit="1/year", ge=0, description="Borrow rate at every utilisation", source="Maker stability fee, as simple rate"
    )


class Fixed(RateModel, kind="fixed"):
    """The same rate at every utilisation.

    Assumes: a rate that governance changes is changed by replacing the parameters.
    """

    Params = FixedParams
    params: FixedParams

    def borrow_rate(self, utilisation: float, state: float = 0.0) -> float:
        """The rate per year, whatever the utilisation."""
        return self.params.rate
