"""Accounts: one number for everybody who can hold a token, on every chain."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

OUTSIDE: Final = 0
"""The boundary account of the reference books, the validators and the wider market; the only one that may be negative."""


class Accounts:
    """Account numbers and their names. Populations are opened as ranges, so that 100,000 borrowers cost no names."""

    def __init__(self) -> None:
        self._starts: list[int] = [OUTSIDE]
        self._names: list[str] = ["outside"]
        self._single: list[bool] = [True]
        self._by_name: dict[str, int] = {"outside": OUTSIDE}
        self.count = 1

    def open(self, name: str) -> int:
        """Open one account.

        Raises:
            ValueError: the name is taken.
        """
        return self._append(name, 1, single=True).start

    def open_many(self, name: str, size: int) -> range:
        """Open ``size`` accounts named ``name[0]``, ``name[1]``..."""
        return self._append(name, size, single=False)

    def _append(self, name: str, size: int, *, single: bool) -> range:
        if name in self._by_name:
            raise ValueError(f"account {name!r} exists already")
        first = self.count
        self._by_name[name] = first
        if size:
            self._starts.append(first)
            self._names.append(name)
            self._single.append(single)
        self.count += size
        return range(first, self.count)

    def of(self, name: str) -> int:
        """Number of the account (or first of the population) called ``name``."""
        return self._by_name[name]

    def name(self, account: int) -> str:
        """Name of an account, for tables and events."""
        place = bisect_right(self._starts, account) - 1
        name = self._names[place]
        return name if self._single[place] else f"{name}[{account - self._starts[place]}]"

    def groups(self) -> tuple[list[str], list[int]]:
        """Names of all populations and single accounts, and the first account of each, in order of account."""
        return list(self._names), list(self._starts)

    def group(self, account: int) -> str:
        """Name of the population (or the single account) that an account belongs to."""
        return self._names[bisect_right(self._starts, account) - 1]
