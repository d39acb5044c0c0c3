"""Market price of the claim: the model's, over the recorded one when a run was given it."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from experiments.figures.style import BLUE, CYCLE, GREY, canvas, label_time, moments
from experiments.run import Run
from model.core.draws import Floats


def draw(run: Run) -> Figure | None:
    """Prices that are compared with reality or, without any, of every venue that trades a claim; None where there is none."""
    names = [name for name in run.scenario.inputs.reality if name in run.series] or _claim_prices(run)
    names = [name for name in names if np.isfinite(run.series[name]).any()]
    if not names:
        return None
    figure, axes = canvas()
    start, end = run.series["time"].iloc[0], run.series["time"].iloc[-1]
    for name in names:
        if name in run.inputs.reality:
            times, values = run.inputs.reality[name]
            inside = (times >= start) & (times <= end)
            axes.plot(moments(times[inside]), values[inside], color=GREY, linewidth=2.0, label=f"recorded {_short(name)}")
    for place, name in enumerate(names):
        colour = BLUE if len(names) == 1 else CYCLE[place % len(CYCLE)]
        axes.plot(moments(run.series["time"]), run.series[name], color=colour, label=f"model {_short(name)}")
    low, high = _range([np.asarray(line.get_ydata(), dtype=float) for line in axes.get_lines()])
    axes.set_ylim(low, high)
    axes.set_ylabel(" / ".join(dict.fromkeys(f"price ({run.units[name]})" for name in names)))
    axes.set_title("Market price of the claim")
    axes.legend(loc="lower left")
    label_time(axes)
    return figure


def _range(curves: list[Floats]) -> tuple[float, float]:
    """Limits that show every curve but for single spikes of the record: the outer 0.2 % of its values may leave the picture."""
    values = np.concatenate(curves)
    values = values[np.isfinite(values)]
    low, high = np.quantile(values, [0.001, 0.999])
    room = 0.05 * max(high - low, 1e-6)
    return float(low - room), float(high + room)


def _claim_prices(run: Run) -> list[str]:
    """Names of the recorded prices of tokens that are claims."""
    claims = {token for token, block in run.scenario.tokens.items() if block.claim is not None}
    return [name for name in run.series if name.startswith("price.") and set(_short(name).split("/")) & claims]


def _short(name: str) -> str:
    """``steth/eth`` of ``price.curve.steth/eth``."""
    return name.rpartition(".")[2]
