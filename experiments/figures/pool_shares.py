"""Shares of the tokens in the reserves of the pools."""

from __future__ import annotations

from matplotlib.figure import Figure

from experiments.figures.style import CYCLE, canvas, label_time, moments
from experiments.run import Run

MOST_POOLS = 4
"""Pools that one figure has room for."""


def draw(run: Run) -> Figure | None:
    """One line per token of each pool of claims and what they stand on; None without such a pool."""
    pools = [name for name in _like_for_like(run) if any(column.startswith(f"share.{name}.") for column in run.series)][:MOST_POOLS]
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


def _like_for_like(run: Run) -> list[str]:
    """Venues whose tokens are worth about the same, so that shares of amounts mean something: claims and what stands behind them."""
    claims = {token: block.claim.make().backing for token, block in run.scenario.tokens.items() if block.claim is not None}
    alike = set(claims).union(*claims.values())
    return [name for name, venue in run.scenario.venues.items() if set(venue.tokens) <= alike]
