"""The experiment's table and figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from rich.table import Table

from experiments.designs.measure import Result
from experiments.figures.style import BLUE, GREEN, ORANGE, RED, STYLE, canvas

COLUMNS = {
    "bad_debt": "bad debt",
    "borrower_loss": "borrowers lose",
    "liquidator_profit": "takers gain",
    "gas": "gas",
    "price_impact": "price impact",
    "lenders_and_protocol": "lenders, protocol gain",
    "debt_cleared": "debt cleared",
    "hours_to_clear": "hours to clear",
    "left_open": "left open",
}
"""Columns of the table: amounts in thousands of dollars, hours as they are."""


def frame_of(results: Sequence[Result]) -> pd.DataFrame:
    """One row per mechanism and path."""
    return pd.DataFrame([result.row() for result in results])


def cell(name: str, value: float) -> str:
    """A figure of the table."""
    if math.isnan(value):
        return "none"
    return f"{value:.2f}" if name == "hours_to_clear" else f"{value / 1e3:,.0f}".replace("-0", "0")


def tables(results: Sequence[Result]) -> list[Table]:
    """One table per path."""
    made = []
    for path in dict.fromkeys(result.path for result in results):
        table = Table("mechanism", *COLUMNS.values(), title=f"-30 %, {path} (thousands of dollars)", box=None, title_justify="left")
        table.columns[0].no_wrap = True
        for column in table.columns[1:]:
            column.justify = "right"
        for result in results:
            if result.path == path:
                table.add_row(result.mechanism, *(cell(name, float(result.row()[name])) for name in COLUMNS))
        made.append(table)
    return made


def markdown(results: Sequence[Result], path: str) -> str:
    """The table of one path for the documentation."""
    lines = ["| mechanism | " + " | ".join(COLUMNS.values()) + " |", "|---|" + "---:|" * len(COLUMNS)]
    for result in results:
        if result.path == path:
            cells = (cell(name, float(result.row()[name])) for name in COLUMNS)
            lines.append(f"| {result.mechanism} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def draw(results: Sequence[Result]) -> Figure:
    """Four figures side by side, a pair of bars per mechanism: continuous and gap."""
    import matplotlib as mpl

    frame = frame_of(results)
    names = list(dict.fromkeys(frame["mechanism"]))
    paths = list(dict.fromkeys(frame["path"]))
    with mpl.rc_context({**STYLE, "font.size": 13, "axes.titlesize": 15, "axes.labelsize": 13, "legend.fontsize": 13}):
        figure, axes = canvas(1, 4, sharey=True)
        panels = (
            ("bad_debt", "Bad debt", RED, 1e6), ("borrower_loss", "Borrowers lose", ORANGE, 1e6),
            ("liquidator_profit", "Liquidators gain", BLUE, 1e6), ("hours_to_clear", "Time to clear", GREEN, 1.0),
        )  # fmt: skip
        height = 0.8 / len(paths)
        for panel, (column, title, colour, scale) in zip(axes, panels, strict=True):
            for place, path in enumerate(paths):
                part = frame[frame["path"] == path].set_index("mechanism").reindex(names)
                at = [index + (place - (len(paths) - 1) / 2) * height for index in range(len(names))]
                panel.barh(at, part[column] / scale, height=height * 0.9, color=colour, alpha=1.0 if place else 0.45, label=path)
            panel.set_title(title)
            panel.set_xlabel("hours" if scale == 1.0 else "million dollars")
            panel.grid(visible=False, axis="y")
        axes[0].set_yticks(range(len(names)), names)
        axes[0].invert_yaxis()
        axes[3].legend(loc="upper right", bbox_to_anchor=(1.0, -0.08), ncols=2)
        return figure


def write(results: Sequence[Result], folder: Path) -> None:
    """Write ``designs.csv`` and ``designs.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    frame_of(results).to_csv(folder / "designs.csv", index=False)
    draw(results).savefig(folder / "designs.png")
