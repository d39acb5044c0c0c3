"""``spillover feeds``: the same shock under market, exchange-rate and capped feeds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import matplotlib as mpl
import typer
from rich.table import Table

from experiments.commands.opened import opened
from experiments.commands.options import Gas, Name, Positions, Prices, Set, Variant
from experiments.convention_curves import compare_conventions, draw, table
from experiments.feed_conventions import plan
from experiments.figures.style import STYLE
from experiments.run import seed_of
from experiments.screen import number, out

Of = Annotated[
    list[str] | None,
    typer.Option("--market", help="Market whose feed of the claim changes (may be repeated); none for all that price it."),
]
Claim = Annotated[str | None, typer.Option("--claim", help="Claim that is priced; none for the only one that a market prices.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Root seed.", min=0)]
Out = Annotated[Path, typer.Option("--out", help="Folder of feeds.png.")]


def command(
    name: Name = "feed-conventions", market: Of = None, claim: Claim = None, variant: Variant = None, seed: Seed = None,
    folder: Out = Path("results/feeds"), prices: Prices = None, positions: Positions = None, gas: Gas = None, overrides: Set = None,
) -> None:  # fmt: skip
    """Run a scenario three times, its claim priced by its market, its rate and its capped rate, and draw the liquidations of each."""
    loaded, inputs = opened(name, overrides, prices, positions, gas, variant)
    root = seed_of(loaded.scenario, seed)
    planned = plan(loaded.scenario, claim, market or (), root, inputs)
    curves = compare_conventions(planned, root, inputs)
    title = f"Liquidations of {planned.claim} in {', '.join(planned.markets)}"
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(STYLE):
        draw(curves, title).savefig(folder / "feeds.png", metadata={"Software": None})
    heads = ("claim priced by", "feed", "repaid, USD", f"seized, {planned.claim}", "accounts", "bad debt, USD")
    shown = Table(*heads, title=f"{title}: {loaded.scenario.title}", box=None)
    for row in table(curves):
        figures = [number(float(str(row[name]))) for name in ("liquidated", "seized", "accounts", "bad debt")]
        shown.add_row(str(row["convention"]), str(row["feed"]), *figures)
    out().print(shown)
    out().print(str(folder / "feeds.png"), markup=False, soft_wrap=True)
