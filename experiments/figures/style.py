"""How figures look: large type, few lines, colours that the colour-blind can tell apart, so that they can be read on a projector."""

from __future__ import annotations

from typing import Any, Final

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from model.core.draws import Floats

BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#7A7A7A"
"""Colours of Okabe and Ito 2008, and a grey."""
CYCLE: Final = (BLUE, ORANGE, GREEN, RED, "#CC79A7", "#56B4E9")

STYLE: Final[dict[str, Any]] = {
    "font.size": 18,
    "axes.titlesize": 20,
    "axes.labelsize": 18,
    "legend.fontsize": 16,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#DDDDDD",
    "lines.linewidth": 2.5,
    "figure.dpi": 110,
    "savefig.dpi": 110,
}


def canvas(rows: int = 1, columns: int = 1, **kwargs: Any) -> tuple[Figure, Any]:
    """A figure of 13 x 7.3 inches (16:9) and its axes; no window, no global state."""
    figure = Figure(figsize=(13.0, 7.3), layout="constrained")
    return figure, figure.subplots(rows, columns, **kwargs)


def moments(seconds: Floats | pd.Series[Any]) -> Any:
    """Times for an axis, from seconds since 1970."""
    return np.asarray(seconds, dtype=np.float64).astype("datetime64[s]")


def label_time(axes: Axes) -> None:
    """A time axis with few ticks, in UTC."""
    locator = mdates.AutoDateLocator(minticks=3, maxticks=8)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))
    axes.set_xlabel("time (UTC)")


def scaled(largest: float, unit: str) -> tuple[float, str]:
    """(divisor, unit) that keeps an axis free of long figures."""
    for divisor, word in ((1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if abs(largest) >= divisor:
            return divisor, f"{word} {unit}"
    return 1.0, unit
