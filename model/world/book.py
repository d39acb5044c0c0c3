"""A book of positions: one row per account, columns of float64 in memory order."""

from __future__ import annotations

from model.core.draws import Floats
from model.core.journal import Journal, Register, Table


class Book:
    """Positions of a market as columns, shape (columns, rows).

    ``touched`` collects the rows written since the last screening (a superset where a transaction reverted).
    """

    def __init__(self, journal: Journal, columns: int) -> None:
        self.table = Table(journal, columns)
        self.owners: list[int] = []
        self._rows: dict[int, int] = {}
        self.touched: set[int] = set()
        self._stamps: Register[int, int] = Register(journal)

    def __len__(self) -> int:
        return len(self.owners)

    @property
    def data(self) -> Floats:
        """All cells, shape (columns, rows): a live view."""
        return self.table.data

    def row(self, account: int) -> int:
        """Row of an account, made when there is none. An empty row that a revert leaves behind is harmless."""
        row = self._rows.get(account)
        if row is None:
            row = self._rows[account] = len(self.owners)
            self.owners.append(account)
            self.table.grow(row + 1)
        return row

    def rows(self, accounts: range) -> range:
        """Rows of a population at genesis, made in one go; none of the accounts may have one."""
        first = len(self.owners)
        self.owners.extend(accounts)
        self._rows.update(zip(accounts, range(first, first + len(accounts)), strict=True))
        self.table.grow(len(self.owners))
        return range(first, len(self.owners))

    def find(self, account: int) -> int | None:
        """Row of an account, None where it has none."""
        return self._rows.get(account)

    def stamp(self, row: int) -> int:
        """Number of writes to a row that were kept: while it stands, the row is as it was."""
        return self._stamps.get(row, 0)

    def get(self, column: int, row: int) -> float:
        """One cell."""
        return self.table.get(column, row)

    def put(self, column: int, row: int, value: float) -> None:
        """Write one cell."""
        self.touched.add(row)
        self._stamps[row] = self._stamps.get(row, 0) + 1
        self.table.put(column, row, value)

    def add(self, column: int, row: int, change: float) -> float:
        """Add to one cell; returns the new value."""
        self.touched.add(row)
        self._stamps[row] = self._stamps.get(row, 0) + 1
        return self.table.add(column, row, change)
