"""Depth of a pair: its price in a venue, and the sale that moves it by a given share."""

from __future__ import annotations

from matplotlib.figure import Figure

from experiments.figures.style import BLUE, GREY, ORANGE, canvas, label_time, moments, scaled
from experiments.run import Run


def draw(run: Run) -> Figure | None:
    """Of the first size that the scenario measures: price above (over the true price of what is sold), size below; None without one."""
    measures = run.scenario.measures
    if not measures.sizes:
        return None
    text = measures.sizes[0]
    name, _, pair = text.partition(" ")
    sold = pair.partition("/")[0]
    price, size = f"price.{name}.{pair}", f"size.{name}.{pair}"
    figure, (above, below) = canvas(2, 1, sharex=True)
    times = moments(run.series["time"])
    if f"true.{sold}" in run.series:
        above.plot(times, run.series[f"true.{sold}"], color=GREY, label=f"true {sold} (USD)")
    if price in run.series:
        above.plot(times, run.series[price], color=BLUE, label=f"{name} ({run.units[price]})")
    above.set_ylabel("price")
    above.set_title(f"Price of {sold}")
    above.legend(loc="lower right")
    divisor, unit = scaled(float(run.series[size].max()), sold)
    below.plot(times, run.series[size] / divisor, color=ORANGE)
    below.set_yscale("log")
    below.set_ylabel(unit)
    below.set_title(f"Sale that moves the price by {100.0 * measures.move:g} %")
    label_time(below)
    return figure
