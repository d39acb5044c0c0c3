"""``spillover lows``: a scenario at several lows of one token's price."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.table import Table

from experiments.commands.options import Name, Set
from experiments.load import load
from experiments.lows import Fall, medians, rows_of
from experiments.overrides import parse_overrides
from experiments.screen import number, out, progress_bar
from model.core.errors import BadInput, Fault

Token = Annotated[str, typer.Option("--token", help="Token whose price falls.")]
Low = Annotated[list[float] | None, typer.Option("--low", help="A low, as a share of par (may be repeated).", min=0.01, max=1.0)]
Par = Annotated[float, typer.Option("--par", help="Price before the fall, USD.", min=1e-6)]
Over = Annotated[float, typer.Option("--over", help="Hours within which it falls; it stays at the low.", min=0.01)]
Only = Annotated[list[str] | None, typer.Option("--variant", help="Also this variant of the scenario (may be repeated).")]
Seeds = Annotated[int, typer.Option("--seeds", help="Number of seeds, from 1 up.", min=1)]
Out = Annotated[Path, typer.Option("--out", help="Folder of lows.csv, a row per run.")]

LOWS = (0.99, 0.98, 0.97, 0.95, 0.92, 0.88, 0.85, 0.80)


def command(
    name: Name,
    token: Token = "usdc",
    lows: Low = None,
    par: Par = 1.0,
    over: Over = 1.0,
    only: Only = None,
    seeds: Seeds = 1,
    folder: Out = Path("results/lows"),
    overrides: Set = None,
) -> None:
    """Run a scenario at several lows of a token, and print what was liquidated, with what harm, and what is uncovered at the end."""
    given = parse_overrides(overrides or [])
    known = load(name, given).scenario.variants
    if unknown := [variant for variant in only or [] if variant not in known]:
        raise BadInput([Fault("--variant", repr(variant), f"one of {', '.join(known) or 'none'}") for variant in unknown])
    variants = {"as it is": given} | {variant: {**given, **known[variant]} for variant in only or []}
    with progress_bar() as bar:
        task = bar.add_task(name, total=1.0)
        fall = Fall(token, par, over=over)
        seen = range(1, seeds + 1)
        rows = list(rows_of(name, variants, fall, lows or LOWS, seen, lambda share: bar.update(task, completed=share)))
    folder.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(folder / "lows.csv", index=False)
    found = medians(rows)
    table = Table(*(str(column) for column in found.columns), title=f"{name}, lows of {token}, USD, median of {seeds}", box=None)
    for row in found.to_dict("records"):
        table.add_row(*(value if isinstance(value, str) else number(float(value)) for value in row.values()))
    out().print(table)
    out().print(str(folder / "lows.csv"), markup=False, soft_wrap=True)
