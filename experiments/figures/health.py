"""Distribution of health factors at the start, at the worst moment and at the end."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLUE, GREEN, GREY, RED, canvas
from experiments.run import Run
from experiments.snapshots import Snapshot
from model.core.units import format_time

_SHOWN = (0.5, 4.0)
_ABREAST = 2
_COLOURS = {"start": BLUE, "worst": RED, "end": GREEN}


def draw(run: Run) -> Figure | None:
    """Share of accounts whose health lies below a level, for each market; None without accounts in debt."""
    markets = list(dict.fromkeys(snapshot.market for snapshot in run.snapshots))
    if not markets:
        return None
    rows, columns = -(-len(markets) // _ABREAST), min(len(markets), _ABREAST)
    figure, grid = canvas(rows, columns, sharex=True, sharey=True, squeeze=False)
    for place, axes in enumerate(grid.flat):
        if place >= len(markets):
            axes.set_visible(False)
            continue
        _draw_market(axes, markets[place], run.snapshots)
        axes.set_title(f"Accounts with debt, {markets[place]}" if columns == 1 else markets[place])
        axes.legend(loc="lower right", fontsize=16 if len(markets) <= _ABREAST else 12)
        if place + columns >= len(markets):
            axes.set_xlabel("health factor (1)")
            axes.tick_params(labelbottom=True)
    figure.supylabel("accounts with debt at or below (%)", fontsize=18)
    return figure


def _draw_market(axes: Axes, market: str, snapshots: list[Snapshot]) -> None:
    for snapshot, names in _distinct([snapshot for snapshot in snapshots if snapshot.market == market]):
        health = np.sort(snapshot.health)
        share = 100.0 * np.arange(1, len(health) + 1) / len(health)
        label = f"{' and '.join(names)}, {format_time(snapshot.time)[:16].replace('T', ' ')}"
        axes.step(health, share, where="post", color=_COLOURS[snapshot.moment], label=label)
    axes.axvline(1.0, color=GREY, linestyle="--", linewidth=1.5)
    axes.annotate(" liquidation", (1.0, 97.0), color=GREY, va="top", ha="left")
    axes.set_xlim(*_SHOWN)
    axes.set_ylim(0.0, 100.0)


def _distinct(snapshots: list[Snapshot]) -> list[tuple[Snapshot, list[str]]]:
    """Snapshots of different times, each with the names of the moments that it is."""
    found: dict[float, tuple[Snapshot, list[str]]] = {}
    for snapshot in snapshots:
        found.setdefault(snapshot.time, (snapshot, []))[1].append(snapshot.moment)
    return list(found.values())
