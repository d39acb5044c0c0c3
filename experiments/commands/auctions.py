"""``spillover auctions``: the same fall with and without auctioned oracle updates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import matplotlib as mpl
import typer
from rich.table import Table

from experiments.commands.opened import opened
from experiments.commands.options import Gas, Name, Positions, Prices, Set
from experiments.figures.style import STYLE
from experiments.run import seed_of
from experiments.screen import number, out
from experiments.update_auctions import PARTIES, compare_ways, draw, table

Of = Annotated[str, typer.Option("--feed", help="Feed whose updates are auctioned.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Root seed.", min=0)]
Out = Annotated[Path, typer.Option("--out", help="Folder of auctions.png.")]


def command(
    name: Name = "liquidation-designs",
    feed: Of = "eth_dollar",
    seed: Seed = None,
    folder: Out = Path("results/auctions"),
    prices: Prices = None,
    positions: Positions = None,
    gas: Gas = None,
    overrides: Set = None,
) -> None:
    """Run a scenario with public updates of a feed, with auctioned ones, and with auctions that fail; print who gets the bonus."""
    loaded, inputs = opened(name, overrides, prices, positions, gas)
    block = loaded.scenario.feeds.get(feed)
    terms: dict[str, Any] = block.auction.model_dump(mode="json") if block is not None and block.auction is not None else {}
    outcomes = compare_ways(loaded.scenario, feed, terms, seed_of(loaded.scenario, seed), inputs)
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(STYLE):
        draw(outcomes, "Who gets the liquidation bonus").savefig(folder / "auctions.png", metadata={"Software": None})
    heads = ("repaid", "bonus", *(party.partition(" ")[0] for party in PARTIES), "bad debt", "late s")
    shown = Table("updates", *heads, title=f"{loaded.scenario.title} (thousand USD)", box=None, padding=(0, 1, 0, 0))
    for column in shown.columns:
        column.no_wrap = True
    for row in table(outcomes):
        name, delay = str(row.pop("updates")), float(str(row.pop("delay")))
        shown.add_row(name, *(number(float(str(value)) / 1e3) for value in row.values()), number(delay))
    out().print(shown)
    out().print(str(folder / "auctions.png"), markup=False, soft_wrap=True)
