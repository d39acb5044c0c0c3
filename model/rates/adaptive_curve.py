"""Morpho's adaptive curve: a curve of fixed shape whose level follows utilisation."""

from __future__ import annotations

import math
from typing import Final

from pydantic import ValidationInfo, field_validator

from model.core.params import Params, param
from model.core.units import YEAR
from model.rates.base import RateModel

_SOURCE = "Morpho AdaptiveCurveIrm, ConstantsLib"
_LN_2: Final = math.log(2.0)


class AdaptiveCurveParams(Params):
    """Parameters of the adaptive curve."""

    target_utilisation: float = param(0.9, unit="fraction", gt=0, lt=1, description="Utilisation at which the level rests", source=_SOURCE)
    steepness: float = param(
        4.0, unit="1", ge=1, description="Rate at full utilisation over rate at target, and at target over at zero", source=_SOURCE
    )
    adjustment_speed: float = param(
        50.0, unit="1/year", ge=0, description="Speed of the level's logarithm at zero or full utilisation", source=_SOURCE
    )
    min_rate_at_target: float = param(0.001, unit="1/year", gt=0, description="Lowest rate at target", source=_SOURCE)
    max_rate_at_target: float = param(2.0, unit="1/year", gt=0, description="Highest rate at target", source=_SOURCE)
    initial_rate_at_target: float = param(0.04, unit="1/year", gt=0, description="Rate at target of a fresh market", source=_SOURCE)

    @field_validator("max_rate_at_target")
    @classmethod
    def _above_min(cls, value: float, info: ValidationInfo) -> float:
        if value < info.data.get("min_rate_at_target", value):
            raise ValueError(f"at least min_rate_at_target ({info.data['min_rate_at_target']})")
        return value

    @field_validator("initial_rate_at_target")
    @classmethod
    def _between(cls, value: float, info: ValidationInfo) -> float:
        low, high = info.data.get("min_rate_at_target", value), info.data.get("max_rate_at_target", value)
        if not low <= value <= high:
            raise ValueError(f"between min_rate_at_target ({low}) and max_rate_at_target ({high})")
        return value


class AdaptiveCurve(RateModel, kind="adaptive_curve"):
    """Borrow rate of Morpho's adaptive curve. The state is the rate at target, which grows like
    exp(speed x error x time), where the error of utilisation is -1 at zero, 0 at target and 1 at full utilisation.

    Source: morpho-blue-irm, AdaptiveCurveIrm._borrowRate, _curve, _newRateAtTarget and ExpLib.wExp.
    Assumes: the market was created at the start of the run, which initialises the rate at target.
    """

    Params = AdaptiveCurveParams
    params: AdaptiveCurveParams

    def start(self) -> float:
        """Rate at target of a fresh market."""
        return self.params.initial_rate_at_target

    def borrow_rate(self, utilisation: float, state: float = 0.0) -> float:
        """Rate per year on the curve whose rate at target is ``state``."""
        steepness = self.params.steepness
        error = self.error(utilisation)
        slope = 1.0 - 1.0 / steepness if error < 0.0 else steepness - 1.0
        return (slope * error + 1.0) * state

    def advance(self, state: float, utilisation: float, seconds: float) -> tuple[float, float]:
        """Mean rate per year over the interval, by the trapezoidal rule with the mid-point, and the rate at target after it."""
        exponent = self.params.adjustment_speed * self.error(utilisation) * seconds / YEAR
        if exponent == 0.0:
            return self.borrow_rate(utilisation, state), state
        after, middle = self._moved(state, exponent), self._moved(state, exponent / 2.0)
        return self.borrow_rate(utilisation, (state + 2.0 * middle + after) / 4.0), after

    def error(self, utilisation: float) -> float:
        """Distance of ``utilisation`` from target, -1 at zero, 1 at full utilisation."""
        target = self.params.target_utilisation
        return (utilisation - target) / (1.0 - target if utilisation > target else target)

    def _moved(self, state: float, exponent: float) -> float:
        p = self.params
        return min(max(state * _contract_exp(exponent), p.min_rate_at_target), p.max_rate_at_target)


def _contract_exp(x: float) -> float:
    """The contract's approximation of exp: x = q ln 2 + r with |r| <= ln(2)/2, then 2^q (1 + r + r^2/2); up to 0.8 % off.

    Exponents beyond +-40 are cut: there every rate has long reached its bound.
    """
    x = min(max(x, -40.0), 40.0)
    q = math.trunc(x / _LN_2 + math.copysign(0.5, x))
    r = x - q * _LN_2
    return math.ldexp(1.0 + r + 0.5 * r * r, q)
