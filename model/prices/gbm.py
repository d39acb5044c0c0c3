"""Geometric Brownian motion."""

from __future__ import annotations

import numpy as np

from model.core.draws import Floats, Stream
from model.core.params import Params, param
from model.prices.base import PriceProcess, compounded, years


class GbmParams(Params):
    """Parameters of geometric Brownian motion."""

    start: float = param(unit="USD", gt=0, description="Price at the start of the run")
    drift: float = param(0.0, unit="1/year", description="Growth rate of the expected price")
    volatility: float = param(
        0.57,
        unit="1/sqrt(year)",
        ge=0,
        description="Standard deviation of a year's logarithmic return",
        source="Kao et al. 2020: 3 % a day",
    )


class GeometricBrownianMotion(PriceProcess, kind="gbm"):
    """Logarithmic returns are independent normals of mean (drift - volatility^2/2) dt and variance volatility^2 dt.

    Source: Black and Scholes 1973; exact at the grid's points.
    """

    Params = GbmParams
    params: GbmParams

    def path(self, grid: Floats, normals: Floats, stream: Stream) -> Floats:
        """Prices at ``grid``; the innovations are ``normals`` as they come."""
        p = self.params
        dt = years(grid)
        return compounded(p.start, (p.drift - 0.5 * p.volatility**2) * dt + p.volatility * np.sqrt(dt) * normals)
