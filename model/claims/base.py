"""The contract of a claim: what stands behind a token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from model.claims.exit_queue import ExitQueueParams, LossRule
from model.core.errors import Refused
from model.core.registry import Plugin


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands behind a claim when it is asked: ``amounts`` of its backing tokens (in the order of ``Claim.backing``, without what is
    already owed to waiting redemptions), ``supply`` of the claim, the time in seconds and, for a kind that mints by value, the
    ``prices`` of the backing tokens in the unit that the claim tracks.
    """

    amounts: tuple[float, ...]
    supply: float
    now: float
    prices: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Issue:
    """A mint as quoted: claims ``minted``, backing ``taken`` from the minter, backing ``added`` by parties outside the model."""

    minted: float
    taken: tuple[float, ...]
    added: tuple[float, ...]


class Claim(Plugin, family="claims"):
    """A token that stands on units of one or more others (its ``backing`` tokens).

    A claim has an exchange rate (backing per unit, which follows from its backing and its supply), a way in (mint), a way out
    (redeem, at once or through a queue) and can be impaired. Pure: the world holds backing and queue and moves the tokens.
    Raises ``Refused`` (reasons: ``invalid_amount``, ``no_backing``, ``no_price``) where the claim would. What can change in a run
    (a pause, an opening date, a default) is a parameter, which governance or a shock replaces.
    """

    queues: ClassVar[bool] = False
    """Whether redemptions wait in a queue or for a window, so that their wait is worth recording."""

    impairable: ClassVar[bool] = True
    """Whether an impairment strikes the claim itself; not where its backing stands with a bridge, which is what fails then."""

    def __init__(self, params: Any) -> None:
        self.params = params

    @property
    def backing(self) -> tuple[str, ...]:
        """Tokens that this claim stands on."""
        return (self.params.backing,)

    @property
    def rebasing(self) -> bool:
        """Whether rewards raise balances (kept as shares in the ledger) rather than the rate of a fixed balance."""
        return False

    @property
    def tracks(self) -> str | None:
        """Unit of account that the claim is worth one of (``usd`` or a token), of a kind that mints by value; None for the others."""
        return None

    @property
    def stake(self) -> ExitQueueParams | None:
        """How the backing leaves as stake, of a kind that puts it at stake; None for the others."""
        return None

    @property
    def escrow(self) -> float:
        """Seconds that a redemption is held back before it joins the queue."""
        return 0.0

    @property
    def losses_until(self) -> LossRule:
        """Until when a redemption on its way bears losses of the backing beside those who stay."""
        return "finalised"

    def period(self) -> float | None:
        """Seconds between accruals, None for a claim that never accrues by itself."""
        return None

    def reward(self, backing: float, seconds: float) -> float:
        """Backing tokens gained over ``seconds`` on ``backing``."""
        return 0.0

    def rate(self, cover: Cover) -> tuple[float, ...]:
        """Units of each backing token per unit of the claim; 1 each where none exists yet."""
        if not cover.supply > 0.0:
            return tuple(1.0 for _ in cover.amounts)
        return tuple(amount / cover.supply for amount in cover.amounts)

    def mintable(self, now: float) -> bool:
        """Whether the way in is open at ``now`` (seconds) to everybody."""
        return True

    def may_hold(self, holder: str) -> bool:
        """Whether the account (or population) of this name may receive the token."""
        return True

    def mint(self, cover: Cover, amounts: tuple[float, ...]) -> Issue:
        """Claims for ``amounts`` of the backing tokens, in proportion to the rate; what exceeds the proportion is not taken.

        Raises:
            Refused: ``invalid_amount``; ``no_backing`` where the claim's backing is gone, so that any price would be too low.
        """
        if len(amounts) != len(cover.amounts) or not all(amount > 0.0 for amount in amounts):
            raise Refused("invalid_amount", f"{amounts}")
        rates = self.rate(cover)
        if not all(rate > 0.0 for rate in rates):
            raise Refused("no_backing")
        minted = min(amount / rate for amount, rate in zip(amounts, rates, strict=True))
        return Issue(minted, tuple(minted * rate for rate in rates), tuple(0.0 for _ in rates))

    def redeem(self, cover: Cover, amount: float) -> tuple[float, ...]:
        """Backing tokens paid or owed for ``amount`` of the claim.

        Raises:
            Refused: ``invalid_amount`` unless 0 < amount <= supply.
        """
        check_redemption(cover, amount)
        return tuple(amount * rate for rate in self.rate(cover))

    def wait(self, queued: float | None, amount: float, now: float, liquid: float | None = None) -> float | None:
        """Seconds from a redemption request of ``amount`` backing tokens to its settlement; 0 for at once, None where
        the way out is closed.

        ``queued`` is what stands ahead when the request joins the queue (after its ``escrow``), others' included; None of stake that
        leaves through no queue. ``liquid`` is the backing at hand outside the queue (an operator's buffer, a lending pool's cash), None
        where there is no such thing.
        """
        return None

    def impair(self, cover: Cover, severity: float) -> tuple[float, ...]:
        """Backing tokens lost in an impairment of ``severity`` (0 to 1); ``cover`` is of all that bears it, the leaving included.

        Raises:
            Refused: ``invalid_amount`` outside 0 to 1.
        """
        if not 0.0 <= severity <= 1.0:
            raise Refused("invalid_amount", f"severity {severity}")
        return tuple(amount * severity for amount in cover.amounts)


def check_redemption(cover: Cover, amount: float) -> None:
    """Refuse an amount that is not within 0 to supply (with a rounding margin of 1e-9).

    Raises:
        Refused: ``invalid_amount``.
    """
    if not 0.0 < amount <= cover.supply * (1.0 + 1e-9):
        raise Refused("invalid_amount", f"{amount} of {cover.supply}")
