"""How a loss travels through what is owed: clearing of all claims in a world.

Source: Eisenberg and Noe 2001, Rogers and Veraart 2013 (``model.clearing``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from model.clearing.obligations import Floats, read_obligations
from model.clearing.rogers_veraart import greatest_clearing, least_clearing
from model.network.books import Books
from model.network.holders import OUTSIDE_NODE
from model.network.liabilities import Liabilities, liabilities
from model.network.values import Valuation
from model.world.world import World


def clear_world(
    world: World,
    factors: Mapping[str, float] | None = None,
    asset_recovery: float = 1.0,
    claim_recovery: float = 1.0,
    *,
    least: bool = False,
    books: Books | None = None,
) -> pd.DataFrame:
    """Clearing of all claims after tokens have lost value: one row per node with owed, paid, recovery (paid / owed), before, after and
    loss, all USD; the outside is the last. ``factors`` are what is left of a token's value (0.7 for a fall by 30 %; of a claim: of what
    stands behind it); none for the world as it stands.

    ``before`` is what each would have for its owners if no bridge had a hole and all paid, ``after`` what it has, so that ``loss``
    shows what is missing already. Recoveries of 1 are Eisenberg-Noe, lower ones Rogers-Veraart (``asset_recovery`` of what a node in
    default holds, ``claim_recovery`` of what others pay it); ``least`` takes the least clearing vector.

    Raises:
        ValueError: recoveries outside 0 to 1.
    """
    books = books or Books(world)
    before = nominal(books)
    shocked = liabilities(books, Valuation(world, factors, books.forms))
    return cleared_table(before, shocked, asset_recovery, claim_recovery, least=least)


def nominal(books: Books) -> dict[str, float]:
    """Node -> USD that it has beyond what it owes, everybody paying in full and every bridge whole; the outside too."""
    sheet = liabilities(books, Valuation(books.world, forms=books.forms, par=True))
    had = sheet.assets + sheet.matrix.sum(axis=0)
    left = np.where(had - sheet.owed <= 1e-12 * had, 0.0, had - sheet.owed)
    return {**dict(zip(sheet.names, left.tolist(), strict=True)), OUTSIDE_NODE: sheet.kept_outside + float(sheet.outside.sum())}


def cleared_table(
    before: Mapping[str, float], sheet: Liabilities, asset_recovery: float = 1.0, claim_recovery: float = 1.0, *, least: bool = False
) -> pd.DataFrame:
    """The table of :func:`clear_world` for obligations as they stand after a shock."""
    clear = least_clearing if least else greatest_clearing
    elsewhere = sheet.outside + sheet.lost
    paid = clear(sheet.matrix, sheet.assets, asset_recovery, claim_recovery, outside=elsewhere)
    network = read_obligations(sheet.matrix, sheet.assets, elsewhere)
    failed = paid < network.owed * (1.0 - 1e-12)
    had = network.assets + network.inflow(paid)
    left = np.where(failed | (had - paid <= 1e-12 * had), 0.0, had - paid)
    owed, rate = network.owed, paid_share(network.owed, paid)
    rows = [(name, owed[place], paid[place], rate[place], before.get(name, 0.0), left[place]) for place, name in enumerate(sheet.names)]
    rows.append((OUTSIDE_NODE, 0.0, 0.0, 1.0, before.get(OUTSIDE_NODE, 0.0), sheet.kept_outside + float(sheet.outside @ rate)))
    table = pd.DataFrame.from_records(rows, columns=["node", "owed", "paid", "recovery", "before", "after"])
    table["loss"] = table["before"] - table["after"]
    return table


def paid_share(owed: Floats, paid: Floats) -> Floats:
    """What each pays of every unit that it owes, 1 where it owes nothing, shape (n,)."""
    share: Floats = np.divide(paid, owed, out=np.ones_like(owed), where=owed > 0.0)
    return share


def spilled(sheet: Liabilities, table: pd.DataFrame, failed: Collection[str]) -> float:
    """USD that populations and the outside are owed by nodes other than ``failed`` and do not get: the part of a loss that reaches those
    who hold nothing of what failed.
    """
    short = 1.0 - table["recovery"].to_numpy()[: len(sheet.names)]
    other = np.array([name not in failed for name in sheet.names])
    return float((sheet.matrix @ sheet.final() + sheet.outside) @ (short * other))
