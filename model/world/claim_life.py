"""What happens to a claim token: it grows, is impaired and is diluted, and losses travel up to whatever stands on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

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
        """Time of the next accrual (seconds), None for a claim that never accrues."""
        period = self.mechanism.period()
        return None if period is None else self.accrued_at + period

    def accrue(self) -> None:
        """Add the rewards since the last accrual to the backing; a rebasing claim raises every balance."""
        now = self.world.clock.now
        reward = self.mechanism.reward(self.backing(), now - self.accrued_at)
        self.accrued_at = now
        self._change(self.backing_token, reward)
        self._rescale()
        self._note("rebase", reward)

    def impair(self, amount: float) -> None:
        """Lose ``amount`` of the first backing token (slashing, a default): all holders bear it alike, and who stands on it."""
        self._lose((min(amount, self.backing()),))

    def impair_share(self, severity: float) -> float:
        """Lose what the kind loses in an impairment of ``severity`` (0 to 1); returns the units of the first backing token.

        Raises:
            Refused: ``invalid_amount``.
        """
        lost = self.mechanism.impair(self.cover(), severity)
        self._lose(lost)
        return lost[0]

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

    def _lose(self, lost: tuple[float, ...]) -> None:
        if self.custodian is not None:
            raise Refused("not_possible", f"the backing of {self.name} stands with its bridge")
        with losses(self.world):
            for token, amount in zip(self.tokens, lost, strict=True):
                self._change(token, -amount)
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
