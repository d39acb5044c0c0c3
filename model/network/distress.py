"""DebtRank of a world: distress that travels along what is held, with loans secured by their collateral.

Source: Bardoscia et al. 2015 and Battiston et al. 2012 (``model.clearing.debtrank``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from model.clearing.debtrank import Floats, debtrank, differential_debtrank
from model.network.books import Books
from model.network.holders import Position, is_final
from model.network.liabilities import Sheet, reserve
from model.world.world import World

_ROUNDS, _TOLERANCE = 100, 1e-9


@dataclass(frozen=True, slots=True)
class Exposures:
    """Gross exposures in USD among what holds for others: ``matrix[i, j]`` is what i holds of j, shape (n, n); ``equity``: what each owes
    its holders (of a token that nobody owes: all of it; where nothing is owed: what it has), shape (n,).

    Nodes are tokens that nobody owes, issuers, and reserves (``reserve:<market>/<token>``). A reserve is exposed to its token with all that
    it owes, lent or not, for its loans are in that token; to its borrowers only with what their collateral does not cover, which depends on
    the shock (:func:`distress`).
    """

    names: tuple[str, ...]
    matrix: Floats
    equity: Floats


def exposures(books: Books) -> Exposures:
    """Gross exposures of a world. Nodes that neither owe nor have anything are left out."""
    sheet, owing, usd = Sheet(), books.issuers(), books.valuation.usd

    def hold(holder: str, token: str, value: float) -> None:
        for issuer, share in owing.get(token, [(books.node(token), 1.0)]):
            if value > 0.0:
                sheet.add(holder, issuer, value * share)

    owed: dict[str, float] = {}

    def owe(node: str, value: float) -> None:
        owed[node] = owed.get(node, 0.0) + value

    for held in books.held():
        if held.form == "gas" or not held.holder.startswith("chain:"):
            holder = books.desk(held.holder, held.token)
            if not holder.startswith("reserve:"):
                hold(holder, held.token, held.amount * usd(held.token))
            if held.form == "owed" and held.at != books.node(held.token):
                owe(books.desk(held.at, held.token), held.amount * usd(held.token))
    for token, total in books.supplies().items():
        for issuer, share in owing.get(token, [(books.node(token), 1.0)]):
            owe(issuer, total * share * usd(token))
        for part in books.forms.parts.get(token, ()):
            value = total * part.share * part.units * usd(part.home)
            sheet.add(books.node(token), part.bridge, value)
            owe(part.bridge, value)
            if not part.locked:
                hold(part.bridge, part.home, value)
    deposits: dict[tuple[str, str], float] = {}
    for position in books.positions:
        for token, amount in position.deposits.items():
            deposits[position.market, token] = deposits.get((position.market, token), 0.0) + amount * usd(token)
            if not is_final(position.holder):
                sheet.add(books.desk(position.holder, token), reserve(position.market, token), amount * usd(token))
    for (market, token), value in deposits.items():
        hold(reserve(market, token), token, value)
        owe(reserve(market, token), value)
    matrix, names = sheet.matrix(), tuple(sheet.places)
    owes = np.array([owed.get(name, 0.0) for name in names])
    equity = np.where(owes > 0.0, owes, matrix.sum(axis=1))
    kept = [place for place, name in enumerate(names) if not is_final(name) and equity[place] > 0.0]
    return Exposures(tuple(names[place] for place in kept), matrix[np.ix_(kept, kept)], equity[kept])


def distress(world: World, shock: Mapping[str, float], *, once: bool = False, books: Books | None = None) -> pd.DataFrame:
    """DebtRank of a shock (node -> share of equity lost, 0 to 1): one row per node with equity, distress (0 to 1) and loss (USD); groups
    and the outside at the end.

    A node's distress is the share of what it owes that is lost, and takes that share of the worth of its tokens or deposits. Loans are
    secured: a reserve loses what its borrowers owe beyond their collateral, account by account, at the worth that distress leaves; that is
    found anew until it stands. What a group has is what its accounts hold and what each market leaves them, at least nothing. ``once``
    passes distress on once per node (Battiston et al. 2012); by default every increase is passed on. ``market:<name>`` shocks all of a
    market's reserves. Debt that is uncovered before the shock is not counted.

    Raises:
        ValueError: a node that is not there, a share outside 0 to 1.
    """
    books = books or Books(world)
    found = exposures(books)
    given = np.zeros(len(found.names))
    for node, share in shock.items():
        inner = node.replace("market:", "reserve:", 1) + "/"
        hit = [place for place, name in enumerate(found.names) if name == node or name.startswith(inner)]
        if not hit:
            raise ValueError(f"{node}: allowed are {', '.join(found.names)}")
        given[hit] = share
    places = {name: place for place, name in enumerate(found.names)}
    final = np.zeros(len(found.names))
    standing = _uncovered(books, places, final)
    pass_on = debtrank if once else _differential
    for _ in range(_ROUNDS):
        missing = np.maximum(_uncovered(books, places, final) - standing, 0.0) / found.equity
        start = np.minimum(1.0, given + missing) if missing.any() else given
        after = pass_on(found.matrix, found.equity, start)
        moved = float(np.abs(after - final).max(initial=0.0))
        final = after
        if moved <= _TOLERANCE:
            break
    rows = [(name, found.equity[place], final[place]) for name, place in places.items()]
    had, has = _groups(books, places, np.zeros_like(final)), _groups(books, places, final)
    rows += [(name, value, 1.0 - has[name] / value) for name, value in had.items() if value > 0.0]
    table = pd.DataFrame.from_records(rows, columns=["node", "equity", "distress"])
    table["loss"] = table["equity"] * table["distress"]
    return table


def _differential(matrix: Floats, equity: Floats, shock: Floats) -> Floats:
    return differential_debtrank(matrix, equity, shock, _TOLERANCE)


class _Worth:
    """USD per token and per token deposited, after distress."""

    def __init__(self, books: Books, places: Mapping[str, int], lost: Floats) -> None:
        self._books, self._places, self._lost, self._owing = books, places, lost, books.issuers()
        self._tokens: dict[str, float] = {}
        self._deposits: dict[tuple[str, str], float] = {}

    def of(self, token: str) -> float:
        """Of a token that is held, or owed."""
        if token not in self._tokens:
            issuers = self._owing.get(token, [(self._books.node(token), 1.0)])
            left = sum(share * self._left(node) for node, share in issuers)
            self._tokens[token] = self._books.valuation.usd(token) * left
        return self._tokens[token]

    def deposited(self, market: str, token: str) -> float:
        """Of a token that a market owes."""
        if (market, token) not in self._deposits:
            node = reserve(market, token)
            worth = self._books.valuation.usd(token) * self._left(node) if node in self._places else self.of(token)
            self._deposits[market, token] = worth
        return self._deposits[market, token]

    def covered(self, position: Position) -> tuple[float, float]:
        """Value of what a market owes an account and of what the account owes it."""
        deposits = sum(amount * self.deposited(position.market, token) for token, amount in position.deposits.items())
        return deposits, sum(amount * self.of(token) for token, amount in position.debts.items())

    def _left(self, node: str) -> float:
        return 1.0 - float(self._lost[self._places[node]]) if node in self._places else 1.0


def _uncovered(books: Books, places: Mapping[str, int], lost: Floats) -> Floats:
    """USD by which debts exceed collateral, by the reserve that lent, shape (n,)."""
    worth, found = _Worth(books, places, lost), np.zeros(len(places))
    for position in books.positions:
        if position.debts:
            deposits, debts = worth.covered(position)
            if debts > deposits:
                for token, amount in position.debts.items():
                    node = reserve(position.market, token)
                    if node in places:
                        found[places[node]] += (debts - deposits) * amount * worth.of(token) / debts
    return found


def _groups(books: Books, places: Mapping[str, int], lost: Floats) -> dict[str, float]:
    """What populations and the outside have, in USD."""
    worth, sums = _Worth(books, places, lost), dict[str, float]()
    for held in books.held():
        if is_final(held.holder) and held.amount > 0.0:
            sums[held.holder] = sums.get(held.holder, 0.0) + held.amount * worth.of(held.token)
    for position in books.positions:
        if is_final(position.holder):
            deposits, debts = worth.covered(position)
            sums[position.holder] = sums.get(position.holder, 0.0) + max(deposits - debts, 0.0)
    return sums
