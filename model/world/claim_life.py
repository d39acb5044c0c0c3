"""What happens to a claim token: it grows, is impaired and is diluted, and losses travel up to whatever stands on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from model.claims.base import Turn
from model.claims.restaked import Restaked
from model.core.errors import Refused
from model.world.claim_state import ClaimState
from model.world.look_through import backed_value

if TYPE_CHECKING:
    from model.world.world import World

_ROUNDING = 1e-12
"""Relative fall in value that is rounding, not a loss."""


class ClaimLife(ClaimState):
    """What a claim token in place goes through besides its verbs."""

    def next_accrual(self) -> float | None:
        """Time of the next accrual or turn (seconds), None for a claim to which nothing happens by itself."""
        period, turn = self.mechanism.period(), self.mechanism.turn()
        ahead = [] if period is None else [self.accrued_at + period]
        if turn is not None and not self.turned:
            ahead.append(turn.at)
        return min(ahead, default=None)

    def accrue(self) -> None:
        """Add the rewards since the last accrual to the backing; a rebasing claim raises every balance. Then strikes what strikes, what
        belongs to others is paid out, and a turn that is due takes place.
        """
        now, since = self.world.clock.now, self.accrued_at
        reward = self.mechanism.reward(self.backing(), self.mechanism.earning(since, now))
        self.accrued_at = now
        if reward != 0.0:
            self._change(self.backing_token, reward)
            self._share()
            self._rescale()
            self._note("rebase", reward)
        if now > since:
            self._strike(now, now - since)
        self._pay_out_surplus()
        self.world.board.changed()
        turn = self.mechanism.turn()
        if turn is not None and turn.at <= now and not self.turned:
            self._turn(turn, now)

    def default(self) -> None:
        """The issuer defaults now; nothing where it has before.

        Raises:
            Refused: ``not_possible`` for a kind without an issuer.
        """
        if not self.mechanism.defaults:
            raise Refused("not_possible", f"{self.name} has no issuer")
        if not self.turned:
            self.mechanism = type(self.mechanism)(self.mechanism.params.replaced(defaulted_at=self.world.clock.now))
            self.accrue()

    def impair(self, amount: float) -> None:
        """Lose ``amount`` of the first backing token (slashing, a default): all who bear losses bear it alike, and who stands on them."""
        most, *others = self.at_risk().amounts
        self._lose((min(amount, most), *(0.0 for _ in others)))

    def impair_share(self, severity: float) -> float:
        """Lose what the kind loses in an impairment of ``severity`` (0 to 1) of all that bears losses; returns the units of the first
        backing token.

        Raises:
            Refused: ``invalid_amount``.
        """
        lost = self.mechanism.impair(self.at_risk(), severity)
        self._lose(lost)
        return lost[0]

    def slash_service(self, service: str, severity: float) -> float:
        """Lose what one service takes that slashes ``severity`` of its allocation; returns units of backing.

        Raises:
            Refused: ``not_possible`` for a kind without services, ``invalid_amount`` for an unknown one.
        """
        if not isinstance(self.mechanism, Restaked):
            raise Refused("not_possible", f"{self.name} secures no services")
        return self._slash([service], self.mechanism.slashed({service: severity}))

    def dilute(self, amount: float, holder: int) -> None:
        """Mint ``amount`` of the token to ``holder`` with nothing behind it: every holder bears it alike. Whoever has it done says what
        of it is a loss (see :func:`losses`).
        """
        self.ledger.create(self.name, holder, amount, "claim")
        self._rescale()

    def worth(self) -> float:
        """USD behind one token (one share of a rebasing claim, whose tokens become fewer instead of poorer); 0 where nobody can say."""
        try:
            return self.ledger.scale(self.name) * backed_value(self.world, self.name)
        except Refused:
            return 0.0

    def bear(self, before: float, held: float) -> None:
        """Note a loss where a token is worth less than the ``before`` of :meth:`worth`; ``held`` was its backing (first token)."""
        after = self.worth()
        if after < before * (1.0 - _ROUNDING):
            self.whole *= after / before
            self._note("impair", -held * (1.0 - after / before))

    def _strike(self, now: float, seconds: float) -> None:
        draws, place = self.world.draws, f"claims.{self.name}"
        struck = self.mechanism.strikes(lambda name: draws[f"{place}.{name}" if name else place].normal(time=now), seconds)
        if struck:
            self._slash(struck, self.mechanism.loss(struck))

    def _slash(self, services: list[str], share: float) -> float:
        """Lose a share of all that bears losses to services that slash together."""
        lost = self.at_risk().amounts[0] * share
        for service in services:
            self._note(f"slashed by {service}", -lost)
        self._lose((lost,))
        return lost

    def _turn(self, turn: Turn, now: float) -> None:
        self.turned = True
        cover = self.cover()
        lost = tuple(amount * turn.lost for amount in cover.amounts)
        if turn.lost > 0.0:
            for number, old, new in self.line.write_down(1.0 - turn.lost, turn.due, now):
                for token, was, left in zip(self.tokens, self.line.tokens(old), self.line.tokens(new), strict=True):
                    self._change(token, left - was)
                self._note_request(number, new.account, "written_down", self.line.tokens(new)[0], self.line.due(number))
            self._lose(lost)
        self._note(turn.step, -lost[0])

    def _lose(self, lost: tuple[float, ...]) -> None:
        if self.custodian is not None:
            raise Refused("not_possible", f"the backing of {self.name} stands with its bridge")
        with losses(self.world):
            for token, amount in zip(self.tokens, lost, strict=True):
                self._change(token, -amount)
            self._share()
            self.buffer = min(self.buffer, self.backing())
            self._rescale()


@contextmanager
def losses(world: World) -> Iterator[None]:
    """What backing is lost while it lasts is borne by each claim of the world by its own rule: what a token of it was worth before and is
    worth after, at the true prices of the moment. So a loss travels up through any number of claims and shares: a share of a pool of two
    tokens bears the part of one, a synthetic nothing as long as its collateral covers it.
    """
    before = [(claim, claim.worth(), claim.backing()) for claim in world.all(ClaimLife)]
    yield
    world.board.changed()
    for claim, worth, held in before:
        claim.bear(worth, held)
