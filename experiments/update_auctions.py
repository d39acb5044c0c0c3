"""The same fall with and without auctioned oracle updates: who gets the bonus, and how late liquidations come where auctions fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.figures.style import CYCLE, canvas
from experiments.inputs import Inputs
from experiments.load import read, resolved
from experiments.run import Run, run
from experiments.scenario import Scenario
from model.core.errors import BadInput, Fault

PARTIES: Final = ("protocol", "builder", "oracle network", "liquidators")
"""Among whom the bonus is split; the liquidators' part is before gas and price impact."""
FALLBACKS: Final = (60.0, 600.0, 3600.0)
"""Fallback times (seconds) of auctions that nobody bids in."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way of updating: debt repaid, bonus and its parts, bad debt (USD), and how much later a borrower's first liquidation comes
    than where updates land publicly (mean over borrowers liquidated in both, seconds).
    """

    name: str
    repaid: float
    bonus: float
    parts: Mapping[str, float]
    bad_debt: float
    delay: float


def ways(scenario: Scenario, feed: str, terms: Mapping[str, Any]) -> dict[str, Scenario]:
    """The scenario with updates of a feed public, auctioned on ``terms``, and auctioned without anybody bidding; nothing else differs.

    Raises:
        BadInput: no such feed, none that is posted, or no liquidators who bid.
    """
    raw = resolved(scenario)
    bidders = [name for name, entry in raw.get("agents", {}).items() if "bid_share" in entry]
    if feed not in raw.get("feeds", {}):
        raise BadInput([Fault("auctions", repr(feed), f"a feed of the scenario: {', '.join(raw.get('feeds', {})) or 'none'}")])
    if not bidders:
        raise BadInput([Fault("auctions", "no liquidators who bid", "a population with bid_share")])
    made: dict[str, Scenario] = {}
    plans: list[tuple[str, dict[str, Any] | None, bool]] = [("public", None, True), ("auctioned", dict(terms), True)]
    plans += [(f"failed, {fallback:g} s", {**terms, "fallback": fallback}, False) for fallback in FALLBACKS]
    for name, auction, bids in plans:
        changed: dict[str, Any] = resolved(scenario)
        changed["feeds"][feed].pop("auction", None)
        if auction is not None:
            changed["feeds"][feed]["auction"] = auction
        for population in bidders if not bids else ():
            changed["agents"][population]["bid_share"] = [0.0, 0.0]
        made[name] = read(changed).scenario
    return made


def compare_ways(scenario: Scenario, feed: str, terms: Mapping[str, Any], seed: int, inputs: Inputs | None = None) -> list[Outcome]:
    """Run the scenario each way, on common random numbers."""
    found: list[Outcome] = []
    base: pd.Series[float] | None = None
    for name, one in ways(scenario, feed, terms).items():
        done = run(one, seed, inputs)
        first = done.events("liquidations").groupby("borrower")["time"].min()
        base = first if base is None else base
        found.append(_measured(name, done, float((first - base).mean())))
    return found


def table(outcomes: Sequence[Outcome]) -> list[dict[str, object]]:
    """One row for each way (USD, seconds)."""
    return [
        {"updates": one.name, "debt repaid": one.repaid, "bonus": one.bonus, **one.parts, "bad debt": one.bad_debt, "delay": one.delay}
        for one in outcomes
    ]


def draw(outcomes: Sequence[Outcome], title: str) -> Figure:
    """One figure: the bonus of each way, split among those who get it. ``title`` names the fall."""
    figure, axes = canvas()
    left = np.zeros(len(outcomes))
    places = np.arange(len(outcomes))[::-1]
    for party, colour in zip(PARTIES, CYCLE, strict=False):
        widths = np.array([one.parts[party] for one in outcomes]) / 1e3
        axes.barh(places, widths, left=left, color=colour, label=party)
        left += widths
    for place, one, end in zip(places, outcomes, left, strict=True):
        late = f"{one.delay / 60.0:.1f} min later" if one.delay > 0.0 else ""
        axes.annotate(late, (end, place), xytext=(4, 0), textcoords="offset points", va="center", fontsize="small")
    axes.set_yticks(places, [one.name for one in outcomes])
    axes.set_xlim(0.0, 1.5 * float(left.max(initial=1e-9)))
    axes.set_xlabel("liquidation bonus (thousand USD)")
    axes.set_title(title)
    axes.legend(loc="upper right")
    return figure


def _measured(name: str, done: Run, delay: float) -> Outcome:
    liquidations, updates = done.events("liquidations"), done.events("update_auctions")
    repaid = float(liquidations["repaid_value"].sum())
    bonus = float((liquidations["seized_value"] - liquidations["repaid_value"] - liquidations["protocol_fee_value"]).sum())
    won = updates[updates["step"] == "won"]
    columns = {"protocol": "protocol_value", "builder": "builder_value", "oracle network": "oracle_value"}
    parts = {party: float(won[column].sum()) for party, column in columns.items()}
    parts["liquidators"] = bonus - float(won["value"].sum())
    return Outcome(name, repaid, bonus, parts, float(done.series["bad_debt_value"].iloc[-1]), delay)
