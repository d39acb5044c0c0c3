"""The overhang of a fall: collateral whose owners' health would be below 1 at its bottom while venues still stand as they stood.

What follows of it is a race: owners who act sell or repay in time, the others are liquidated, and pools and demand take what comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from agents.borrowers.passive import PassiveBorrower
from experiments.figures.style import BLUE
from experiments.inputs import Inputs
from experiments.run import open_ecosystem, release
from experiments.scenario import Scenario
from model.core.errors import BadInput, Fault
from model.core.units import HOUR
from model.ecosystem import Ecosystem
from model.world.board import PriceFeed


def overhang(scenario: Scenario, seed: int, hours: float) -> Iterator[dict[str, Any]]:
    """One row per market and collateral: tokens of accounts below health 1, of all and of those that never act, if every posted feed said
    what an honest reporter would say ``hours`` after the start, shocks included. Nobody acts until then.

    Raises:
        BadInput: the hours lie outside of the run.
    """
    if not 0.0 <= hours <= scenario.run.days * 24.0:
        raise BadInput([Fault("--at", str(hours), f"hours of the run, 0 to {scenario.run.days * 24.0:g}")])
    model = open_ecosystem(scenario, seed, Inputs())
    try:
        _let_fall(model, hours)
        with ExitStack() as supposed:
            for feed in model.world.all(PriceFeed):
                if feed.mechanism.posted:
                    supposed.enter_context(feed.supposing(feed.candidate()))
            for market in model.markets:
                held, owed = market.position_columns()
                if not owed:
                    continue
                below, passive = market.health() < 1.0, _passive(model, market.book.owners)
                for token, amounts in held.items():
                    rows = amounts[: len(below)]
                    yield {
                        "seed": seed, "market": market.name, "collateral": token,
                        "all": float(rows[below].sum()), "passive": float(rows[below & passive].sum()),
                    }  # fmt: skip
    finally:
        release(model)


def _let_fall(model: Ecosystem, hours: float) -> None:
    """Move true prices, with the shocks on them, and nothing else."""
    world = model.world
    end = world.clock.now + hours * HOUR
    shocks = [shock for shock in model.shocks if getattr(shock.params, "tokens", None)]
    while world.clock.now < end:
        world.clock.advance(min(world.clock.now + world.clock.tick, end))
        world.board.move(world.clock.now)
        for shock in shocks:
            shock.poll(world)


def _passive(model: Ecosystem, owners: list[int]) -> np.ndarray:
    quiet = {decider.account for decider in model.deciders if isinstance(decider, PassiveBorrower)}
    return np.array([owner in quiet for owner in owners], dtype=bool)


def joined(rows: pd.DataFrame, runs: pd.DataFrame, variant: str, figure: str) -> pd.DataFrame:
    """The overhang of each seed beside a figure of its run, smallest overhang of those who never act first."""
    ended = runs[runs["variant"] == variant][["seed", figure]]
    return rows.merge(ended, on="seed").sort_values("passive").reset_index(drop=True)


def separation(frame: pd.DataFrame, figure: str, level: float) -> Mapping[str, float]:
    """The overhang of those who never act that best tells runs whose ``figure`` falls below ``level`` from the others, and in how many runs
    it does.
    """
    fell, sizes = (frame[figure] < level).to_numpy(), frame["passive"].to_numpy(dtype=np.float64)
    edges = np.concatenate([[0.0], 0.5 * (sizes[1:] + sizes[:-1]), [np.inf]])
    right = [int(((sizes >= edge) == fell).sum()) for edge in edges]
    best = int(np.argmax(right))
    return {"edge": float(edges[best]), "right": float(right[best]), "fell": float(fell.sum()), "runs": float(len(frame))}


def draw(frames: Mapping[str, pd.DataFrame], figure: Mapping[str, str], title: str) -> Figure:
    """Lowest figure of each run over the overhang of those who never act, one panel per market and collateral."""
    drawn = Figure(figsize=(7.2 * len(frames), 6.0))
    for place, (name, frame) in enumerate(frames.items(), 1):
        axes = drawn.add_subplot(1, len(frames), place)
        axes.scatter(frame["passive"] / 1e3, frame[figure[name]], s=36, color=BLUE)
        for row in frame.to_dict("records"):
            axes.annotate(
                str(row["seed"]), (row["passive"] / 1e3, row[figure[name]]), xytext=(4, 4), textcoords="offset points", fontsize=8
            )
        axes.set_xlabel(f"{name} below health 1 at the bottom,\nowners who never act (thousand tokens)")
        axes.set_ylabel(figure[name])
        axes.set_ylim(-0.05, 1.05)
    drawn.suptitle(title)
    drawn.tight_layout()
    return drawn
