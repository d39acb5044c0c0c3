"""``spillover list``: the scenarios that ship."""

from __future__ import annotations

from rich.table import Table

from experiments.load import load, scenario_names
from experiments.screen import out


def command() -> None:
    """List the scenarios that ship with the package."""
    table = Table("scenario", "title", "days", box=None)
    for name in scenario_names():
        scenario = load(name).scenario
        table.add_row(name, scenario.title, f"{scenario.run.days:g}")
    out().print(table)
