"""What an ecosystem asks of whatever decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from model.core.actions import Receipt, Transaction
from model.view import View
from model.wakes import On, Timer, Watch


class Decider(Protocol):
    """Whatever decides: an account on a home chain, what wakes it, and one verb."""

    account: int
    chain: str
    takes_offers: bool
    offer_chains: tuple[str, ...]
    most_pending: int
    pause: float
    ask_again: float | None

    def wakes(self) -> Iterable[Watch | Timer | On]:
        """What wakes it; read once, when it is enrolled."""

    def decide(self, view: View) -> Sequence[Transaction]:
        """What it asks for now. It may set ``ask_again`` (seconds since 1970) to be asked at a time."""

    def receive(self, receipt: Receipt) -> None:
        """Told what became of a transaction of its own."""

    def delay(self, now: float) -> float:
        """Seconds from deciding to submission."""
