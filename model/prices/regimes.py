"""Two states of volatility."""

from __future__ import annotations

import math

import numpy as np

from model.core.draws import Floats, Stream
from model.core.params import Params, param
from model.core.units import DAY
from model.prices.base import PriceProcess, compounded, years

_SOURCE = "Hamilton 1989"


class RegimesParams(Params):
    """Parameters of a walk with calm and stressed times."""

    start: float = param(unit="USD", gt=0, description="Price at the start of the run")
    drift: float = param(0.0, unit="1/year", description="Growth rate of the expected price, in both states")
    calm_volatility: float = param(0.5, unit="1/sqrt(year)", ge=0, description="Volatility in calm times", source=_SOURCE)
    stressed_volatility: float = param(2.0, unit="1/sqrt(year)", ge=0, description="Volatility under stress", source=_SOURCE)
    calm_duration: float = param(60 * DAY, unit="seconds", gt=0, description="Mean length of a calm time", source=_SOURCE)
    stressed_duration: float = param(3 * DAY, unit="seconds", gt=0, description="Mean length of a time of stress", source=_SOURCE)
    starts_stressed: bool = param(False, unit="1", description="Whether the run starts under stress")


class Regimes(PriceProcess, kind="regimes"):
    """Geometric Brownian motion whose volatility switches between two states, a Markov chain in continuous time.

    Source: Hamilton 1989 (Markov switching), sampled at the grid with the chain's exact transition probabilities.
    Assumes: within one interval of the grid the state is that of its beginning.
    """

    Params = RegimesParams
    params: RegimesParams

    def path(self, grid: Floats, normals: Floats, stream: Stream) -> Floats:
        """Prices at ``grid``."""
        p = self.params
        dt = years(grid)
        volatility = np.where(self.stressed(grid, stream), p.stressed_volatility, p.calm_volatility)
        return compounded(p.start, (p.drift - 0.5 * volatility**2) * dt + volatility * np.sqrt(dt) * normals)

    def stressed(self, grid: Floats, stream: Stream) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether each interval of the grid is one of stress, shape (n,)."""
        p = self.params
        calm_share = p.calm_duration / (p.calm_duration + p.stressed_duration)
        speed = 1.0 / p.calm_duration + 1.0 / p.stressed_duration
        state = p.starts_stressed
        states = []
        for seconds, uniform in zip(np.diff(grid).tolist(), stream.uniforms(len(grid) - 1, number=2).tolist(), strict=True):
            states.append(state)
            kept = math.exp(-speed * seconds)
            state = uniform < (1.0 - calm_share) * (1.0 - kept) + (kept if state else 0.0)
        return np.array(states, dtype=np.bool_)
