"""A price that is drawn back to its peg."""

from __future__ import annotations

import math

import numpy as np

from model.core.draws import Floats, Stream
from model.core.params import Params, param
from model.core.units import DAY, YEAR
from model.prices.base import PriceProcess


class MeanRevertingPegParams(Params):
    """Parameters of a mean-reverting peg."""

    peg: float = param(1.0, unit="USD", gt=0, description="Price to which the process returns")
    start: float | None = param(None, unit="USD", gt=0, description="Price at the start of the run; the peg where none is given")
    half_life: float = param(
        23 * DAY,
        unit="seconds",
        gt=0,
        description="Time in which half of a deviation is gone",
        source="LST discounts before redemption; unreviewed",
    )
    volatility: float = param(0.02, unit="1/sqrt(year)", ge=0, description="Volatility of the logarithm of the price")


class MeanRevertingPeg(PriceProcess, kind="mean_reverting_peg"):
    """The logarithm of price over peg is an Ornstein-Uhlenbeck process of mean 0.

    Source: Uhlenbeck and Ornstein 1930; exact transition at the grid's points (Gillespie 1996).
    """

    Params = MeanRevertingPegParams
    params: MeanRevertingPegParams

    def path(self, grid: Floats, normals: Floats, stream: Stream) -> Floats:
        """Prices at ``grid``; the innovations are ``normals`` as they come."""
        p = self.params
        speed = math.log(2.0) * YEAR / p.half_life
        dt = np.diff(grid) / YEAR
        kept = np.exp(-speed * dt)
        noise = p.volatility * np.sqrt(-np.expm1(-2.0 * speed * dt) / (2.0 * speed)) * normals
        start = p.peg if p.start is None else p.start
        deviation = math.log(start / p.peg)
        deviations = [deviation]
        for factor, shock in zip(kept.tolist(), noise.tolist(), strict=True):
            deviation = deviation * factor + shock
            deviations.append(deviation)
        path = p.peg * np.exp(np.array(deviations))
        path[0] = start
        return np.asarray(path)
