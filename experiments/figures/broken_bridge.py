"""Bridged forms that lose their backing: what one is worth by its backing and on the venue, over the bad debt that feeds do not show."""

from __future__ import annotations

from matplotlib.figure import Figure

from experiments.figures.style import BLUE, GREY, ORANGE, RED, canvas, label_time, moments, scaled
from experiments.run import Run

_LOST = 0.99
"""Only forms whose backing falls below this share of the first are drawn."""


def draw(run: Run) -> Figure | None:
    """Worth in USD above, latent bad debt beside what the feeds show below; None where every form keeps its backing."""
    series = run.series
    forms = [name.removeprefix("worth.backing.") for name in series if name.startswith("worth.backing.")]
    broken = [form for form in forms if series[f"worth.backing.{form}"].min() < _LOST * series[f"worth.backing.{form}"].iloc[0]]
    if not broken:
        return None
    figure, (above, below) = canvas(2, sharex=True)
    times = moments(series["time"])
    form = min(broken, key=lambda one: float(series[f"worth.backing.{one}"].min()))
    above.plot(times, series[f"worth.venues.{form}"], color=BLUE, label=f"{form} on the venue")
    above.plot(times, series[f"worth.backing.{form}"], color=GREY, label=f"backing of one {form}")
    above.set_ylabel("USD")
    above.set_ylim(bottom=0.0)
    above.set_title(f"What stands behind {form}, what it fetches, and what lenders do not see")
    above.legend(loc="upper right")
    latent = {word: series.filter(like=f"latent_bad_debt.{word}.").sum(axis=1) for word in ("backing", "venues")}
    most = float(max(series["bad_debt_value"].max(), *(values.max() for values in latent.values())))
    factor, unit = scaled(most, "USD")
    below.plot(times, latent["backing"] / factor, color=ORANGE, label="latent bad debt, tokens at their backing")
    below.plot(times, latent["venues"] / factor, color=RED, label="at what venues pay")
    below.plot(times, series["bad_debt_value"] / factor, color=GREY, label="as the market's feeds show it")
    below.set_ylabel(unit)
    below.set_ylim(top=1.6 * max(most, 1.0) / factor)
    below.legend(loc="upper right")
    label_time(below)
    return figure
