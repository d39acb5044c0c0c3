"""``spillover compare``: twin runs and a scenario's variants over seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.table import Table

from experiments.commands.opened import opened
from experiments.commands.options import Gas, Name, Positions, Prices, Set
from experiments.compare import Job, against_published, compare, spread, variants_of
from experiments.overrides import parse_overrides
from experiments.screen import number, out, progress_bar, span
from model.core.errors import BadInput, Fault

Seeds = Annotated[int, typer.Option("--seeds", help="Number of seeds, from 1 up.", min=1)]
Workers = Annotated[int, typer.Option("--workers", help="Processes.", min=1)]
Only = Annotated[list[str] | None, typer.Option("--variant", help="Only this variant (may be repeated): W, W0, W00 or a scenario's own.")]
Out = Annotated[Path, typer.Option("--out", help="Folder of runs.csv and spread.csv; finished runs found there are kept.")]


def command(
    name: Name,
    seeds: Seeds = 5,
    workers: Workers = 2,
    only: Only = None,
    folder: Out = Path("results/compare"),
    prices: Prices = None,
    positions: Positions = None,
    gas: Gas = None,
    overrides: Set = None,
) -> None:
    """Run every variant on the same seeds, and print medians, spreads and differences from W."""
    loaded, _ = opened(name, overrides, prices, positions, gas)
    variants = variants_of(name, parse_overrides(overrides or []))
    unknown = [variant for variant in only or [] if variant not in variants]
    if unknown:
        raise BadInput([Fault("--variant", repr(variant), f"one of {', '.join(variants)}") for variant in unknown])
    chosen = {variant: changes for variant, changes in variants.items() if not only or variant in only}
    jobs = [
        Job(name, variant, seed, changes, prices, positions, gas) for seed in range(1, seeds + 1) for variant, changes in chosen.items()
    ]
    with progress_bar() as bar:
        task = bar.add_task(loaded.name, total=1.0)
        frame = compare(jobs, folder, workers, lambda share: bar.update(task, completed=share))
    figures = [column for column in frame.columns if column not in ("variant", "seed", *loaded.scenario.published)]
    found = spread(frame, figures)
    found.to_csv(folder / "spread.csv", index=False)
    table = Table("variant", "figure", "median", "5 %", "95 %", "less W, median", "runs", title=loaded.scenario.title, box=None)
    table.columns[1].overflow = "fold"
    for row in found.to_dict("records"):
        figures_of = (number(float(row[key])) for key in ("median", "q05", "q95", "less W"))
        table.add_row(str(row["variant"]), str(row["figure"]), *figures_of, str(row["runs"]))
    out().print(table)
    if loaded.scenario.published:
        out().print(_published(against_published(frame, loaded.scenario.published), folder))
    out().print(str(folder), markup=False, soft_wrap=True)


def _published(rows: pd.DataFrame, folder: Path) -> Table:
    """The published figures beside the runs' own; also written as ``published.csv``."""
    rows.to_csv(folder / "published.csv", index=False)
    table = Table("variant", "published figure", "published", "median", "5 %", "95 %", "inside", "status", box=None)
    table.columns[1].overflow = "fold"
    for row in rows.to_dict("records"):
        figures = (number(float(row[key])) for key in ("median", "q05", "q95"))
        published = span(float(row["low"]), float(row["high"]))
        inside = f"{row['inside']} of {row['runs']}" if row["low"] < row["high"] else ""
        table.add_row(str(row["variant"]), str(row["figure"]).replace("_", " "), published, *figures, inside, str(row["status"]))
    return table
