"""What counts as agreement with a recorded contract, and the count of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

RELATIVE = 1e-9
MAX = 2**256 - 1
"""As a recorded amount: all that there is."""


@dataclass
class Tally:
    """Of one file: rows, operations replayed, numbers compared, skipped (by reason), mismatches.

    A number agrees within 1e-9 of the recorded one or within 2 + k base units, k being the operations before it in its trace.
    ``unit`` is what one base unit of the tokens behind a number is worth in the number's own unit: 1 for an amount, unit x index for
    an amount that rounds scaled shares, unit x price for a value, 0 for a number that no token's rounding can reach.
    """

    place: str
    rows: int = 0
    operations: int = 0
    compared: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    mismatches: list[str] = field(default_factory=list)
    _row: str = ""
    _before: int = 0

    def row(self, name: str) -> None:
        """Begin a row: a fresh trace."""
        self.rows += 1
        self._row, self._before = name, 0

    def operation(self) -> None:
        """Count an operation as replayed; numbers from here on come after it."""
        self.operations += 1
        self._before += 1

    @property
    def slack(self) -> int:
        """Base units by which a number may differ here: 2 + the number of operations before."""
        return 2 + self._before

    def number(self, name: str, found: float, recorded: int | str, unit: float = 1.0) -> bool:
        """Compare a number in recorded units; returns whether it agrees."""
        self.compared += 1
        expected = int(recorded)
        if abs(found - expected) <= max(RELATIVE * abs(expected), self.slack * unit):
            return True
        self.mismatch(f"{name}: {found:.17g}, recorded {expected} (off by {found - expected:.3g}, slack {self.slack * unit:.3g})")
        return False

    def same(self, name: str, found: object, recorded: object) -> bool:
        """Compare something that is not a number (a flag, a refusal)."""
        self.compared += 1
        if found != recorded:
            self.mismatch(f"{name}: {found}, recorded {recorded}")
        return found == recorded

    def skip(self, reason: str) -> None:
        """Count an operation whose outcome turns on less than the tolerance: never as passed."""
        self.skipped[reason] += 1

    def mismatch(self, what: str) -> None:
        """Note a mismatch of the current row."""
        self.mismatches.append(f"{self._row} after {self._before} operations: {what}")

    @property
    def skipped_share(self) -> float:
        """Skipped operations as a share of all."""
        skipped = self.skipped.total()
        return skipped / (skipped + self.operations) if skipped else 0.0

    def lines(self, named: int = 5) -> list[str]:
        """The report of this file; the first ``named`` mismatches are named."""
        reasons = ", ".join(f"{count} {reason}" for reason, count in self.skipped.most_common()) or "none"
        head = (
            f"{self.place}: {self.rows} rows, {self.operations} operations replayed, {self.compared} numbers compared, "
            f"skipped {self.skipped.total()} ({reasons}), {len(self.mismatches)} mismatches"
        )
        more = len(self.mismatches) - named
        return [head, *(f"    {text}" for text in self.mismatches[:named]), *([f"    and {more} more"] if more > 0 else [])]
