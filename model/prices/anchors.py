"""A random path through anchor points."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from model.core.draws import Floats, Stream
from model.core.params import param
from model.core.units import HOUR, YEAR
from model.prices.base import PriceProcess
from model.prices.points import PointsParams, interpolate


class AnchorsParams(PointsParams):
    """Parameters of a path through anchors: a historic day shipped as a short table."""

    volatility: float = param(0.0, unit="1/sqrt(year)", ge=0, description="Volatility between anchors; 0 for straight lines in logarithms")
    step: float = param(HOUR, unit="seconds", gt=0, description="Distance of the grid's points between anchors")


class Anchors(PriceProcess, kind="anchors"):
    """The logarithm of the price is a Brownian bridge from each anchor to the next, and passes through each anchor exactly.

    Source: Karatzas and Shreve 1991, section 5.6.B: X(t) = line + (T - t) times the integral of dW/(T - s).
    Built forward in time, so that a longer horizon leaves the earlier part unchanged.
    Assumes: before the first anchor the price is the first anchor's, after the last the last's.
    """

    Params = AnchorsParams
    params: AnchorsParams

    def grid(self, start: float, end: float) -> Floats:
        """Points every ``step`` seconds from ``start`` to at least ``end``, and the anchors among them."""
        steps = start + self.params.step * np.arange(max(math.ceil((end - start) / self.params.step - 1e-9), 0) + 1)
        moments = self.params.moments(start)
        return np.union1d(steps, moments[(moments > start) & (moments < steps[-1])])

    def path(self, grid: Floats, normals: Floats, stream: Stream) -> Floats:
        """Prices at ``grid``; the innovations are ``normals`` as they come."""
        moments, values = self.params.moments(float(grid[0])), np.array(self.params.values)
        path = interpolate(grid, moments, values)
        if self.params.volatility > 0.0:
            for left, right in pairwise(moments.tolist()):
                self._bend(path, grid, normals, left, right)
        return path

    def _bend(self, path: Floats, grid: Floats, normals: Floats, left: float, right: float) -> None:
        """Turn the straight line between two anchors into a bridge, in place."""
        inside = np.flatnonzero((grid > max(left, float(grid[0]))) & (grid < right))
        if not len(inside):
            return
        ahead = (right - grid[inside]) / YEAR
        behind = (right - np.maximum(grid[inside - 1], left)) / YEAR
        weights = np.sqrt(np.maximum(1.0 / ahead - 1.0 / behind, 0.0))
        path[inside] *= np.exp(self.params.volatility * ahead * np.cumsum(weights * normals[inside - 1]))
