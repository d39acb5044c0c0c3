"""Input files, read column by column: CSV or Parquet, every fault of a file at once, each with its line and column."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from model.core.draws import Floats
from model.core.errors import Fault
from model.core.units import format_time

MOST_FAULTS: Final = 20
"""Faults of one sort in one column that are listed one by one; the rest are counted."""

_LATEST: Final = 1e11
SUFFIXES: Final = (".csv", ".parquet")


@dataclass(slots=True)
class InputFile:
    """One file with the faults found in it so far. ``frame`` is None where it cannot be read at all."""

    path: Path
    frame: pd.DataFrame | None = None
    faults: list[Fault] = field(default_factory=list)

    @classmethod
    def open(cls, path: Path) -> InputFile:
        """Read a file; what is wrong with it as a whole is its first fault."""
        found = cls(path)
        if path.suffix not in SUFFIXES:
            found.note("", path.suffix or "no suffix", " or ".join(SUFFIXES))
        elif not path.is_file():
            found.note("", "no such file", "the path of a CSV or Parquet file")
        elif path.stat().st_size == 0:
            found.note("", "empty", "a header and at least one row")
        else:
            try:
                found.frame = _read(path)
            except (ValueError, OSError) as error:
                found.note(
                    "", f"cannot be read: {str(error).strip().splitlines()[0] if str(error) else type(error).__name__}", "CSV or Parquet"
                )
            if found.frame is not None and found.frame.empty:
                found.note("", "no rows", "at least one row")
                found.frame = None
        return found

    def note(self, where: str, value: str, allowed: str) -> None:
        """Add a fault; ``where`` is a line or column of the file, empty for the file itself."""
        self.faults.append(Fault(f"{self.path}{', ' if where else ''}{where}", value, allowed))

    def line(self, row: int) -> str:
        """Place of a row as a person finds it: the line of a CSV (the header is line 1), the row of a Parquet file (from 0)."""
        return f"line {row + 2}" if self.path.suffix == ".csv" else f"row {row}"

    def has(self, column: str) -> bool:
        """Whether a column is there; a fault where it is not."""
        assert self.frame is not None
        if column in self.frame.columns:
            return True
        self.note(f"column {column}", "missing", f"one of {', '.join(map(str, self.frame.columns))}")
        return False

    def numbers(self, column: str, allowed: str, fits: Callable[[Floats], Any]) -> Floats:
        """A column of numbers; a fault for each entry that is no finite number or does not fit."""
        assert self.frame is not None
        raw = self.frame[column]
        values = np.asarray(pd.to_numeric(raw, errors="coerce"), dtype=np.float64)
        with np.errstate(invalid="ignore"):
            wrong = ~np.isfinite(values) | ~np.asarray(fits(values), dtype=bool)
        self._note_rows(column, np.flatnonzero(wrong), lambda row: _shown(raw.iloc[row]), allowed)
        return values

    def times(self, column: str) -> Floats:
        """A column of times in seconds since 1970; a fault for each entry that is no time, comes twice, or goes back."""
        assert self.frame is not None
        raw = self.frame[column]
        values = _seconds(raw)
        with np.errstate(invalid="ignore"):
            good = np.isfinite(values) & (values > 0.0) & (values < _LATEST)
        say = "ISO 8601, or seconds since 1970"
        self._note_rows(column, np.flatnonzero(~good), lambda row: _shown(raw.iloc[row]), say)
        rows = np.flatnonzero(good)
        steps = np.diff(values[rows])
        twice, back = rows[1:][steps == 0.0], rows[1:][steps < 0.0]
        self._note_rows(column, twice, lambda row: f"{_shown(raw.iloc[row])} for the second time", "every time once")
        self._note_rows(column, back, lambda row: f"{_shown(raw.iloc[row])}, before the row above", "rows in order of time")
        return values

    def _note_rows(self, column: str, rows: Any, value: Callable[[int], str], allowed: str) -> None:
        for row in rows[:MOST_FAULTS].tolist():
            self.note(f"{self.line(row)}, column {column}", value(row), allowed)
        if len(rows) > MOST_FAULTS:
            self.note(f"column {column}", f"and {len(rows) - MOST_FAULTS} more like these, to {self.line(int(rows[-1]))}", allowed)


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def gaps(path: Path, times: Floats, longest: float) -> list[Fault]:
    """Steps between rows that are longer than ``longest`` seconds, as warnings."""
    found = np.flatnonzero(np.diff(times) > longest)
    return [
        Fault(
            f"{path}, {format_time(times[row])} to {format_time(times[row + 1])}",
            f"a gap of {(times[row + 1] - times[row]) / 3600.0:g} hours, filled log-linearly",
            f"steps of at most {longest / 3600.0:g} hours",
        )
        for row in found.tolist()
    ]


def not_covered(times: Floats, start: float, end: float, slack: float) -> Iterable[tuple[str, str]]:
    """(value, allowed) for each end of a run that a file's times do not reach, but for ``slack`` seconds."""
    if times[0] > start + slack:
        yield f"begins {format_time(times[0])}", f"a first row not after {format_time(start)}, the start of the run"
    if times[-1] < end - slack:
        yield f"ends {format_time(times[-1])}", f"a last row not before {format_time(end)}, the end of the run"


def _read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    # Text as it stands, so that a fault can show it.
    return pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True, index_col=False, on_bad_lines="error")


def _seconds(raw: pd.Series[Any]) -> Floats:
    if pd.api.types.is_datetime64_any_dtype(raw):
        moments = pd.to_datetime(raw, utc=True)
    else:
        numbers = np.asarray(pd.to_numeric(raw, errors="coerce"), dtype=np.float64)
        if np.isfinite(numbers).all():
            return numbers
        moments = pd.to_datetime(raw.where(~np.isfinite(numbers)), utc=True, errors="coerce", format="ISO8601")
        written = np.asarray((moments - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1), dtype=np.float64)
        return np.where(np.isfinite(numbers), numbers, written)
    return np.asarray((moments - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1), dtype=np.float64)


def _shown(value: Any) -> str:
    text = str(value).strip()
    return repr(text[:60]) if text else "empty"


def listed(names: Sequence[str]) -> str:
    """Names for a message."""
    return ", ".join(names) if names else "none"
