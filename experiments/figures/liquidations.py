"""Value liquidated and bad debt over time."""

from __future__ import annotations

from matplotlib.figure import Figure

from experiments.figures.style import BLUE, RED, canvas, label_time, moments, scaled
from experiments.run import Run


def draw(run: Run) -> Figure | None:
    """Debt repaid by liquidators so far, above; bad debt, below. None where the run had neither."""
    series = run.series
    if "liquidated_value" not in series or "bad_debt_value" not in series:
        return None
    if not (series["liquidated_value"].max() > 0.0 or series["bad_debt_value"].max() > 0.0):
        return None
    figure, (above, below) = canvas(2, 1, sharex=True)
    times = moments(series["time"])
    for axes, name, title, colour in (
        (above, "liquidated_value", "Debt repaid by liquidators, cumulative", BLUE),
        (below, "bad_debt_value", "Bad debt: debt not covered by its collateral", RED),
    ):
        divisor, unit = scaled(float(series[name].max()), run.units[name])
        axes.fill_between(times, series[name] / divisor, step="post", color=colour, alpha=0.25, linewidth=0.0)
        axes.step(times, series[name] / divisor, where="post", color=colour)
        axes.set_ylabel(unit)
        axes.set_title(title)
        axes.set_ylim(0.0, None if series[name].max() > 0.0 else 1.0)
    label_time(below)
    return figure
