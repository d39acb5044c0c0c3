"""The undo journal: what makes a transaction all or nothing.

Every piece of world state that an action may write is one of three: attributes of a :class:`Recorded`, entries of a
:class:`Register` (a mapping), cells of a :class:`Table` (columns). Each tells the journal the old value while a
transaction is open; a revert puts them back in reverse order.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, MutableMapping, ValuesView
from typing import Any, Final, Protocol, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")
_ABSENT: Final = object()


class Undoable(Protocol):
    """What the journal can put back."""

    def undo(self, key: Any, old: Any) -> None:
        """Restore ``key`` to ``old``."""


class Journal:
    """The undo journal of a world. ``open`` is true inside a transaction; nothing is logged outside of one. ``locked`` is true while
    agents decide: a write then is a mistake of the agent's, and raises.
    ``commits`` counts transactions that were kept, ``writes`` whatever was written or put back: while it stands, nothing has changed.
    """

    __slots__ = ("_entries", "commits", "locked", "open", "writes")

    def __init__(self) -> None:
        self._entries: list[tuple[Undoable, Any, Any]] = []
        self.open = False
        self.locked = False
        self.commits = 0
        self.writes = 0

    def begin(self) -> None:
        """Open a transaction."""
        if self.open:
            raise RuntimeError("transactions do not nest")
        self.open = True

    def log(self, owner: Undoable, key: Any, old: Any) -> None:
        """Note the value that ``key`` had before a write."""
        self._entries.append((owner, key, old))

    def commit(self) -> None:
        """Keep what was written."""
        self._entries.clear()
        self.open = False
        self.commits += 1

    def revert(self) -> None:
        """Put everything back as it was at :meth:`begin`."""
        self.open = False
        self.writes += 1
        for owner, key, old in reversed(self._entries):
            owner.undo(key, old)
        self._entries.clear()


class Recorded:
    """An object whose public attribute writes are journaled. Set ``self.journal`` first; underscored names are caches and are not."""

    journal: Journal

    def __setattr__(self, name: str, value: Any) -> None:
        if name[0] != "_" and "journal" in self.__dict__:
            journal = self.journal
            journal.writes += 1
            if journal.open:
                journal.log(self, name, self.__dict__.get(name, _ABSENT))
        object.__setattr__(self, name, value)

    def undo(self, key: str, old: Any) -> None:
        """Restore an attribute."""
        if old is _ABSENT:
            object.__delattr__(self, key)
        else:
            object.__setattr__(self, key, old)


class Register(MutableMapping[K, V]):
    """A journaled mapping that keeps insertion order. A value is replaced whole, never mutated in place. ``version`` rises with every
    change.
    """

    __slots__ = ("_items", "_journal", "version")

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._items: dict[K, V] = {}
        self.version = 0

    def __getitem__(self, key: K) -> V:
        return self._items[key]

    def __setitem__(self, key: K, value: V) -> None:
        self.version += 1
        self._journal.writes += 1
        if self._journal.open:
            self._journal.log(self, key, self._items.get(key, _ABSENT))
        self._items[key] = value

    def __delitem__(self, key: K) -> None:
        self.version += 1
        self._journal.writes += 1
        if self._journal.open:
            # A deletion is undone with the order of the entries too, so that a revert leaves no trace at all.
            self._journal.log(self, _ABSENT, dict(self._items))
        del self._items[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def get(self, key: K, default: None = None, /) -> V | None: ...
    @overload
    def get(self, key: K, default: V | T, /) -> V | T: ...
    def get(self, key: K, default: Any = None, /) -> Any:
        """The value of a key, ``default`` where it has none."""
        return self._items.get(key, default)

    def keys(self) -> KeysView[K]:
        """The keys, in order of insertion."""
        return self._items.keys()

    def values(self) -> ValuesView[V]:
        """The values, in order of insertion."""
        return self._items.values()

    def items(self) -> ItemsView[K, V]:
        """Keys and values, in order of insertion."""
        return self._items.items()

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def undo(self, key: Any, old: Any) -> None:
        """Restore an entry (or, after a deletion, all of them)."""
        self.version += 1
        if key is _ABSENT:
            self._items = old
        elif old is _ABSENT:
            del self._items[key]
        else:
            self._items[key] = old


class Table:
    """Columns of float64 in memory order: shape (columns, rows), rows growing by doubling.

    ``data`` is a view of the rows in use. Write single cells by :meth:`put` and :meth:`add` (journaled); whole columns may be written
    through ``data`` at genesis only.
    """

    __slots__ = ("_all", "_journal", "data", "rows")

    def __init__(self, journal: Journal, columns: int, rows: int = 0) -> None:
        self._journal = journal
        self._all: NDArray[np.float64] = np.zeros((columns, max(rows, 4)))
        self.rows = rows
        self.data = self._all[:, :rows]

    def grow(self, rows: int) -> None:
        """Have at least ``rows`` rows; new ones are zero. Empty rows left behind by a revert are harmless."""
        if rows <= self.rows:
            return
        self._journal.writes += 1
        if rows > self._all.shape[1]:
            fresh = np.zeros((self._all.shape[0], max(rows, 2 * self._all.shape[1])))
            fresh[:, : self.rows] = self.data
            self._all = fresh
        self.rows = rows
        self.data = self._all[:, :rows]

    def widen(self, columns: int) -> None:
        """Have at least ``columns`` columns; new ones are zero."""
        extra = columns - self._all.shape[0]
        if extra > 0:
            self._all = np.vstack([self._all, np.zeros((extra, self._all.shape[1]))])
            self.data = self._all[:, : self.rows]

    def get(self, column: int, row: int) -> float:
        """One cell as a Python float."""
        return self._all.item(column, row)

    def put(self, column: int, row: int, value: float) -> None:
        """Write one cell."""
        self._journal.writes += 1
        if self._journal.open:
            self._journal.log(self, (column, row), self._all.item(column, row))
        elif self._journal.locked:
            raise RuntimeError("agents only ask: nothing may be written while they decide")
        self._all[column, row] = value

    def add(self, column: int, row: int, change: float) -> float:
        """Add to one cell and return its new value."""
        old = self._all.item(column, row)
        self._journal.writes += 1
        if self._journal.open:
            self._journal.log(self, (column, row), old)
        elif self._journal.locked:
            raise RuntimeError("agents only ask: nothing may be written while they decide")
        self._all[column, row] = new = old + change
        return new

    def undo(self, key: tuple[int, int], old: float) -> None:
        """Restore a cell."""
        self._all[key] = old
