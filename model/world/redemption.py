"""What waits to be paid: redemptions on their way, and the line that they stand in together with stakers outside the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from model.claims.base import Claim
from model.core.errors import Refused
from model.core.journal import Journal, Recorded, Register


@dataclass(frozen=True, slots=True)
class Request:
    """A redemption (or a mint across chains) on its way: whose, how much of each backing token, how much of the claim, and when it is
    due (seconds).
    """

    account: int
    amounts: tuple[float, ...]
    minted: float
    due: float


class Line(Recorded):
    """The queue in front of a claim's way out, in backing tokens: one fluid line for those in the model and those outside.

    It starts at ``mechanism.others_queued``, shrinks (or grows) as ``mechanism.drained`` says, and every request joins at its end. A kind
    that drains nothing has in its line what has been requested and is not yet due.
    """

    def __init__(self, journal: Journal, mechanism: Claim, now: float) -> None:
        self.journal = journal
        self.requests: Register[int, Request] = Register(journal)
        self.dealt: Register[int, float] = Register(journal)
        """Backing tokens that each dealing window has taken, of a kind that deals in windows."""
        self.drains = type(mechanism).drained is not Claim.drained
        self.length = mechanism.others_queued
        self.counted_at = now
        self._owed: dict[int, tuple[int, float]] = {}

    def ahead(self, mechanism: Claim, now: float) -> float:
        """Backing tokens that stand in the line at ``now``."""
        if self.drains:
            return mechanism.drained(self.length, now - self.counted_at)
        return self.length + sum(request.amounts[0] for request in self.requests.values() if request.due > now)

    def join(self, mechanism: Claim, number: int, request: Request, now: float) -> None:
        """Put a request at the end of the line."""
        self.lengthen(mechanism, request.amounts[0], now)
        self.requests[number] = request

    def deal(self, window: int, amount: float) -> None:
        """Take ``amount`` backing tokens of a dealing window."""
        self.dealt[window] = self.dealt.get(window, 0.0) + amount

    def write_down(self, kept: float, due: float | None, now: float) -> list[tuple[int, Request, Request]]:
        """Leave a share ``kept`` of every redemption not yet due, paid at ``due`` where that is said; returns number, old and new."""
        found = []
        for number, old in list(self.requests.items()):
            if old.due > now and not old.minted > 0.0:
                new = replace(old, amounts=tuple(amount * kept for amount in old.amounts), due=old.due if due is None else due)
                self.requests[number] = new
                found.append((number, old, new))
        return found

    def lengthen(self, mechanism: Claim, amount: float, now: float) -> None:
        """Somebody joins at the end: a request here, or one of another claim on the same stake."""
        if self.drains:
            self.length = mechanism.drained(self.length, now - self.counted_at) + amount
            self.counted_at = now

    def owed(self, place: int) -> float:
        """Backing tokens (of the ``place``-th kind) owed to all who wait."""
        if not self.requests:
            return 0.0
        known = self._owed.get(place)
        if known is None or known[0] != self.journal.writes:
            known = self._owed[place] = self.journal.writes, sum(request.amounts[place] for request in self.requests.values())
        return known[1]

    def pending_mints(self) -> float:
        """Tokens of the claim that are paid for and not yet minted."""
        if not self.requests:
            return 0.0
        return sum(request.minted for request in self.requests.values())

    def due(self, account: int, item: object, now: float, *, minted: bool | None) -> Iterator[int]:
        """Numbers of an account's requests that are due (all, or the one that ``item`` names), mints or redemptions alone where asked.

        Raises:
            Refused: ``nothing_due``.
        """
        found = [
            number
            for number, request in self.requests.items()
            if request.account == account
            and request.due <= now
            and item in (None, number)
            and (minted is None or minted == (request.minted > 0.0))
        ]
        if not found:
            raise Refused("nothing_due", f"{item}")
        yield from found
