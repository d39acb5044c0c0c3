"""Overlap of holdings: how strongly one market's forced sales hit the collateral of another through prices.

Source: Cont and Schaanning 2019, "Monitoring indirect contagion", Journal of Banking and Finance 104, 85-102: the liquidity-weighted
overlap of portfolios i and j is the sum over assets of holding_i * holding_j / depth; the indirect contagion index is the Perron
eigenvector of the overlap matrix. Assumes: linear price impact (selling ``depth`` of an asset would take away its whole value), so it
is of first order only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def liquidity_weighted_overlap(holdings: ArrayLike, depth: ArrayLike) -> Floats:
    """Overlap matrix, shape (markets, markets), in USD: entry (i, j) is what i loses when j sells everything; the diagonal is own impact.

    ``holdings[i, k]`` is the value (USD) of asset k in market i, shape (markets, assets); ``depth[k]`` in USD, shape (assets,).

    Raises:
        ValueError: wrong shapes, negative holdings, depth of 0 or below.
    """
    held = np.asarray(holdings, dtype=np.float64)
    liquid = np.asarray(depth, dtype=np.float64)
    if held.ndim != 2 or liquid.shape != (held.shape[1],):
        raise ValueError(f"shapes {held.shape}, {liquid.shape}: allowed are (markets, assets), (assets,)")
    if not (np.isfinite(held).all() and (held >= 0.0).all() and (liquid > 0.0).all()):
        raise ValueError("holdings and depth: allowed are finite holdings of 0 or more and depth above 0")
    overlap: Floats = (held / liquid) @ held.T
    return overlap


def cosine_overlap(overlap: ArrayLike) -> Floats:
    """Overlap scaled to 0 to 1: entry (i, j) over the root of (i, i) * (j, j); 0 where a market holds nothing."""
    matrix = np.asarray(overlap, dtype=np.float64)
    scale = np.sqrt(np.outer(np.diagonal(matrix), np.diagonal(matrix)))
    scaled: Floats = np.divide(matrix, scale, out=np.zeros_like(matrix), where=scale > 0.0)
    return scaled


def sale_losses(overlap: ArrayLike, sold: ArrayLike) -> Floats:
    """Value (USD) that each market loses when market j sells the share ``sold[j]`` of all that it holds, shape (markets,)."""
    losses: Floats = np.asarray(overlap, dtype=np.float64) @ np.asarray(sold, dtype=np.float64)
    return losses


def indirect_contagion_index(overlap: ArrayLike) -> Floats:
    """Weights of the markets in the Perron eigenvector of the overlap matrix, scaled to add up to 1, shape (markets,).

    Where several groups of markets share no asset, it is that of the group with the largest eigenvalue; zeros where nothing is held.
    """
    matrix = np.asarray(overlap, dtype=np.float64)
    if not matrix.any():
        return np.zeros(matrix.shape[0])
    vector = np.abs(np.linalg.eigh(matrix)[1][:, -1])
    index: Floats = vector / vector.sum()
    return index
