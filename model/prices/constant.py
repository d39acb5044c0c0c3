"""A price that does not move."""

from __future__ import annotations

import numpy as np

from model.core.draws import Floats, Stream
from model.core.params import Params, param
from model.prices.base import PriceProcess


class ConstantParams(Params):
    """Parameters of a constant price."""

    value: float = param(unit="USD", gt=0, description="The price")


class Constant(PriceProcess, kind="constant"):
    """The same price at every time."""

    Params = ConstantParams
    params: ConstantParams

    def path(self, grid: Floats, normals: Floats, stream: Stream) -> Floats:
        """The price at every point of the grid; draws nothing."""
        return np.full(len(grid), self.params.value)
