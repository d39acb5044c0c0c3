"""Geometric Brownian motion with jumps."""

from __future__ import annotations

import math

import numpy as np

from model.core.draws import Floats, Stream
from model.core.params import Params, param
from model.prices.base import PriceProcess, compounded, years

_SOURCE = "Merton 1976"


class JumpDiffusionParams(Params):
    """Parameters of a jump diffusion."""

    start: float = param(unit="USD", gt=0, description="Price at the start of the run")
    drift: float = param(0.0, unit="1/year", description="Growth rate of the expected price, jumps included", source=_SOURCE)
    volatility: float = param(0.5, unit="1/sqrt(year)", ge=0, description="Volatility between jumps", source=_SOURCE)
    jumps_per_year: float = param(6.0, unit="1/year", ge=0, le=10_000, description="Expected number of jumps", source=_SOURCE)
    jump_mean: float = param(-0.1, unit="1", gt=-5, lt=5, description="Mean of the logarithm of a jump", source=_SOURCE)
    jump_deviation: float = param(0.1, unit="1", ge=0, lt=5, description="Standard deviation of the logarithm of a jump", source=_SOURCE)


class JumpDiffusion(PriceProcess, kind="jump_diffusion"):
    """Merton's process: a Brownian part, and lognormal jumps that arrive at a constant rate.

    Source: Merton 1976. The drift is compensated: the expected price grows at ``drift`` whatever the jumps.
    Assumes: jumps are this price's own; only the Brownian part is correlated with other prices.
    """

    Params = JumpDiffusionParams
    params: JumpDiffusionParams

    def path(self, grid: Floats, normals: Floats, stream: Stream) -> Floats:
        """Prices at ``grid``. The jumps of an interval are drawn by their number and their sum.

        Raises:
            ValueError: more than 500 jumps are expected within one interval of the grid.
        """
        p = self.params
        dt = years(grid)
        counts = _poisson(p.jumps_per_year * dt, stream.uniforms(len(dt), number=2))
        jumps = p.jump_mean * counts + p.jump_deviation * np.sqrt(counts) * stream.normals(len(dt), number=2)
        compensation = p.jumps_per_year * math.expm1(p.jump_mean + 0.5 * p.jump_deviation**2)
        brownian = (p.drift - compensation - 0.5 * p.volatility**2) * dt + p.volatility * np.sqrt(dt) * normals
        return compounded(p.start, brownian + jumps)


def _poisson(means: Floats, uniforms: Floats) -> Floats:
    """Poisson numbers by inversion, one uniform each, so that entry i depends on nothing but its own uniform."""
    highest = float(means.max(initial=0.0))
    if highest > 500.0:
        raise ValueError(f"{highest:.0f} jumps are expected within one interval of the grid; allowed are up to 500: take a finer grid")
    counts = np.zeros_like(means)
    mass = np.exp(-means)
    below = mass.copy()
    # The bound ends the sum where rounding keeps it under the largest uniform.
    for k in range(1, int(highest + 40.0 * math.sqrt(highest) + 40.0)):
        above = uniforms > below
        if not above.any():
            break
        counts += above
        mass = mass * means / k
        below += mass
    return counts
