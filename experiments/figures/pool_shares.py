"""Shares of the tokens in the reserves of the pools."""

from __future__ import annotations

from matplotlib.figure import Figure

from experiments.figures.style import CYCLE, canvas, label_time, moments
from experiments.run import Run

MOST_POOLS = 4
"""Pools that one figure has room for."""


def draw(run: Run) -> Figure | None:
    """One line per token and pool; two-token pools show one token, as the other is the rest. None without a pool."""
    pools = [name for name in run.scenario.venues if any(column.startswith(f"share.{name}.") for column in run.series)][:MOST_POOLS]
    if not pools:
        return None
    figure, grid = canvas(len(pools), 1, sharex=True, squeeze=False)
    for name, axes in zip(pools, grid[:, 0], strict=True):
        columns = [column for column in run.series if column.startswith(f"share.{name}.")]
        for place, column in enumerate(columns):
            share = 100.0 * run.series[column]
            axes.plot(moments(run.series["time"]), share, color=CYCLE[place % len(CYCLE)], label=column.removeprefix(f"share.{name}."))
        axes.set_ylabel("share of reserves (%)" if len(pools) < 3 else "share (%)")
        axes.set_ylim(0.0, 100.0)
        axes.set_title(f"Pool {name}")
        axes.legend(loc="upper left", ncols=len(columns))
    label_time(grid[-1, 0])
    return figure
