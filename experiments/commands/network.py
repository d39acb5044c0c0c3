"""``spillover network``: the world of a scenario as a graph, at its start or after some days."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

import matplotlib as mpl
import pandas as pd
import typer
from rich.table import Table

from experiments.commands.opened import opened
from experiments.commands.options import Name, Set
from experiments.figures.network import draw_world
from experiments.figures.style import STYLE
from experiments.inputs import Inputs
from experiments.run import open_ecosystem, release, seed_of
from experiments.screen import number, out
from model.core.errors import BadInput, Fault
from model.core.units import DAY
from model.network import (
    Books,
    account_table,
    clear_world,
    critical_nodes,
    depth_table,
    distress,
    exposure_table,
    net_exposure,
    network_of,
    overlap_of,
    overlap_table,
)
from model.network.distress import exposures
from model.network.overlap import IMPACT

Seed = Annotated[int | None, typer.Option("--seed", help="Root seed.", min=0)]
Days = Annotated[float, typer.Option("--days", help="Run so many days first.", min=0.0)]
Out = Annotated[Path | None, typer.Option("--out", help="Folder of tables, edges and figure; results/network-NAME by default.")]
Fall = Annotated[
    list[str] | None,
    typer.Option("--fall", help="A token that loses a share of its value before clearing (may be repeated).", metavar="TOKEN=SHARE"),
]
Shock = Annotated[
    list[str] | None,
    typer.Option("--shock", help="A node, or a token, that loses a share of its equity: DebtRank (may be repeated).", metavar="NODE=SHARE"),
]
Recovery = Annotated[
    float,
    typer.Option(
        "--recovery", min=0.0, max=1.0, help="Share of its assets that a node in default pays (Rogers-Veraart; 1: Eisenberg-Noe)."
    ),
]
ClaimRecovery = Annotated[
    float | None,
    typer.Option("--claim-recovery", min=0.0, max=1.0, help="The same of what others pay it; as --recovery by default."),
]
Vector = Annotated[
    Literal["greatest", "least"], typer.Option("--vector", help="Clearing vector: the best outcome for all, or the worst that clears.")
]
Impact = Annotated[float, typer.Option("--impact", help="Fall of the price down to which the depth of venues is measured.")]
FeedError = Annotated[float, typer.Option("--feed-error", min=0.0, max=1.0, help="Error of a feed in the table of critical nodes.")]
Accounts = Annotated[
    int, typer.Option("--accounts", min=0, help="Print the largest so many accounts by look-through exposure; all go to accounts.parquet.")
]
PURE: Final = frozenset({"cosine", "bridged cosine", "index", "recovery", "share", "distress", "times"})
"""Columns that are no value in USD."""


def command(
    name: Name,
    folder: Out = None,
    seed: Seed = None,
    days: Days = 0.0,
    falls: Fall = None,
    shocks: Shock = None,
    recovery: Recovery = 1.0,
    claim_recovery: ClaimRecovery = None,
    vector: Vector = "greatest",
    impact: Impact = IMPACT,
    feed_error: FeedError = 0.1,
    accounts: Accounts = 0,
    overrides: Set = None,
) -> None:
    """Look-through exposure, overlap of collateral, clearing, DebtRank, critical nodes: print them, and draw the network."""
    loaded, _ = opened(name, overrides)
    factors = {token: 1.0 - share for token, share in read_shares("--fall", falls or []).items()}
    hits = read_shares("--shock", shocks or [])
    if not 0.0 < impact < 1.0:
        raise BadInput([Fault("--impact", f"{impact}", "a share between 0 and 1")])
    recoveries = recovery, recovery if claim_recovery is None else claim_recovery
    model = open_ecosystem(loaded.scenario, seed_of(loaded.scenario, seed), Inputs())
    try:
        world = model.world
        hits = check_names(Books(world), factors, hits)
        while world.clock.elapsed < days * DAY - 1e-6:
            model.step()
        books = Books(world)
        tables = {
            "exposure: look-through, by underlying token": net_exposure(exposure_table(world, books=books)).reset_index(),
            "overlap: of collateral, weighted by liquidity": overlaps(books, impact),
            "depth: of collateral, 0 where no venue trades it": depth_table(overlap_of(world, impact, books=books)),
            "clearing: what each owes, pays and keeps": clearing_of(books, factors, recoveries, vector == "least"),
            "critical nodes: what is lost without them": critical_nodes(
                world, feed_error, *recoveries, least=vector == "least", books=books
            ),
        }
        if hits:
            tables["distress: DebtRank of the shock"] = distress(world, hits, books=books)
        place = folder or Path("results") / f"network-{loaded.name}"
        place.mkdir(parents=True, exist_ok=True)
        for title, table in tables.items():
            table.to_csv(place / f"{title.partition(':')[0].replace(' ', '_')}.csv", index=False)
            out().print(rich_table(title, table))
        if accounts:
            everyone = account_table(world, books)
            everyone.to_parquet(place / "accounts.parquet", index=False)
            out().print(rich_table(f"accounts: the largest {accounts}", largest_accounts(everyone, accounts)))
        exposure_table(world, books=books).to_csv(place / "holdings.csv", index=False)
        edges_of(books).to_csv(place / "edges.csv", index=False)
        with mpl.rc_context(STYLE):
            figure = draw_world(world)
            if figure is not None:
                figure.savefig(place / "network.png", metadata={"Software": None})
    finally:
        release(model)
    out().print(str(place), markup=False, soft_wrap=True)


def read_shares(option: str, texts: Sequence[str]) -> dict[str, float]:
    """``["eth=0.3", ...]`` as name -> share.

    Raises:
        BadInput: every text without a share, or with one that is no number from 0 to 1.
    """
    found: dict[str, float] = {}
    faults = []
    for text in texts:
        name, _, value = text.rpartition("=")
        try:
            share = float(value)
        except ValueError:
            share = -1.0
        if not name.strip() or not 0.0 <= share <= 1.0:
            faults.append(Fault(f"{option} {name.strip()}".strip(), repr(value), "NAME=SHARE, a share from 0 to 1"))
        found[name.strip()] = share
    if faults:
        raise BadInput(faults)
    return found


def check_names(books: Books, factors: dict[str, float], hits: dict[str, float]) -> dict[str, float]:
    """Refuse tokens and nodes that the world does not have; returns the shocks by node.

    Raises:
        BadInput: with all of them.
    """
    tokens = sorted({held.token for held in books.held()} | set(books.graph))
    nodes = set(exposures(books).names)
    nodes |= {f"market:{name[8:].partition('/')[0]}" for name in nodes if name.startswith("reserve:")}
    faults = [Fault(f"--fall {token}", "unknown token", f"one of {', '.join(tokens)}") for token in factors if token not in tokens]
    found = {name: name if name in nodes else books.node(name) for name in hits}
    allowed = f"one of {', '.join(sorted(nodes))}"
    faults += [Fault(f"--shock {name}", "unknown node or token", allowed) for name, node in found.items() if node not in nodes]
    if faults:
        raise BadInput(faults)
    return {found[name]: share for name, share in hits.items()}


def overlaps(books: Books, impact: float) -> pd.DataFrame:
    """Overlap of pairs of markets, each chain's forms apart; ``bridged`` columns as if bridges took no time."""
    apart, joined = (overlap_table(overlap_of(books.world, impact, bridged=bridged, books=books)) for bridged in (False, True))
    pairs = ["market", "with"]
    renamed = joined[[*pairs, "overlap", "cosine"]].rename(columns={"overlap": "bridged overlap", "cosine": "bridged cosine"})
    both = apart.merge(renamed, on=pairs, how="outer", sort=False)
    return both[(both["overlap"] > 0.0) | (both["bridged overlap"] > 0.0)].reset_index(drop=True)


def clearing_of(books: Books, factors: dict[str, float], recoveries: tuple[float, float], least: bool) -> pd.DataFrame:
    """The clearing table; of a shock those rows alone that it touches."""
    clearing = clear_world(books.world, factors, *recoveries, least=least, books=books)
    if not factors:
        return clearing
    return clearing[(clearing["loss"].abs() > 1.0) | (clearing["recovery"] < 1.0 - 1e-9)].reset_index(drop=True)


def largest_accounts(table: pd.DataFrame, count: int) -> pd.DataFrame:
    """The accounts with most behind them (USD, debts by their size), one row each, by underlying token."""
    wide = table.pivot_table(index=["account", "group"], columns="underlying", values="value", aggfunc="sum", fill_value=0.0)
    order = wide.abs().sum(axis=1).sort_values(ascending=False, kind="stable").index
    return wide.loc[order[:count]].reset_index()


def edges_of(books: Books) -> pd.DataFrame:
    """The typed edges of the graph: from, to, relation, amount, unit (a token), value (USD)."""
    edges = [{"from": start, "to": end, **data} for start, end, data in network_of(books.world, books=books).edges(data=True)]
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
