"""``spillover designs``: every liquidation mechanism on the same book and the same fall."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.commands.options import Set
from experiments.designs.measure import PATHS, measure, mechanisms
from experiments.designs.report import tables, write
from experiments.overrides import parse_overrides
from experiments.screen import out, progress_bar
from model.core.errors import BadInput, Fault

Out = Annotated[Path, typer.Option("--out", help="Folder of designs.csv and designs.png.")]
Only = Annotated[list[str] | None, typer.Option("--mechanism", help="Only this mechanism (may be repeated).")]
Path_ = Annotated[list[str] | None, typer.Option("--path", help="Only this path: continuous or gap (may be repeated).")]


def command(folder: Out = Path("results/designs"), only: Only = None, paths: Path_ = None, overrides: Set = None) -> None:
    """Run every mechanism on a fall of 30 %, over hours and in one gap; print the tables, write table and figure."""
    known, changes = mechanisms(), parse_overrides(overrides or [])
    faults = [Fault("--mechanism", repr(name), f"one of {', '.join(known)}") for name in only or [] if name not in known]
    faults += [Fault("--path", repr(name), f"one of {', '.join(PATHS)}") for name in paths or [] if name not in PATHS]
    if faults:
        raise BadInput(faults)
    jobs = [(mechanism, path) for path in PATHS if not paths or path in paths for mechanism in known if not only or mechanism in only]
    results = []
    with progress_bar() as bar:
        task = bar.add_task("designs", total=float(len(jobs)))
        for mechanism, path in jobs:
            bar.update(task, description=f"{mechanism}, {path}")
            results.append(measure(mechanism, path, changes))
            bar.advance(task)
    for table in tables(results):
        out().print(table)
    write(results, folder)
    out().print(str(folder), markup=False, soft_wrap=True)
