"""What waits to be paid: redemptions on their way, what they are owed as things stand, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from model.claims.base import Claim
from model.claims.exit_queue import LossRule
from model.core.errors import Refused
from model.core.journal import Journal, Register
from model.world.exit_queue import ExitQueue
from model.world.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Request:
    """A redemption (or a mint across chains) on its way.

    ``owed`` of each backing token, as things stand, and ``most``, what it was at request, are in shares of the ledger: what stands on a
    rebasing token is rebased with it. ``units`` are the shares of the claim that were given up for it, ``minted`` tokens of the claim to
    come. It bears losses until ``rule`` says, leaves escrow at ``escrowed`` (seconds), and is due ``after`` seconds from having left the
    exit queue, or from ``escrowed`` where it goes through none.
    """

    account: int
    owed: tuple[float, ...]
    most: tuple[float, ...]
    units: float
    minted: float
    rule: LossRule
    escrowed: float
    after: float


class Line:
    """The redemptions of one claim that are on their way: through the ``queue`` that all claims on the same native stake share, where the
    claim has one; otherwise in a line of its own, of what is requested and not yet due.
    """

    def __init__(self, journal: Journal, vault: Ledger, tokens: tuple[str, ...], queue: ExitQueue | None) -> None:
        self.requests: Register[int, Request] = Register(journal)
        self.dealt: Register[int, float] = Register(journal)
        """Backing tokens that each dealing window has taken, of a kind that deals in windows."""
        self.queue = queue
        self._vault = vault
        self._tokens = tokens
        self._owed: dict[int, tuple[int, float]] = {}

    def ahead(self, mechanism: Claim, now: float) -> float | None:
        """Backing tokens that will stand in the line when a request of ``now`` joins it; None where stake leaves through no queue."""
        if self.queue is not None:
            return self.queue.ahead(now + mechanism.escrow)
        return None if mechanism.stake is not None else self.waiting(now)

    def waiting(self, now: float) -> float:
        """(First) backing tokens of requests that are not yet due."""
        waits = [request.owed[0] for number, request in self.requests.items() if self.due(number) > now]
        return sum(waits) * self._vault.scale(self._tokens[0]) if waits else 0.0

    def enter(self, number: int, request: Request, now: float) -> None:
        """Put a request on its way."""
        self.requests[number] = request
        if self.queue is not None and request.minted == 0.0:
            self.queue.join(number, request.escrowed, request.owed[0], now)

    def deal(self, window: int, amount: float) -> None:
        """Take ``amount`` backing tokens of a dealing window."""
        self.dealt[window] = self.dealt.get(window, 0.0) + amount

    def write_down(self, kept: float, due: float | None, now: float) -> list[tuple[int, Request, Request]]:
        """Leave a share ``kept`` of every redemption not yet due, paid at ``due`` where that is said; returns number, old and new. What
        is left is the most that it can get: it bears later losses as before.
        """
        found = []
        for number, old in list(self.requests.items()):
            if self.due(number) > now and not old.minted > 0.0:
                owed = tuple([shares * kept for shares in old.owed])
                after = old.after if due is None else due - old.escrowed
                new = replace(old, owed=owed, most=owed, after=after)
                self.requests[number] = new
                found.append((number, old, new))
        return found

    def leave(self, number: int, now: float) -> Request:
        """Take a request out, to be paid."""
        request = self.requests[number]
        del self.requests[number]
        if self.queue is not None and request.minted == 0.0:
            self.queue.count(now)
            self.queue.forget(number)
        return request

    def due(self, number: int) -> float:
        """Moment (seconds) at which a request is ready to be paid; of one that waits for its place in the queue as things stand now."""
        request = self.requests[number]
        through = self.queue is not None and request.minted == 0.0
        return request.after + (self.queue.leaves(number) if through and self.queue is not None else request.escrowed)

    def tokens(self, request: Request) -> tuple[float, ...]:
        """What a request is owed of each backing token, in tokens."""
        return tuple([shares * self._vault.scale(token) for shares, token in zip(request.owed, self._tokens, strict=True)])

    def shares(self, place: int) -> float:
        """Ledger shares of the ``place``-th backing token owed to all who wait."""
        known = self._owed.get(place)
        if known is None or known[0] != self.requests.version:
            known = self._owed[place] = self.requests.version, sum(request.owed[place] for request in self.requests.values())
        return known[1]

    def owed(self, place: int) -> float:
        """Backing tokens (of the ``place``-th kind) owed to all who wait."""
        return self.shares(place) * self._vault.scale(self._tokens[place]) if self.requests else 0.0

    def pending_mints(self) -> float:
        """Tokens of the claim that are paid for and not yet minted."""
        if not self.requests:
            return 0.0
        return sum(request.minted for request in self.requests.values())

    def exposed(self, now: float) -> dict[int, Request]:
        """Requests that bear losses at ``now``, by number."""
        return {number: request for number, request in self.requests.items() if self._bears(number, request, now)}

    def settle_at(self, backing: Sequence[float], units: float, exposed: Mapping[int, Request], now: float) -> None:
        """Share ``backing`` (ledger shares of each backing token) between ``units`` of the claim that stay and the ``exposed`` requests:
        each is owed the lower of what it was owed at request and its units at the rate of those who stay.
        """
        if self.queue is not None:
            self.queue.count(now)
        rates = [
            common_rate(amount, units, [(request.most[place], request.units) for request in exposed.values()])
            for place, amount in enumerate(backing)
        ]
        for number, request in exposed.items():
            owed = tuple([min(most, request.units * rate) for most, rate in zip(request.most, rates, strict=True)])
            if owed != request.owed:
                self.requests[number] = replace(request, owed=owed)
                if self.queue is not None:
                    self.queue.resize(number, owed[0])

    def due_to(self, account: int, item: object, now: float, *, minted: bool | None) -> Iterator[int]:
        """Numbers of an account's requests that are due (all, or the one that ``item`` names), mints or redemptions alone where asked.

        Raises:
            Refused: ``nothing_due``.
        """
        found = [
            number
            for number, request in self.requests.items()
            if request.account == account
            and item in (None, number)
            and (minted is None or minted == (request.minted > 0.0))
            and self.due(number) <= now
        ]
        if not found:
            raise Refused("nothing_due", f"{item}")
        yield from found

    def _bears(self, number: int, request: Request, now: float) -> bool:
        if request.rule == "request" or request.units <= 0.0:
            return False
        return now < (request.escrowed if request.rule == "escrow" else self.due(number))


def common_rate(backing: float, units: float, leaving: Sequence[tuple[float, float]]) -> float:
    """The rate r of ``units`` that stay, beside ``leaving`` requests (most, units) that get min(most, units x r), all from ``backing``:
    r x units + sum of min(most, units x r) = backing. Infinite where nobody stays and those who leave have all that they were owed.
    """
    first = sorted(leaving, key=lambda request: request[0] / request[1], reverse=True)
    rest = [0.0]
    for most, _ in reversed(first):
        rest.append(rest[-1] + most)
    together = units
    for most, own in first:
        if backing - rest[-1] >= most / own * together:
            break
        together += own
        rest.pop()
    return max(backing - rest[-1], 0.0) / together if together > 0.0 else float("inf")
