"""A transaction on its way to a block."""

from __future__ import annotations

from dataclasses import dataclass

from model.core.actions import Transaction


@dataclass(slots=True)
class Pending:
    """A transaction on its way: sender, time at which it was submitted and from which it is eligible, number of submission, most gas."""

    transaction: Transaction
    sender: int
    submitted: float
    eligible: float
    number: int
    gas: float
