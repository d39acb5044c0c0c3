"""Who owes whom in a world: the balance sheets of everything that holds for others."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from model.clearing.obligations import Floats
from model.network.books import Books
from model.network.holders import OUTSIDE_NODE, Position, is_final
from model.network.values import Valuation


@dataclass(frozen=True, slots=True)
class Liabilities:
    """Obligations in USD: ``matrix[i, j]`` is what i owes j, shape (n, n); ``assets`` that nobody owes, what is owed ``outside`` and
    what is ``lost``: what would have come to a node that has failed, and goes to nobody here; shapes (n,). ``kept_outside`` (USD) is
    what the outside holds that nobody owes.
    """

    names: tuple[str, ...]
    matrix: Floats
    assets: Floats
    outside: Floats
    lost: Floats
    kept_outside: float

    @property
    def owed(self) -> Floats:
        """What each owes in all, shape (n,)."""
        total: Floats = self.matrix.sum(axis=1) + self.outside + self.lost
        return total

    def final(self) -> Floats:
        """1 for populations, 0 for the rest, shape (n,)."""
        return np.array([is_final(name) for name in self.names], dtype=np.float64)


class Sheet:
    """Entries by pair of names, summed; turned into arrays in order of first mention."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}
        self.entries: dict[tuple[int, int], float] = {}
        self.assets: dict[int, float] = {}

    def place(self, name: str) -> int:
        """Place of a node, made at first asking."""
        return self.places.setdefault(name, len(self.places))

    def add(self, one: str, two: str, value: float) -> None:
        """``one`` owes ``two``; nothing is owed to oneself."""
        key = self.place(one), self.place(two)
        if key[0] != key[1] and value != 0.0:
            self.entries[key] = self.entries.get(key, 0.0) + value

    def keep(self, name: str, value: float) -> None:
        """An asset that nobody owes."""
        self.assets[self.place(name)] = self.assets.get(self.place(name), 0.0) + value

    def matrix(self) -> Floats:
        """What the row owes the column, shape (n, n); where the outside owes a node, that is an asset of the node instead."""
        made = np.zeros((len(self.places), len(self.places)))
        for (one, two), value in self.entries.items():
            if value > 0.0:
                made[one, two] = value
            else:
                self.assets[one] = self.assets.get(one, 0.0) - value
        return made


def liabilities(books: Books, valuation: Valuation | None = None, failed: Collection[str] = (), dark: Collection[str] = ()) -> Liabilities:
    """Who owes whom at the values of ``valuation``.

    A claim, a venue and a vault owe those who hold their tokens; a form on another chain is owed by its bridge, through the node of the
    form, at par: a hole is a default. Each reserve of a market (``reserve:<market>/<token>``) owes its depositors; a borrower's collateral
    goes to the reserves that it owes, in proportion, as far as it covers them, the rest is the borrower's; nobody pays beyond that. So bad
    debt is borne by the creditors of the reserve that lent it.

    Where ``valuation.factors`` destroy the backing of a claim, and for ``failed`` nodes, what they have is gone and what others owe them
    is owed still, but lost: no debtor grows rich by it. Nothing on the chains of ``dark`` has any worth.

    Assumes: equal rank of all creditors of a node; collateral set off account by account.
    """
    valuation = valuation or books.valuation
    sheet, owing = Sheet(), books.issuers()

    def promised(token: str) -> float:
        parts = books.forms.parts.get(token)
        return sum(part.share * promised(part.home) for part in parts) if parts else valuation.usd(token)

    for held in books.held():
        pledged = held.form == "pledged" and valuation.par
        if not pledged and (held.form == "gas" or not held.holder.startswith("chain:")):
            alive = held.chain not in dark
            holder = books.desk(held.holder, held.token)
            payer = books.desk(held.at, held.token) if held.form == "owed" and held.at != books.node(held.token) else ""
            if payer:
                sheet.add(payer, holder, held.amount * promised(held.token))
            elif held.token not in owing:
                sheet.keep(holder, held.amount * valuation.usd(held.token) * alive)
            else:
                for issuer, share in owing[held.token]:
                    sheet.add(issuer, holder, held.amount * share * promised(held.token))
    for token, total in books.supplies().items():
        for part in books.forms.parts.get(token, ()):
            value = total * part.share * (1.0 if valuation.par else part.units) * promised(part.home)
            sheet.add(part.bridge, books.node(token), value)
            if not part.locked:
                sheet.keep(part.bridge, value)
    for position in books.positions:
        _settle(sheet, books, position, valuation)
    return _arrays(sheet, _hit(books, sheet, valuation, failed), OUTSIDE_NODE)


def coverage(position: Position, valuation: Valuation) -> tuple[float, float]:
    """Value of what a market owes an account, and of what the account owes it, in USD."""
    return valuation.value(position.deposits), valuation.value(position.debts)


def reserve(market: str, token: str) -> str:
    """Node of a market's reserve of a token."""
    return f"reserve:{market}/{token}"


def _settle(sheet: Sheet, books: Books, position: Position, valuation: Valuation) -> None:
    """What a position leaves each reserve owing: to the reserves that the account owes, and to the account."""
    deposits, debts = coverage(position, valuation)
    if not deposits > 0.0:
        return
    taken = min(deposits, debts) / deposits
    for token, amount in position.deposits.items():
        value, payer = amount * valuation.usd(token), reserve(position.market, token)
        sheet.add(payer, books.desk(position.holder, token), value * (1.0 - taken))
        for other, owed in position.debts.items() if taken > 0.0 else ():
            sheet.add(payer, reserve(position.market, other), value * taken * owed * valuation.usd(other) / debts)


def _hit(books: Books, sheet: Sheet, valuation: Valuation, failed: Collection[str]) -> dict[int, float]:
    """Place of a node that has lost something -> what is left of what it has, 0 to 1."""
    left = {sheet.places[name]: 0.0 for name in failed if name in sheet.places}
    for token, factor in valuation.factors.items():
        if token in books.graph and (node := books.node(token)) in sheet.places:
            left[sheet.places[node]] = left.get(sheet.places[node], 1.0) * factor
    return left


def _arrays(sheet: Sheet, left: dict[int, float], outside: str) -> Liabilities:
    out = sheet.place(outside)
    matrix, names = sheet.matrix(), tuple(sheet.places)
    assets = np.array([sheet.assets.get(place, 0.0) for place in range(len(names))])
    factors = np.ones(len(names))
    for place, factor in left.items():
        factors[place] = factor
    lost = matrix @ (1.0 - factors)
    matrix, assets = matrix * factors, assets * factors
    inside = [place for place in range(len(names)) if place != out]
    kept = tuple(names[place] for place in inside)
    return Liabilities(
        kept, matrix[np.ix_(inside, inside)], np.maximum(assets[inside], 0.0), matrix[inside, out], lost[inside], float(assets[out])
    )
