"""Conservation: what an audit finds when an identity does not hold."""

from __future__ import annotations

from dataclasses import dataclass

from model.core.units import AUDIT_TOLERANCE


@dataclass(frozen=True, slots=True)
class Identity:
    """One conservation identity: ``found`` should equal ``expected``; ``gross`` is the sum of absolute holdings behind it."""

    place: str
    found: float
    expected: float
    gross: float

    @property
    def holds(self) -> bool:
        """Whether it holds within 1e-9 of gross holdings (large opposite balances cancel, so net supply is no measure), or within 1e-12
        tokens: what is left of a supply that was large once is known no better.
        """
        return abs(self.found - self.expected) <= AUDIT_TOLERANCE * max(self.gross, 1e-3)

    def __str__(self) -> str:
        return f"{self.place}: found {self.found!r}, expected {self.expected!r}, gross {self.gross:.6g}"
