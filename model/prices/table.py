"""Replay of a table."""

from __future__ import annotations

from typing import Literal

import numpy as np

from model.core.draws import Floats, Stream
from model.core.params import param
from model.prices.base import PriceProcess
from model.prices.points import PointsParams, interpolate


class TableParams(PointsParams):
    """Parameters of a replayed table."""

    interpolation: Literal["logarithmic", "step"] = param(
        "logarithmic", unit="1", description="Between two times: linear in the logarithm, or the earlier value"
    )


class Table(PriceProcess, kind="table"):
    """The table's values at the table's times; its first value before the first time, its last one after the last.

    Assumes: a replayed price already contains the impact of its day's trades, so the reference book's permanent impact should be zero.
    """

    Params = TableParams
    params: TableParams

    def __init__(self, params: TableParams) -> None:
        super().__init__(params)
        self.stepwise = params.interpolation == "step"

    def grid(self, start: float, end: float) -> Floats:
        """The table's own times, from ``start`` to the first one that is not before ``end``."""
        moments = self.params.moments(start)
        after = moments[moments >= max(end, start)][:1]
        inner = moments[(moments > start) & (moments < end)]
        return np.unique(np.concatenate(([start], inner, after if len(after) else [max(end, start)])))

    def path(self, grid: Floats, normals: Floats, stream: Stream) -> Floats:
        """The table at ``grid``; draws nothing."""
        moments, values = self.params.moments(float(grid[0])), np.array(self.params.values)
        if self.stepwise:
            return np.asarray(values[(np.searchsorted(moments, grid, side="right") - 1).clip(min=0)])
        return interpolate(grid, moments, values)
