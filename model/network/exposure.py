"""Look-through exposure: what every account, market, venue, bridge and chain holds in the end, through all the claims in between."""

from __future__ import annotations

import numpy as np
import pandas as pd

from model.core.draws import Floats
from model.network.books import Books
from model.network.holders import Holding, is_final
from model.network.values import Valuation
from model.world.world import World

COLUMNS = ("holder", "chain", "at", "form", "token", "underlying", "amount", "value", "final")


def exposure_table(world: World, valuation: Valuation | None = None, books: Books | None = None) -> pd.DataFrame:
    """One row per holder, place, form, token held and token underneath: ``amount`` in the underlying token, ``value`` in USD.

    Columns: holder (``<type>:<name>``), chain, at, form (wallet, gas, deposit, debt, owed, pledged, own, all), token (its name by chain),
    underlying, amount, value, final. Debts are negative. ``final`` marks what belongs to its holder: all of populations and of the outside,
    and of a target its ``own``, what it has beyond what it owes. Final rows count everything once: by underlying token they add up to
    its native supply. What a claim, venue, market or bridge holds for others is not final. ``chain:<name>`` (form ``all``) sums the final
    rows of a chain: what its holders have in the end, wherever the backing lies. A token that a market lends into existence is owed by that
    market and adds up to nothing.

    Raises:
        BadInput: the claims form a cycle.
    """
    books = books or Books(world)
    valuation = valuation or books.valuation
    rows: list[tuple[str, str, str, str, str, str, float, float, bool]] = []
    chains: dict[tuple[str, str], float] = {}
    for held in [*_holdings(books), *_own(books)]:
        sign = -1.0 if held.form == "debt" else 1.0
        final = held.form == "own" or is_final(held.holder)
        for under, units in valuation.look_through(held.token).items():
            amount = sign * held.amount * units
            value = amount * valuation.usd(under)
            rows.append((held.holder, held.chain, held.at, held.form, held.token, under, amount, value, final))
            if final:
                chains[held.chain, under] = chains.get((held.chain, under), 0.0) + amount
    for (chain, under), amount in chains.items():
        rows.append((f"chain:{chain}", chain, chain, "all", under, under, amount, amount * valuation.usd(under), False))
    return pd.DataFrame.from_records(rows, columns=list(COLUMNS))


def net_exposure(
    table: pd.DataFrame, types: tuple[str, ...] = ("group", "outside", "market", "bridge", "chain"), column: str = "value"
) -> pd.DataFrame:
    """Look-through value (USD; with ``column="amount"`` tokens) by holder (rows) and underlying token (columns), for holders of some types;
    largest holders first. Of a target it is all that it holds, its own and others'. Holders of one type only may be added up.
    """
    chosen = table[table["holder"].str.partition(":")[0].isin(types) & (table["form"] != "own")]
    return _wide(chosen, column)


def final_exposure(table: pd.DataFrame, column: str = "value") -> pd.DataFrame:
    """The same for what belongs to its holders: the columns add up to the native supply of each token."""
    return _wide(table[table["final"]], column)


def _wide(chosen: pd.DataFrame, column: str) -> pd.DataFrame:
    wide = chosen.pivot_table(index="holder", columns="underlying", values=column, aggfunc="sum", fill_value=0.0)
    return wide.loc[wide.abs().sum(axis=1).sort_values(ascending=False, kind="stable").index]


def account_table(world: World, books: Books | None = None) -> pd.DataFrame:
    """Look-through exposure of every account with anything: one row per account and underlying token, in order of account.

    Columns: account (its name), group, underlying, held (tokens), owed (tokens), amount (held less owed), value (USD). Wallets, gas purses,
    what is in flight or queued, deposits and debts, on all chains together. By underlying token the amounts of a group add up to those of
    its final rows in :func:`exposure_table`.

    Raises:
        BadInput: the claims form a cycle.
    """
    books = books or Books(world)
    valuation = books.valuation
    groups = [not is_final(name) for name in books.holders.names]
    skipped = np.array(groups)[np.searchsorted(books.holders.starts, np.arange(world.accounts.count), side="right") - 1]
    sums: tuple[dict[str, Floats], dict[str, Floats]] = ({}, {})

    def book(side: int, token: str, accounts: Floats | int, amounts: Floats | float) -> None:
        for under, units in valuation.look_through(token).items():
            column = sums[side].setdefault(under, np.zeros(world.accounts.count))
            column[accounts] += amounts * units

    everybody = slice(None)
    for chain, ledger in world.ledgers.items():
        for token in ledger.tokens:
            book(0, books.forms.name(chain, token), everybody, ledger.column(token))  # type: ignore[arg-type]
    for chain in world.chains:
        book(0, books.purse(chain), everybody, books.gas(chain))  # type: ignore[arg-type]
    for held in books.owed:
        book(0, held.token, held.account, held.amount)
    for position in books.positions:
        for side, amounts in enumerate((position.deposits, position.debts)):
            for token, amount in amounts.items():
                book(side, token, position.account, amount)
    frames = []
    for under in dict.fromkeys((*sums[0], *sums[1])):
        zero = np.zeros(world.accounts.count)
        there, owed = sums[0].get(under, zero), sums[1].get(under, zero)
        numbers = np.flatnonzero(((there != 0.0) | (owed != 0.0)) & ~skipped)
        frame = pd.DataFrame({"number": numbers, "underlying": under, "held": there[numbers], "owed": owed[numbers]})
        frame["amount"] = frame["held"] - frame["owed"]
        frame["value"] = frame["amount"] * valuation.usd(under)
        frames.append(frame)
    columns = ["number", "underlying", "held", "owed", "amount", "value"]
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
    table = table.sort_values("number", kind="stable", ignore_index=True)
    everyone = [int(number) for number in table.pop("number")]
    table.insert(0, "account", [world.accounts.name(number) for number in everyone])
    table.insert(1, "group", [world.accounts.group(number) for number in everyone])
    return table


def _holdings(books: Books) -> list[Holding]:
    """All that is held, positions summed by holder, market, form and token."""
    sums: dict[tuple[str, str, str, str, str], float] = {}
    for position in books.positions:
        for form, amounts in (("deposit", position.deposits), ("debt", position.debts)):
            for token, amount in amounts.items():
                key = (position.holder, position.chains[token], position.market, form, token)
                sums[key] = sums.get(key, 0.0) + amount
    held = [one for one in books.held() if not one.holder.startswith("chain:")]
    return [*held, *(Holding(*key, amount) for key, amount in sums.items())]


def _own(books: Books) -> list[Holding]:
    return [
        Holding(node, chain, node, "own", token, amount)
        for (node, chain), amounts in books.own().items()
        for token, amount in amounts.items()
    ]
