"""The validators' exit queue in place: one line for each native token of a chain, for all claims on that stake and for stakers outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model.claims.exit_queue import QUEUE_TERMS, ExitQueueParams, queue_after
from model.core.errors import BadInput, Fault
from model.core.journal import Journal, Recorded, Register
from model.core.units import DAY
from model.world.audit import Identity

if TYPE_CHECKING:
    from model.world.claim_backing import ClaimBacking


@dataclass(frozen=True, slots=True)
class Entry:
    """Stake that will join the line: when (seconds), and how much (native tokens)."""

    joins: float
    amount: float


@dataclass(frozen=True, slots=True)
class Pace:
    """Churn from a moment on: since when (seconds), native tokens that could leave until then, and how many a day can from then on."""

    since: float
    done: float
    churn: float


class ExitQueue(Recorded):
    """A fluid line, first come first served: it starts with ``others_queued``, shrinks by the churn and grows by ``others_per_day`` and by
    what claims on the stake let leave. Who is in escrow joins later, and counts for others only from then on.

    A place in the line is counted in tokens of churn: who joins behind L with x leaves when L + x more could leave. So a change of the
    churn moves everybody who still waits, and nobody who has left. ``members`` are the claims on the stake.

    Source: consensus specifications, Electra (EIP-7251), ``compute_exit_epoch_and_update_churn``.
    Assumes: no epoch grid; a slashing does not shorten the line (the churn is taken up when an exit begins).
    """

    def __init__(self, journal: Journal, chain: str, token: str, now: float) -> None:
        self.journal = journal
        self.chain = chain
        self.token = token
        self.members: tuple[ClaimBacking, ...] = ()
        self.coming: Register[int, Entry] = Register(journal)
        self.places: Register[int, float] = Register(journal)
        """Number of a request -> tokens of churn, since the start, after which it has left."""
        self.length = 0.0
        self.counted_at = now
        self.arrivals = 0.0
        self.paces: tuple[Pace, ...] = (Pace(now, 0.0, ExitQueueParams().churn),)
        self._stated: dict[str, tuple[str, Any]] = {}
        self._walked: tuple[int, dict[int, tuple[Entry, float]]] = (-1, {})

    def admit(self, claim: ClaimBacking, params: ExitQueueParams) -> None:
        """Genesis: one more claim on the stake. What it states of the line holds for all of them; what it leaves open it takes from them.

        Raises:
            BadInput: it contradicts what another claim states.
        """
        faults = []
        for name, value in params.terms().items():
            if name in params.model_fields_set:
                other, said = self._stated.setdefault(name, (claim.name, value))
                if said != value:
                    shared = f"{said!r}, as {other}.{name} says: both leave through the exit queue of {self.token} on {self.chain}"
                    faults.append(Fault(f"{claim.name}.{name}", repr(value), shared))
        if faults:
            raise BadInput(faults)
        self.members = (*self.members, claim)
        terms = {**ExitQueueParams().terms(), **{name: value for name, (_, value) in self._stated.items()}}
        agreed = params.replaced(**terms)
        self.length = agreed.others_queued
        self._set(agreed, self.counted_at)
        self._tell(terms)

    def change(self, params: ExitQueueParams, now: float) -> None:
        """Governance: new churn or arrivals from ``now`` on, for every claim on the stake; the line is counted by the old ones first."""
        self.count(now)
        self.length, self.counted_at = self.ahead(now), now
        self._set(params, now)
        self._tell(params.terms())

    def ahead(self, moment: float) -> float:
        """Native tokens that stand in the line at ``moment`` (now or later), as far as is known: with those whose escrow ends by then."""
        length, at = self.length, self.counted_at
        for entry, behind in self._walk().values():
            if entry.joins > moment:
                break
            length, at = behind, entry.joins
        return self._after(length, moment - at)

    def join(self, number: int, joins: float, amount: float, now: float) -> None:
        """Request ``number`` joins at ``joins`` (``now`` or later) with ``amount`` tokens."""
        self.count(now)
        self.coming[number] = Entry(joins, amount)
        self.count(now)

    def resize(self, number: int, amount: float) -> None:
        """What request ``number`` will join with has changed; one that has joined keeps its place."""
        if number in self.coming:
            self.coming[number] = Entry(self.coming[number].joins, amount)

    def count(self, now: float) -> None:
        """Give those whose escrow has ended their places."""
        for number, (entry, behind) in self._walk().items():
            if entry.joins > now:
                break
            self.places[number] = self._done(entry.joins) + behind
            self.length, self.counted_at = behind, entry.joins
            del self.coming[number]

    def leaves(self, number: int) -> float:
        """Moment (seconds) at which request ``number`` has left the line; of one in escrow as things stand now."""
        if number in self.places:
            return self._when(self.places[number])
        entry, behind = self._walk()[number]
        return self._when(self._done(entry.joins) + behind)

    def forget(self, number: int) -> None:
        """Request ``number`` is paid."""
        del self.places[number]

    def audit(self) -> Iterator[Identity]:
        """The line is as long as the last place in it that has not left."""
        done = self._done(self.counted_at)
        last = max((place - done for place in self.places.values()), default=0.0)
        yield Identity(f"exit queue {self.token} on {self.chain}", max(last, self.length), self.length, done + self.length)

    def _walk(self) -> dict[int, tuple[Entry, float]]:
        """Those in escrow in the order in which they join: number -> entry, and the line with it in it."""
        if self._walked[0] != self.journal.writes:
            length, at = self.length, self.counted_at
            found = {}
            for number, entry in sorted(self.coming.items(), key=lambda item: (item[1].joins, item[0])):
                length = self._after(length, entry.joins - at) + entry.amount
                at = entry.joins
                found[number] = entry, length
            self._walked = self.journal.writes, found
        return self._walked[1]

    def _after(self, length: float, seconds: float) -> float:
        return queue_after(length, seconds, self.paces[-1].churn, self.arrivals)

    def _done(self, moment: float) -> float:
        pace = self.paces[-1]
        return pace.done + (moment - pace.since) / DAY * pace.churn

    def _when(self, done: float) -> float:
        pace = next((pace for pace in reversed(self.paces) if done >= pace.done), self.paces[0])
        return pace.since + (done - pace.done) / pace.churn * DAY

    def _set(self, params: ExitQueueParams, now: float) -> None:
        self.arrivals = params.others_per_day
        done = self._done(now)
        earlier = tuple(pace for pace in self.paces if pace.since < now)
        self.paces = (*earlier, Pace(now, done, params.churn))

    def _tell(self, terms: dict[str, Any]) -> None:
        for claim in self.members:
            params = claim.mechanism.params
            if any(getattr(params, name) != terms[name] for name in QUEUE_TERMS):
                claim.mechanism = type(claim.mechanism)(params.replaced(**terms))
