"""What can go wrong, in one line each: a refused action, and bad input with all its faults."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class Refused(Exception):
    """An action that its target refuses; the transaction reverts and still pays its gas.

    ``reason`` is a short snake_case word of the field (``health_factor_too_low``), recorded in the revert event.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault of an input: its place (dotted, or file and line), the value found, what is allowed."""

    place: str
    value: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.place}: {self.value}; allowed: {self.allowed}"


class BadInput(Exception):
    """Every fault of one input, reported together."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(set(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))
