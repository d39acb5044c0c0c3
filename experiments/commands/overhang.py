"""``spillover overhang``: what a fall would force into liquidation before anybody acts, and what became of the runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import matplotlib as mpl
import pandas as pd
import typer
from rich.table import Table

from experiments.commands.opened import loaded_variant
from experiments.commands.options import Name, Set, Variant
from experiments.figures.style import STYLE
from experiments.overhang import draw, joined, overhang, separation
from experiments.screen import number, out, progress_bar
from model.core.errors import BadInput, Fault

At = Annotated[float, typer.Option("--at", help="Hours after the start at which the fall is over.", min=0.0)]
Seeds = Annotated[int, typer.Option("--seeds", help="Number of seeds, from 1 up.", min=1)]
Runs = Annotated[Path | None, typer.Option("--runs", help="runs.csv of a comparison of the same scenario, to be held against.")]
Of = Annotated[
    list[str] | None,
    typer.Option("--of", metavar="MARKET/TOKEN=FIGURE", help="Column of runs.csv that belongs to a collateral (repeatable)."),
]
Level = Annotated[float, typer.Option("--level", help="A run counts as fallen below this value of the figure.")]
Out = Annotated[Path, typer.Option("--out", help="Folder of overhang.csv, and of overhang.png where there are runs.")]


def command(
    name: Name, variant: Variant = None, at: At = 0.0, seeds: Seeds = 1, runs: Runs = None, of: Of = None, level: Level = 0.5,
    folder: Out = Path("results/overhang"), overrides: Set = None,
) -> None:  # fmt: skip
    """Per seed, market and collateral: tokens of accounts below health 1 at the bottom of a fall, of all and of those who never act."""
    scenario = loaded_variant(name, overrides, variant).scenario
    figures = _figures(of or [], runs)
    rows = []
    with progress_bar() as bar:
        for seed in bar.track(range(1, seeds + 1), description=name):
            rows += list(overhang(scenario, seed, at))
    frame = pd.DataFrame(rows, columns=["seed", "market", "collateral", "all", "passive"])
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_csv(folder / "overhang.csv", index=False)
    table = Table("market", "collateral", "seeds", "all: median", "least", "most", "never act: median", "least", "most", box=None)
    table.columns[0].overflow = table.columns[1].overflow = "fold"
    for (market, token), group in frame.groupby(["market", "collateral"], sort=False):
        spread = [
            number(float(value)) for side in ("all", "passive") for value in (group[side].median(), group[side].min(), group[side].max())
        ]
        table.add_row(str(market), str(token), str(len(group)), *spread)
    out().print(table)
    if runs is not None:
        _compared(frame, pd.read_csv(runs), variant or "W", figures, level, folder, scenario.title)
    out().print(str(folder), markup=False, soft_wrap=True)


def _figures(of: list[str], runs: Path | None) -> dict[tuple[str, str], str]:
    """(market, collateral) -> column of the runs.

    Raises:
        BadInput: no such file or column, or an entry that cannot be read.
    """
    faults = [Fault("--of", repr(entry), "MARKET/TOKEN=FIGURE") for entry in of if "/" not in entry.partition("=")[0] or "=" not in entry]
    if runs is not None and not runs.is_file():
        faults.append(Fault("--runs", str(runs), "runs.csv of spillover compare"))
    if faults:
        raise BadInput(faults)
    found = {}
    columns = list(pd.read_csv(runs, nrows=0).columns) if runs is not None else []
    for entry in of:
        place, _, figure = entry.partition("=")
        if figure not in columns:
            raise BadInput([Fault("--of", repr(figure), f"a column of --runs: {', '.join(columns)}")])
        market, _, token = place.partition("/")
        found[market, token] = figure
    return found


def _compared(
    frame: pd.DataFrame, runs: pd.DataFrame, variant: str, figures: dict[tuple[str, str], str], level: float, folder: Path, title: str
) -> None:
    """Hold the overhang against the runs: a line per collateral, and the figure."""
    parts = {}
    for (market, token), figure in figures.items():
        part = joined(frame[(frame["market"] == market) & (frame["collateral"] == token)], runs, variant, figure)
        found = separation(part, figure, level)
        edge = f"never-acting overhang of {found['edge']:,.0f} {token} in {market}"
        said = f"{figure} below {level:g} in {found['fell']:.0f} of {found['runs']:.0f} runs; {edge} tells {found['right']:.0f} of them"
        out().print(said, markup=False, soft_wrap=True)
        parts[f"{token} in {market}"] = part
    if parts:
        named = dict(zip(parts, figures.values(), strict=True))
        with mpl.rc_context(STYLE):
            draw(parts, named, title).savefig(folder / "overhang.png", metadata={"Software": None})
