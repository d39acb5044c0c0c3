"""The contract of a claim: what stands behind a token."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from model.claims.exit_queue import ExitQueueParams, LossRule
from model.core.errors import Refused
from model.core.registry import Plugin
from model.core.units import YEAR


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


@dataclass(frozen=True, slots=True)
class Turn:
    """What happens to a claim by itself at one moment ``at`` (seconds): ``step``, in a word; the share ``lost`` of what stands behind it
    and of what it owes and has not paid; the moment ``due`` at which what is owed is paid then, None for no other than before.
    """

    at: float
    step: str
    lost: float = 0.0
    due: float | None = None


@dataclass(frozen=True, slots=True)
class Dealing:
    """A part of a redemption: dealt in the window of this number, ``amount`` backing tokens, paid at ``due`` (seconds)."""

    window: int
    amount: float
    due: float


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
    defaults: ClassVar[bool] = False
    """Whether there is an issuer that can default."""

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

    def earning(self, since: float, until: float) -> float:
        """Seconds between two moments in which rewards come: all of them, unless the kind stops earning."""
        return until - since

    def yield_per_year(self, now: float, under: float) -> float:
        """Simple yearly yield of a token at ``now``, while its (first) backing yields ``under`` by itself."""
        return self.reward(1.0, self.earning(now, now + YEAR)) + under

    def turn(self) -> Turn | None:
        """What happens to the claim by itself at a moment, once: a maturity, a default; None for nothing."""
        return None

    def strikes(self, normal: Callable[[str], float], seconds: float) -> list[str]:
        """Names of what slashes the backing within ``seconds``, given a standard normal for each name."""
        return []

    def loss(self, struck: Sequence[str]) -> float:
        """Share of the backing that is lost when all of ``struck`` slash at once."""
        return 0.0

    def rate(self, cover: Cover) -> tuple[float, ...]:
        """Units of each backing token per unit of the claim; 1 each where none exists yet."""
        if not cover.supply > 0.0:
            return tuple(1.0 for _ in cover.amounts)
        return tuple(amount / cover.supply for amount in cover.amounts)

    def opening(self, cover: Cover) -> tuple[float, ...]:
        """Units of each backing token that stand behind one token at genesis, where nothing else is said."""
        return self.rate(cover)

    def value(self, now: float) -> float:
        """What a token is worth at ``now`` per unit of value that it is owed: below 1 where it is owed later."""
        return 1.0

    def surplus(self, cover: Cover) -> float:
        """Units of the (first) backing that belong to another side than the holders (a yield side, a minting vault) and may leave now."""
        return 0.0

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

    def deals(self, amount: float, now: float, dealt: Mapping[int, float]) -> tuple[Dealing, ...]:
        """How a request of ``amount`` backing tokens is spread over dealing windows, of which ``dealt`` (backing tokens by window) is
        taken; empty for a kind without windows, whose requests wait as :meth:`wait` says.

        Raises:
            Refused: ``window_limit`` where there is no room in sight.
        """
        return ()

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
