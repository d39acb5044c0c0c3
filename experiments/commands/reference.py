"""``spillover reference``: the parameter reference and the list of kinds, written into the documentation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.frontier_table import refreshed
from experiments.reference import kinds_list, parameter_reference
from experiments.screen import out

MARK = "Kinds by family:\n\n"
"""What the list of kinds follows in ODD.md, to the end of the page."""

Root = Annotated[Path, typer.Option("--root", help="Folder that holds ODD.md and docs/.", exists=True, file_okay=False)]


def command(root: Root = Path()) -> None:
    """Write docs/parameters.md, the list of kinds in ODD.md and the table of docs/toxic-frontier.md."""
    (root / "docs").mkdir(exist_ok=True)
    (root / "docs" / "parameters.md").write_text(parameter_reference(), encoding="utf-8")
    frontier = root / "docs" / "toxic-frontier.md"
    if frontier.exists():
        frontier.write_text(refreshed(frontier.read_text(encoding="utf-8")), encoding="utf-8")
    odd = root / "ODD.md"
    if odd.exists():
        head, mark, _ = odd.read_text(encoding="utf-8").partition(MARK)
        odd.write_text(head + mark + kinds_list(), encoding="utf-8")
    out().print(f"{root / 'docs' / 'parameters.md'}", markup=False)
