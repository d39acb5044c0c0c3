"""Look-through exposure: what every account group, market, venue and chain holds in the end, through all the claims in between."""

from __future__ import annotations

import pandas as pd

from model.network.holders import OUTSIDE_NODE, Holding, holdings
from model.network.values import Valuation
from model.world.world import World

COLUMNS = ("holder", "chain", "at", "form", "token", "underlying", "amount", "value")


def exposure_table(world: World, valuation: Valuation | None = None) -> pd.DataFrame:
    """One row per holder, place, form, token held and token underneath: ``amount`` in the underlying token, ``value`` in USD.

    Columns: holder (``<type>:<name>``; ``chain:<name>`` sums all that lives on a chain), chain, at, form (wallet, deposit, debt), token,
    underlying, amount, value. Debts are negative. What a claim, venue, market or bridge holds for others appears at it and at them:
    sum over holders of one type only.

    Raises:
        BadInput: the claims form a cycle.
    """
    valuation = valuation or Valuation(world)
    found = holdings(world)
    chains: dict[tuple[str, str], float] = {}
    for held in found:
        if held.form == "wallet" and held.holder != OUTSIDE_NODE:
            chains[held.chain, held.token] = chains.get((held.chain, held.token), 0.0) + held.amount
    found += [Holding(f"chain:{chain}", chain, chain, "wallet", token, amount) for (chain, token), amount in chains.items()]
    rows = []
    for held in found:
        sign = -1.0 if held.form == "debt" else 1.0
        for under, amount in valuation.look_through({held.token: sign * held.amount}).items():
            rows.append((held.holder, held.chain, held.at, held.form, held.token, under, amount, amount * valuation.usd(under)))
    return pd.DataFrame.from_records(rows, columns=list(COLUMNS))


def net_exposure(table: pd.DataFrame, types: tuple[str, ...] = ("group", "market", "chain")) -> pd.DataFrame:
    """Look-through value (USD) by holder (rows) and underlying token (columns), for holders of some types; largest holders first."""
    chosen = table[table["holder"].str.partition(":")[0].isin(types)]
    wide = chosen.pivot_table(index="holder", columns="underlying", values="value", aggfunc="sum", fill_value=0.0)
    return wide.loc[wide.abs().sum(axis=1).sort_values(ascending=False, kind="stable").index]
