"""DebtRank: how far distress (loss of equity before default) travels along exposures.

``exposures[i, j]`` is what i has lent to, or holds of, j, shape (n, n); ``equity`` of each node, shape (n,). Distress is the share of
initial equity lost, 0 to 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def debtrank(exposures: ArrayLike, equity: ArrayLike, shock: ArrayLike) -> Floats:
    """Final distress of each node under the original rule: a node passes distress on once, then is inactive, shape (n,).

    Raises:
        ValueError: wrong shapes, negative exposures, equity of 0 or below, a shock outside 0 to 1.

    Source: Battiston, Puliga, Kaushik, Tasca and Caldarelli 2012, "DebtRank: too central to fail?", Scientific Reports 2, 541,
    Methods; impact of j on i: min(1, exposure / equity). Assumes: no recovery; distress that comes back to a node is not passed on again.
    """
    leverage, distress = _read(exposures, equity, shock)
    impact = np.minimum(1.0, leverage)
    active = distress > 0.0
    spent = np.zeros(distress.shape, dtype=bool)
    while active.any():
        distress = np.minimum(1.0, distress + impact[:, active] @ distress[active])
        spent |= active
        active = (distress > 0.0) & ~spent
    return distress


def differential_debtrank(
    exposures: ArrayLike, equity: ArrayLike, shock: ArrayLike, tolerance: float = 1e-12, rounds: int = 100_000
) -> Floats:
    """Final distress of each node when every increase of distress is passed on until none is left, shape (n,).

    Raises:
        ValueError: as :func:`debtrank`; ``rounds`` did not suffice.

    Source: Bardoscia, Battiston, Caccioli and Caldarelli 2015, "DebtRank: a microscopic foundation for shock propagation", PLoS ONE
    10(6), e0130406: h(t + 1) = min(1, h(t) + Lambda (h(t) - h(t - 1))), Lambda = exposure / equity of those not in default before.
    Assumes: claims lose value in proportion to their debtor's loss of equity; no recovery.
    """
    leverage, distress = _read(exposures, equity, shock)
    before = np.zeros_like(distress)
    for _ in range(rounds):
        change = distress - before
        if change.max(initial=0.0) <= tolerance:
            return distress
        before, distress = distress, np.minimum(1.0, distress + leverage @ change)
    raise ValueError(f"distress still grows by {change.max():g} after {rounds} rounds; allowed: more rounds or a wider tolerance")


def induced_loss(final: ArrayLike, shock: ArrayLike, value: ArrayLike) -> float:
    """The DebtRank of a shock: value-weighted distress beyond the shock itself, as a share of all value (0 to 1).

    Source: Battiston et al. 2012, Methods (``value`` is the economic value of each node, any scale).
    """
    weights = np.asarray(value, dtype=np.float64)
    caused = np.asarray(final, dtype=np.float64) - np.asarray(shock, dtype=np.float64)
    return float(weights @ caused / weights.sum())


def _read(exposures: ArrayLike, equity: ArrayLike, shock: ArrayLike) -> tuple[Floats, Floats]:
    held = np.asarray(exposures, dtype=np.float64)
    buffer = np.asarray(equity, dtype=np.float64)
    start = np.asarray(shock, dtype=np.float64)
    if buffer.ndim != 1 or held.shape != (buffer.size, buffer.size) or start.shape != buffer.shape:
        raise ValueError(f"shapes {held.shape}, {buffer.shape}, {start.shape}: allowed are (n, n), (n,), (n,)")
    if not (np.isfinite(held).all() and (held >= 0.0).all() and np.isfinite(buffer).all() and (buffer > 0.0).all()):
        raise ValueError("exposures and equity: allowed are finite exposures of 0 or more and equity above 0")
    if not ((start >= 0.0) & (start <= 1.0)).all():
        raise ValueError("shock: allowed are shares of equity from 0 to 1")
    return held / buffer[:, None], start.copy()
