"""Tokenised real-world: a share of a fund or an issuer's asset off chain, with dealing days and a closed circle of holders."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, Self

from pydantic import model_validator

from model.claims.base import Claim, Cover, Dealing, Turn
from model.core.errors import Refused
from model.core.moment import Moment, OptionalMoment
from model.core.params import Params, param
from model.core.units import DAY, YEAR

_HORIZON: Final = 5_000
"""Windows ahead in which a request must find room."""


class TokenisedRealWorldParams(Params):
    """A tokenised fund share."""

    backing: str = param("usd", unit="token", description="What the issuer holds and pays")
    yield_per_year: float = param(0.045, unit="1/year", ge=-1, le=1, description="Yield of the assets after fees, simple")
    nav_period: float = param(DAY, unit="seconds", gt=0, description="Time between posts of the net asset value")
    first_window: Moment = param(0.0, unit="date", description="Opening of one redemption window")
    window_period: float = param(DAY, unit="seconds", gt=0, description="Time from one opening to the next")
    window_length: float = param(DAY, unit="seconds", gt=0, description="How long a window stays open, at most the period")
    window_limit: float | None = param(None, unit="backing token", gt=0, description="Most that one window redeems; none: no limit")
    settlement_days: int = param(1, unit="days", ge=0, description="Days from dealing to payment")
    business_days: bool = param(True, unit="rule", description="Dealing and settlement days are Mondays to Fridays only")
    admitted: list[str] | None = param(None, unit="names", description="Accounts or populations that may hold it; none: everybody")
    recovery: float = param(0.4, unit="fraction", ge=0, le=1, description="Share of the assets recovered after a default of the issuer")
    recovery_delay: float = param(365 * DAY, unit="seconds", ge=0, description="From default to payment of what is recovered")
    defaulted_at: OptionalMoment = param(None, unit="date", description="Moment of the issuer's default; none: never, but for a shock")

    @model_validator(mode="after")
    def _deals_at_all(self) -> Self:
        if all(self.dealing(number, -math.inf) is None for number in range(8)):
            raise ValueError("windows that open on a weekend alone never deal: another first_window, or business_days = false")
        return self

    def window(self, now: float) -> int:
        """Number of the window whose opening was the last one by ``now``; ``first_window`` opens number 0."""
        return math.floor((now - self.first_window) / self.window_period)

    def dealing(self, number: int, now: float) -> float | None:
        """First moment from ``now`` on at which window ``number`` deals; None where there is none (it has closed, or is a weekend)."""
        opening = self.first_window + number * self.window_period
        moment = max(now, opening)
        while self.business_days and _weekend(moment):
            moment = (moment // DAY + 1.0) * DAY
        return moment if moment < opening + min(self.window_length, self.window_period) else None


class TokenisedRealWorld(Claim, kind="tokenised_real_world"):
    """A claim on an issuer. Its rate is the posted net asset value, which moves at posts only; redemption deals in windows, each up to a
    limit, and settles some days later; transfers go to admitted holders alone. A request beyond what a window has left is split: the rest
    deals in the next ones. At a default (at its date, or by the shock ``issuer_default``) rewards and windows end, and what is not
    recovered is lost, by the holders and by those whose redemption is not yet settled alike: all are paid what is recovered after a delay.

    Assumes: dealing days know weekends and no holidays; a redemption is priced at the net asset value of its request, not of its dealing.
    """

    queues = True
    defaults = True
    Params = TokenisedRealWorldParams
    params: TokenisedRealWorldParams

    def period(self) -> float:
        """Seconds between posts of the net asset value."""
        return self.params.nav_period

    def reward(self, backing: float, seconds: float) -> float:
        """Yield of ``seconds`` on ``backing``."""
        return backing * self.params.yield_per_year * seconds / YEAR

    def earning(self, since: float, until: float) -> float:
        """Seconds until the default."""
        end = until if self.params.defaulted_at is None else min(until, self.params.defaulted_at)
        return max(end - since, 0.0)

    def yield_per_year(self, now: float, under: float) -> float:
        """The assets' yield, none after a default."""
        return under if self.defaulted(now) else self.params.yield_per_year + under

    def defaulted(self, now: float) -> bool:
        """Whether the issuer has defaulted."""
        return self.params.defaulted_at is not None and now >= self.params.defaulted_at

    def turn(self) -> Turn | None:
        """The default, where it has a date."""
        at = self.params.defaulted_at
        return None if at is None else Turn(at, "default", 1.0 - self.params.recovery, at + self.params.recovery_delay)

    def mintable(self, now: float) -> bool:
        """Until a default."""
        return not self.defaulted(now)

    def may_hold(self, holder: str) -> bool:
        """Whether ``holder``, or the population that it is of (``name[3]`` of ``name``), is admitted."""
        admitted = self.params.admitted
        return admitted is None or holder in admitted or holder.split("[")[0] in admitted

    def wait(self, queued: float | None, amount: float, now: float, liquid: float | None = None) -> float:
        """Seconds to the settlement of the last part of a request that finds all windows empty (:meth:`deals` knows of others); after a
        default, to the payment of what is recovered.
        """
        if self.defaulted(now):
            assert self.params.defaulted_at is not None
            return max(0.0, self.params.defaulted_at + self.params.recovery_delay - now)
        return self.deals(amount, now, {})[-1].due - now

    def deals(self, amount: float, now: float, dealt: Mapping[int, float]) -> tuple[Dealing, ...]:
        """As much in each window as it has left, from the one that is open or opens next; none after a default.

        Raises:
            Refused: ``window_limit`` beyond 5,000 windows.
        """
        params, left = self.params, amount
        first = params.window(now)
        parts: list[Dealing] = []
        for number in range(first, first + _HORIZON) if not self.defaulted(now) else ():
            moment = params.dealing(number, now)
            room = math.inf if params.window_limit is None else params.window_limit - dealt.get(number, 0.0)
            if moment is not None and room > 1e-9 * (params.window_limit or 0.0):
                part = min(left, room)
                parts.append(Dealing(number, part, settlement(moment, params.settlement_days, params.business_days)))
                left -= part
                if left <= 1e-12 * amount:
                    return tuple(parts)
        if not self.defaulted(now):
            raise Refused("window_limit", f"{amount} at {params.window_limit} a window")
        return ()

    def impair(self, cover: Cover, severity: float) -> tuple[float, ...]:
        """Backing lost when a share ``severity`` of the assets defaults: what is not recovered of it."""
        return tuple(lost * (1.0 - self.params.recovery) for lost in super().impair(cover, severity))


def settlement(deals: float, days: int, business: bool) -> float:
    """Time of payment ``days`` after ``deals`` (seconds); with ``business`` only Mondays to Fridays (UTC) count."""
    moment = deals
    for _ in range(days):
        moment += DAY
        while business and _weekend(moment):
            moment += DAY
    return moment


def _weekend(moment: float) -> bool:
    """Whether a moment falls on a Saturday or Sunday (UTC): 1 January 1970 was a Thursday."""
    return (moment // DAY + 3) % 7 >= 5
