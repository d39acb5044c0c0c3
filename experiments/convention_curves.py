"""What liquidations do under each convention to price a claim: runs on common random numbers, one figure with a curve for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from experiments.feed_conventions import Plan
from experiments.figures.style import CYCLE, GREY, canvas, label_time, moments, scaled
from experiments.inputs import Inputs
from experiments.outcomes import bad_debt_of
from experiments.run import Run, run
from model.world.board import PriceFeed
from model.world.world import World


@dataclass(frozen=True, slots=True)
class Curve:
    """What one convention does in the markets whose feed of the claim changes: the feed they read; after each liquidation of the claim its
    time (seconds) and debt repaid by liquidators so far (USD), from the start to the end of the run; claim tokens seized; accounts
    liquidated; the markets' bad debt at the end (USD); when (seconds) shocks began and governance replaced parameters of feeds, and which.
    """

    convention: str
    feed: str
    times: Sequence[float]
    repaid: Sequence[float]
    seized: float
    accounts: int
    bad_debt: float
    marks: tuple[tuple[float, str], ...] = ()

    @property
    def total(self) -> float:
        """Debt repaid by liquidators over the run (USD)."""
        return self.repaid[-1]

    def by(self, moment: float) -> float:
        """Debt repaid by liquidators until a moment (USD)."""
        return max((repaid for time, repaid in zip(self.times, self.repaid, strict=True) if time <= moment), default=0.0)


def compare_conventions(plan: Plan, seed: int, inputs: Inputs | None = None) -> list[Curve]:
    """Run the scenario under each convention."""
    return [_curve(plan, name, run(scenario, seed, inputs)) for name, scenario in plan.scenarios.items()]


def draw(curves: Sequence[Curve], title: str) -> Figure:
    """One figure: debt repaid by liquidators, a curve for each convention, and a mark where something struck."""
    figure, axes = canvas()
    divisor, unit = scaled(max((curve.total for curve in curves), default=0.0), "USD")
    for curve, colour, style in zip(curves, CYCLE, ("-", "--", "-."), strict=False):
        values = [value / divisor for value in curve.repaid]
        axes.step(moments(pd.Series(curve.times)), values, style, where="post", color=colour, label=curve.convention)
    for moment, what in sorted({mark for curve in curves for mark in curve.marks}):
        at = moments(pd.Series([moment]))[0]
        axes.axvline(at, color=GREY, linewidth=1.0, linestyle=":")
        axes.text(at, 0.99, what, transform=axes.get_xaxis_transform(), rotation=90, fontsize=12, color=GREY, ha="right", va="top")
    axes.set_ylabel(f"debt repaid by liquidators ({unit})")
    axes.set_title(title)
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.05), title="claim priced by")
    label_time(axes)
    return figure


def table(curves: Sequence[Curve]) -> list[Mapping[str, object]]:
    """One row for each convention: its feed, liquidated (USD), claim tokens seized, accounts, bad debt at the end (USD)."""
    return [
        {
            "convention": curve.convention, "feed": curve.feed, "liquidated": curve.total, "seized": curve.seized,
            "accounts": curve.accounts, "bad debt": curve.bad_debt,
        }
        for curve in curves
    ]  # fmt: skip


def _curve(plan: Plan, name: str, done: Run) -> Curve:
    world: World = done.ecosystem.world
    every = done.events("liquidations")
    rows = every[every["market"].isin(plan.markets) & (every["collateral_token"] == plan.claim)]
    repaid = rows["repaid_value"].cumsum().tolist()
    times = [world.clock.start, *rows["time"].tolist(), world.clock.now]
    bad_debt = bad_debt_of(done.ecosystem, plan.markets)
    levels = [0.0, *repaid, repaid[-1] if repaid else 0.0]
    return Curve(
        name,
        plan.feeds[name],
        times,
        levels,
        float(rows["seized"].sum()),
        rows["borrower"].nunique(),
        bad_debt,
        tuple(sorted(_marks(done))),
    )


def _marks(done: Run) -> Iterator[tuple[float, str]]:
    """What happened to all, or to one of the feeds."""
    for row in done.events("shocks").to_dict("records"):
        if row["step"] == "start":
            yield float(row["time"]), str(row["shock"]).replace("_", " ")
    for row in done.events("governance").to_dict("records"):
        if isinstance(done.ecosystem.world.targets.get(str(row["target"])), PriceFeed):
            yield float(row["time"]), f"{row['target']} governed"
