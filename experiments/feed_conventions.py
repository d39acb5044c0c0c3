"""The same shock under three ways to price a claim: its market, its exchange rate, its capped exchange rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from experiments.figures.style import CYCLE, canvas, label_time, moments, scaled
from experiments.inputs import Inputs
from experiments.load import read, resolved
from experiments.run import Run, run
from experiments.scenario import Scenario
from model.core.errors import BadInput, Fault
from model.core.units import parse_time

CAP_GROWTH = 0.05
"""Growth of the capped rate's ceiling, 1/year, where the scenario has no feed of that kind."""


@dataclass(frozen=True, slots=True)
class Curve:
    """What one convention does: times (seconds), debt repaid by liquidators so far (USD), its bad debt at the end (USD)."""

    convention: str
    times: Sequence[float]
    liquidated: Sequence[float]
    bad_debt: float

    @property
    def total(self) -> float:
        """Debt repaid by liquidators over the run (USD)."""
        return self.liquidated[-1]


def conventions(scenario: Scenario, market: str, claim: str) -> dict[str, Scenario]:
    """The scenario with the claim's reserve priced by each convention; only the feed differs.

    Raises:
        BadInput: no such market, no claim of that name among its reserves, no venue that trades it against its backing, or no feed.
    """
    raw = resolved(scenario)
    reserve = raw["markets"].get(market, {}).get("reserves", {}).get(claim)
    token = raw.get("tokens", {}).get(claim, {})
    if reserve is None or not token.get("claim"):
        raise BadInput([Fault("feeds", f"{claim} in {market}", "a claim among the reserves of a market of the scenario")])
    backing = token["claim"].get("backing", "eth")
    chain, numeraire = token["chain"], raw["markets"][market].get("numeraire", "usd")
    venue = next(
        (name for name, entry in raw["venues"].items() if {claim, backing} <= set(entry["tokens"]) and entry["chain"] == chain), None
    )
    times = None if numeraire == backing else raw["markets"][market]["reserves"].get(backing, {}).get("feed")
    if venue is None or (numeraire != backing and times is None):
        raise BadInput([Fault("feeds", claim, f"a venue of {claim}/{backing} on {chain}, and a feed of {backing} in {numeraire}")])
    product = {"times": f"feed:{times}"} if times else {}
    spot = {"kind": "time_weighted", "source": f"venue:{venue} {claim}/{backing}", "window": 600.0}
    capped = {
        "kind": "capped_growth", "rate": f"claim:{claim}", "snapshot_ratio": 1.0, "snapshot_time": parse_time(raw["run"]["start"]),
        "growth_per_year": CAP_GROWTH, **product,
    }  # fmt: skip
    rate = {"kind": "exchange_rate", "claim": f"claim:{claim}", **product}
    market_feed = {"kind": "exchange_rate", "claim": "feed:convention_spot", **product}
    made: dict[str, Scenario] = {}
    for name, mechanism in (("market", market_feed), ("exchange rate", rate), ("capped growth", capped)):
        changed: dict[str, Any] = resolved(scenario)
        changed["feeds"]["convention_spot"] = {"chain": chain, "mechanism": spot}
        changed["feeds"]["convention"] = {"chain": chain, "mechanism": mechanism}
        changed["markets"][market]["reserves"][claim]["feed"] = "convention"
        made[name] = read(changed).scenario
    return made


def compare_conventions(scenario: Scenario, market: str, claim: str, seed: int, inputs: Inputs | None = None) -> list[Curve]:
    """Run the scenario under each convention, on common random numbers."""
    return [_curve(name, run(one, seed, inputs)) for name, one in conventions(scenario, market, claim).items()]


def draw(curves: Sequence[Curve], title: str) -> Figure:
    """One figure: debt repaid by liquidators, a curve for each convention."""
    figure, axes = canvas()
    divisor, unit = scaled(max((curve.total for curve in curves), default=0.0), "USD")
    for curve, colour, style in zip(curves, CYCLE, ("-", "--", ":"), strict=False):
        values = [value / divisor for value in curve.liquidated]
        axes.plot(moments(pd.Series(curve.times)), values, style, color=colour, label=curve.convention)
    axes.set_ylabel(f"debt repaid by liquidators ({unit})")
    axes.set_title(title)
    axes.legend(loc="upper left", title="claim priced by")
    label_time(axes)
    return figure


def table(curves: Sequence[Curve]) -> list[Mapping[str, object]]:
    """One row for each convention: liquidated (USD), bad debt at the end (USD)."""
    return [{"convention": curve.convention, "liquidated": curve.total, "bad debt": curve.bad_debt} for curve in curves]


def _curve(name: str, done: Run) -> Curve:
    series = done.series
    return Curve(name, series["time"].tolist(), series["liquidated_value"].tolist(), float(series["bad_debt_value"].iloc[-1]))
