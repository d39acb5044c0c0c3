"""``spillover run``: one run of a scenario, with its results folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from experiments.commands.opened import opened
from experiments.commands.options import Gas, Name, Positions, Prices, Set
from experiments.results import Origin, command_line, free_folder, write_results
from experiments.run import Run, run, seed_of
from experiments.screen import number, out, progress_bar, span

Seed = Annotated[int | None, typer.Option("--seed", help="Root seed; the scenario's own, else a fresh one, by default.", min=0)]
Out = Annotated[Path | None, typer.Option("--out", help="Folder of the results; a fresh one under results/ by default.")]
NoFigures = Annotated[bool, typer.Option("--no-figures", help="Leave the figures out.")]


def command(
    name: Name,
    seed: Seed = None,
    folder: Out = None,
    prices: Prices = None,
    positions: Positions = None,
    gas: Gas = None,
    overrides: Set = None,
    no_figures: NoFigures = False,
) -> None:
    """Run a scenario: print its headline outcomes and write a results folder."""
    started = datetime.now(UTC)
    loaded, inputs = opened(name, overrides, prices, positions, gas)
    root = seed_of(loaded.scenario, seed)
    place = free_folder(folder, loaded.name, root)
    with progress_bar() as bar:
        task = bar.add_task(loaded.name, total=1.0)
        done = run(loaded.scenario, root, inputs, lambda share: bar.update(task, completed=share))
        bar.update(task, description="writing")
        write_results(done, place, Origin(command_line(), loaded.name, started), figures=not no_figures)
    out().print(headline_table(done))
    if done.scenario.published:
        out().print(published_table(done))
    speed = f"seed {done.seed}, {done.ticks} ticks in {done.seconds:.1f} s ({done.ticks_per_second:,.0f} a second)"
    out().print(f"{speed}\n{place}", markup=False, soft_wrap=True)


def headline_table(done: Run) -> Table:
    """The headline outcomes with their units."""
    table = Table("outcome", "value", "unit", title=done.scenario.title, box=None, title_justify="left")
    table.columns[1].justify = "right"
    for name, figure in done.summary.items():
        if name not in done.scenario.published:
            table.add_row(name, number(figure.value), figure.unit)
    return table


def published_table(done: Run) -> Table:
    """Each published figure beside the run's own."""
    table = Table("published figure", "run", "published", "unit", "status", box=None)
    table.columns[1].justify = table.columns[2].justify = "right"
    for label, entry in done.scenario.published.items():
        figure = done.summary[label]
        table.add_row(label.replace("_", " "), number(figure.value), span(entry.low, entry.most), figure.unit, entry.status)
    return table
