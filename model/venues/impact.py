"""Fit of the reference book's impact to quotes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from model.core.draws import Floats

GOLDEN = 0.5 * (math.sqrt(5.0) - 1.0)
FORMS = ("linear", "exponential")


def average_factor(form: str, slopes: float | Floats, sizes: Floats) -> Floats:
    """Average execution over the mid of sales of ``sizes`` (tokens, shape (n,)) at ``slopes`` (per token): 1 - s q / 2 while bids last
    (half of what they hold spread over the rest of the sale), or (1 - exp(-s q)) / (s q).
    """
    reach = np.asarray(slopes * sizes, dtype=np.float64)
    safe = np.maximum(reach, 1e-12)
    if form == "linear":
        return np.where(reach < 1.0, 1.0 - 0.5 * reach, 0.5 / safe)
    return np.asarray(-np.expm1(-safe) / safe)


def fit_impact(frame: pd.DataFrame, move: float = 0.01, prices: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Depth and half-spread of each pair, for both forms of the reference book's impact.

    ``frame`` has the columns ``token_in``, ``token_out``, ``amount_in`` (tokens) and ``price_impact`` (relative shortfall of the average
    execution from the mid, fraction). One row per pair and form: ``quotes``, ``depth`` (tokens in whose sale moves the price by
    ``move``), ``half_spread``, ``error`` (root mean square, in units of price impact), ``explained`` (1 - residual over total
    sum of squares), and, for tokens with a price in ``prices``, ``depth_value``.

    Least squares over the slope (golden section on its logarithm after a grid), the half-spread in closed form given the slope.

    Raises:
        ValueError: a column is missing, or no row has a positive amount and an impact inside [0, 1).
    """
    missing = {"token_in", "token_out", "amount_in", "price_impact"} - set(frame.columns)
    if missing:
        raise ValueError(f"quotes without the columns {', '.join(sorted(missing))}")
    usable = frame[(frame["amount_in"] > 0) & (frame["price_impact"] >= 0) & (frame["price_impact"] < 1)]
    if usable.empty:
        raise ValueError("no quote has an amount above 0 and an impact inside [0, 1)")
    rows: list[dict[str, Any]] = []
    for (sold, bought), quotes in usable.groupby(["token_in", "token_out"], sort=True):
        sizes, impacts = quotes["amount_in"].to_numpy(np.float64), quotes["price_impact"].to_numpy(np.float64)
        for form in FORMS:
            slope, spread, error = _fit(form, sizes, impacts)
            spread_of_data = float(np.sqrt(np.mean((impacts - impacts.mean()) ** 2)))
            depth = (move if form == "linear" else -math.log1p(-move)) / slope
            rows.append(
                {
                    "token_in": sold, "token_out": bought, "form": form, "quotes": len(sizes), "depth": depth, "half_spread": spread,
                    "error": error, "explained": 1.0 - (error / spread_of_data) ** 2 if spread_of_data > 0.0 else math.nan,
                    "depth_value": depth * prices[str(sold)] if prices and str(sold) in prices else math.nan,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def _fit(form: str, sizes: Floats, impacts: Floats) -> tuple[float, float, float]:
    """(slope per token, half-spread, root mean square error) of least squares."""

    def residual(log_slope: float) -> tuple[float, float]:
        factors = average_factor(form, math.exp(log_slope), sizes)
        kept = min(float((1.0 - impacts) @ factors / (factors @ factors)), 1.0)
        return float(np.sqrt(np.mean((1.0 - kept * factors - impacts) ** 2))), 1.0 - kept

    widest = math.log(1.0 / float(sizes.max()))
    grid = np.linspace(widest - 14.0, widest + 7.0, 64)
    best = int(np.argmin([residual(float(point))[0] for point in grid]))
    low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, len(grid) - 1)])
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = residual(left)[0], residual(right)[0]
    while high - low > 1e-9:
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - GOLDEN * (high - low)
            at_left = residual(left)[0]
        else:
            low, left, at_left = left, right, at_right
            right = low + GOLDEN * (high - low)
            at_right = residual(right)[0]
    slope = 0.5 * (low + high)
    error, spread = residual(slope)
    return math.exp(slope), spread, error
