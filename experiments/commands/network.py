"""``spillover network``: the world of a scenario as a graph, at its start or after some days."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import matplotlib as mpl
import pandas as pd
import typer
from rich.table import Table

from experiments.commands.opened import opened
from experiments.commands.options import Name, Set
from experiments.figures.network import draw_world
from experiments.figures.style import STYLE
from experiments.inputs import Inputs
from experiments.overrides import parse_overrides
from experiments.run import open_ecosystem, release, seed_of
from experiments.screen import number, out
from model.core.errors import BadInput, Fault
from model.core.units import DAY
from model.ecosystem import Ecosystem
from model.network import clear_world, critical_nodes, exposure_table, network_of, overlap_of, overlap_table
from model.network.exposure import net_exposure

Seed = Annotated[int | None, typer.Option("--seed", help="Root seed.", min=0)]
Days = Annotated[float, typer.Option("--days", help="Run so many days first.", min=0.0)]
Out = Annotated[Path | None, typer.Option("--out", help="Folder of tables, edges and figure; results/network-NAME by default.")]
PURE: Final = frozenset({"cosine", "index", "recovery", "share"})
"""Columns that are no value in USD."""

Fall = Annotated[
    list[str] | None,
    typer.Option("--fall", help="A token that loses a share of its value before clearing (may be repeated).", metavar="TOKEN=SHARE"),
]


def command(name: Name, folder: Out = None, seed: Seed = None, days: Days = 0.0, falls: Fall = None, overrides: Set = None) -> None:
    """Look-through exposure, overlap of collateral, clearing, critical nodes: print them, and draw the network."""
    loaded, _ = opened(name, overrides)
    factors = read_falls(parse_overrides(falls or []))
    model = open_ecosystem(loaded.scenario, seed_of(loaded.scenario, seed), Inputs())
    try:
        check_tokens(model, factors)
        while model.world.clock.elapsed < days * DAY - 1e-6:
            model.step()
        tables = tables_of(model, factors)
        place = folder or Path("results") / f"network-{loaded.name}"
        place.mkdir(parents=True, exist_ok=True)
        for title, table in tables.items():
            table.to_csv(place / f"{title.partition(':')[0].replace(' ', '_')}.csv", index=False)
            out().print(rich_table(title, table))
        edges_of(model).to_csv(place / "edges.csv", index=False)
        with mpl.rc_context(STYLE):
            figure = draw_world(model.world)
            if figure is not None:
                figure.savefig(place / "network.png", metadata={"Software": None})
    finally:
        release(model)
    out().print(str(place), markup=False, soft_wrap=True)


def read_falls(falls: Mapping[str, object]) -> dict[str, float]:
    """Token -> what is left of its value.

    Raises:
        BadInput: a share that is no number from 0 to 1.
    """
    faults = [
        Fault(f"--fall {token}", repr(share), "a share from 0 to 1")
        for token, share in falls.items()
        if not isinstance(share, int | float) or isinstance(share, bool) or not 0.0 <= share <= 1.0
    ]
    if faults:
        raise BadInput(faults)
    return {token: 1.0 - float(str(share)) for token, share in falls.items()}


def check_tokens(model: Ecosystem, factors: Mapping[str, float]) -> None:
    """Refuse tokens that no ledger has.

    Raises:
        BadInput: with all of them.
    """
    known = sorted({token for ledger in model.world.ledgers.values() for token in ledger.tokens})
    faults = [Fault(f"--fall {token}", "unknown token", f"one of {', '.join(known)}") for token in factors if token not in known]
    if faults:
        raise BadInput(faults)


def tables_of(model: Ecosystem, factors: dict[str, float]) -> dict[str, pd.DataFrame]:
    """Tables by title."""
    world = model.world
    clearing = clear_world(world, factors)
    moved = clearing[(clearing["loss"].abs() > 1.0) | (clearing["recovery"] < 1.0)] if factors else clearing
    return {
        "exposure: look-through, by underlying token": net_exposure(exposure_table(world)).reset_index(),
        "overlap: of collateral, weighted by liquidity": overlap_table(overlap_of(world)),
        "clearing: what each owes, pays and keeps": moved.reset_index(drop=True),
        "critical nodes: what is lost without them": critical_nodes(world),
    }


def edges_of(model: Ecosystem) -> pd.DataFrame:
    """The typed edges of the graph: from, to, relation, amount, unit (a token), value (USD)."""
    edges = [{"from": start, "to": end, **data} for start, end, data in network_of(model.world).edges(data=True)]
    return pd.DataFrame(edges, columns=["from", "to", "relation", "amount", "unit", "value"])


def rich_table(title: str, table: pd.DataFrame) -> Table:
    """A frame on the screen, values in millions of USD."""
    made = Table(*map(str, table.columns), title=f"{title}, million USD", box=None, title_justify="left")
    scales = [1e6 if pd.api.types.is_float_dtype(table[column]) and column not in PURE else 1.0 for column in table.columns]
    for place, column in enumerate(table.columns):
        if pd.api.types.is_numeric_dtype(table[column]):
            made.columns[place].justify = "right"
        else:
            made.columns[place].overflow = "fold"
    for row in table.itertuples(index=False):
        cells = zip(row, scales, strict=True)
        made.add_row(*[number(float(value) / scale) if isinstance(value, int | float) else str(value) for value, scale in cells])
    return made
