"""The contract of an exogenous price process."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np

from model.core.draws import Floats, Stream
from model.core.registry import Plugin
from model.core.units import YEAR


class PriceProcess(Plugin, family="prices"):
    """Path of one exogenous price on the process's own grid, drawn once at the start of a run.

    The grid belongs to the process and not to the tick, so that results do not depend on tick length; the price board interpolates
    between grid points (linear in the logarithm, or a step where ``stepwise``). Kinds that do not draw ignore ``normals`` and ``stream``.
    """

    stepwise = False

    def __init__(self, params: Any) -> None:
        self.params = params

    def grid(self, start: float, end: float) -> Floats | None:
        """Own grid of times (seconds) from ``start`` to at least ``end``; None to take the common grid of the run."""
        return None

    @abstractmethod
    def path(self, grid: Floats, normals: Floats, stream: Stream) -> Floats:
        """Prices at ``grid``, shape (n + 1,), in the numeraire of the board.

        ``normals``, shape (n,), are the standard normal innovations of the intervals, already correlated with those of the other
        prices; ``stream`` gives whatever else is drawn (jumps, regimes), keyed by this price's name. Innovations are the column of
        normals number 0 of the same stream, so kinds draw columns of uniforms from number 2 on, of normals from number 1 on.

        A longer grid leaves the earlier part of the path unchanged: entry i is made of columns' entries up to i.
        """


def years(grid: Floats) -> Floats:
    """Lengths of the grid's intervals in years, shape (n,)."""
    return np.asarray(np.diff(grid) / YEAR)


def compounded(start: float, returns: Floats) -> Floats:
    """Path from ``start`` along logarithmic ``returns`` of shape (n,), shape (n + 1,)."""
    return np.asarray(start * np.exp(np.concatenate(([0.0], np.cumsum(returns)))))
