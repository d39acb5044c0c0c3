"""``spillover feeds``: the same shock under market, exchange-rate and capped feeds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import matplotlib as mpl
import typer
from rich.table import Table

from experiments.commands.opened import opened
from experiments.commands.options import Gas, Name, Positions, Prices, Set
from experiments.feed_conventions import compare_conventions, draw, table
from experiments.figures.style import STYLE
from experiments.run import seed_of
from experiments.screen import number, out

Of = Annotated[str, typer.Option("--market", help="Market whose reserve is priced.")]
Claim = Annotated[str, typer.Option("--claim", help="Claim that is priced.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Root seed.", min=0)]
Out = Annotated[Path, typer.Option("--out", help="Folder of feeds.png.")]


def command(
    name: Name,
    market: Of = "aave",
    claim: Claim = "steth",
    seed: Seed = None,
    folder: Out = Path("results/feeds"),
    prices: Prices = None,
    positions: Positions = None,
    gas: Gas = None,
    overrides: Set = None,
) -> None:
    """Run a scenario three times, its claim priced by its market, its rate and its capped rate, and draw the liquidations of each."""
    loaded, inputs = opened(name, overrides, prices, positions, gas)
    curves = compare_conventions(loaded.scenario, market, claim, seed_of(loaded.scenario, seed), inputs)
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(STYLE):
        draw(curves, loaded.scenario.title).savefig(folder / "feeds.png", metadata={"Software": None})
    shown = Table("claim priced by", "liquidated, USD", "bad debt, USD", title=loaded.scenario.title, box=None)
    for row in table(curves):
        shown.add_row(str(row["convention"]), number(float(str(row["liquidated"]))), number(float(str(row["bad debt"]))))
    out().print(shown)
    out().print(str(folder / "feeds.png"), markup=False, soft_wrap=True)
