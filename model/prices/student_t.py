"""Fat-tailed returns."""

from __future__ import annotations

import math

import numpy as np

from model.core.draws import Floats, Stream
from model.core.params import Params, param
from model.prices.base import PriceProcess, compounded, years

_POINTS = 20_000


class StudentTParams(Params):
    """Parameters of a walk with Student-t returns."""

    start: float = param(unit="USD", gt=0, description="Price at the start of the run")
    drift: float = param(0.0, unit="1/year", description="Mean logarithmic return plus half the variance")
    volatility: float = param(0.57, unit="1/sqrt(year)", ge=0, description="Standard deviation of a year's logarithmic return")
    freedom: float = param(
        4.3, unit="1", gt=2, le=100, description="Degrees of freedom of one interval's return", source="ETH hourly returns 2021-25"
    )


class StudentT(PriceProcess, kind="student_t"):
    """Logarithmic returns over one interval of the grid are Student-t, scaled to variance volatility^2 dt.

    Source: Praetz 1972 (Student-t returns); the normal innovations are mapped to t quantile by quantile, which keeps their ranks and
    so (nearly) their correlations: a Gaussian copula.
    Assumes: ``freedom`` is that of the grid's interval; over longer spans returns approach the normal. Beyond the copula,
    crashes of two prices are not joined. A t return has no exponential mean; the drift's half variance is that of a normal.
    """

    Params = StudentTParams
    params: StudentTParams

    def path(self, grid: Floats, normals: Floats, stream: Stream) -> Floats:
        """Prices at ``grid``; draws nothing beyond ``normals``."""
        p = self.params
        dt = years(grid)
        innovations = t_from_normal(normals, p.freedom) * math.sqrt((p.freedom - 2.0) / p.freedom)
        return compounded(p.start, (p.drift - 0.5 * p.volatility**2) * dt + p.volatility * np.sqrt(dt) * innovations)


def t_from_normal(normals: Floats, freedom: float) -> Floats:
    """Student-t values at the quantiles of standard ``normals``, to 1e-5 or better, for ``freedom`` of 2 to 100.

    With t = sqrt(freedom) cot(angle) the upper tail is an integral of sin(angle)^(freedom - 1) from 0, done here in the logarithm of the
    angle so that far tails keep their relative precision.
    """
    logarithms = np.linspace(math.log(1e-9) if freedom < 20.0 else math.log(1e-3), math.log(0.5 * math.pi), _POINTS)
    angles = np.exp(logarithms)
    angles[-1] = 0.5 * math.pi
    density = np.exp((freedom - 1.0) * np.log(np.sin(angles))) * angles
    pieces = 0.5 * (density[1:] + density[:-1]) * np.diff(logarithms)
    tail = density[0] / freedom + np.concatenate(([0.0], np.cumsum(pieces)))
    log_tail = np.log(tail) + math.log(0.5) - math.log(tail[-1])
    wanted = np.log([0.5 * math.erfc(value / math.sqrt(2.0)) for value in np.abs(normals).tolist()])
    # Below the table the tail is a pure power of the angle: the logarithms are a straight line of slope ``freedom``.
    log_angle = np.where(wanted < log_tail[0], logarithms[0] + (wanted - log_tail[0]) / freedom, np.interp(wanted, log_tail, logarithms))
    return np.asarray(np.copysign(math.sqrt(freedom) / np.tan(np.exp(log_angle)), normals))
