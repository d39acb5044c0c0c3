"""A run on lenders: the cash that is left and what has been withdrawn, over the utilisation of the reserves that ran dry."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from experiments.figures.style import BLUE, CYCLE, ORANGE, canvas, label_time, moments, scaled
from experiments.run import Run

_CURVES = (("available_liquidity_value", "available liquidity", BLUE), ("net_withdrawn_value", "withdrawn less supplied", ORANGE))
_RISE, _MOST = 0.02, 6
"""A reserve is shown whose utilisation changes by at least so much; at most so many."""


def draw(run: Run) -> Figure | None:
    """Cash and net withdrawals in USD above, utilisation below; None where no utilisation moves."""
    series = run.series
    swings = {
        name: float(np.ptp(series[name]))
        for name in series
        if name.startswith("utilisation.") and np.isfinite(series[name]).all() and np.ptp(series[name]) >= _RISE
    }
    if not swings or "available_liquidity_value" not in series:
        return None
    figure, (above, below) = canvas(2, sharex=True)
    times = moments(series["time"])
    factor, unit = scaled(float(max(series[name].abs().max() for name, _, _ in _CURVES)), "USD")
    for name, label, colour in _CURVES:
        above.plot(times, series[name] / factor, color=colour, label=label)
    above.set_ylabel(unit)
    above.set_title("Liquidity of the lending markets")
    above.legend(loc="best")
    for place, name in enumerate(sorted(swings, key=lambda one: -swings[one])[:_MOST]):
        below.plot(times, series[name], color=CYCLE[place % len(CYCLE)], label=name.removeprefix("utilisation.").replace(".", " "))
    below.set_ylabel("utilisation")
    below.set_ylim(min(0.5, float(min(series[name].min() for name in swings))) - 0.02, 1.02)
    below.legend(loc="lower right", ncols=2)
    label_time(below)
    return figure
