"""Tokenised real-world: a share of a fund or an issuer's asset off chain, with dealing days and a closed circle of holders."""

from __future__ import annotations

import math

from model.claims.base import Claim, Cover
from model.core.moment import Moment, OptionalMoment
from model.core.params import Params, param
from model.core.units import DAY, YEAR


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
    business_days: bool = param(True, unit="rule", description="Settlement days are Mondays to Fridays only")
    admitted: list[str] | None = param(None, unit="names", description="Accounts or populations that may hold it; none: everybody")
    recovery: float = param(0.4, unit="fraction", ge=0, le=1, description="Share of the assets recovered after a default of the issuer")
    recovery_delay: float = param(365 * DAY, unit="seconds", ge=0, description="From default to payment of what is recovered")
    defaulted_at: OptionalMoment = param(None, unit="date", description="Moment of the issuer's default; none: never")


class TokenisedRealWorld(Claim, kind="tokenised_real_world"):
    """A claim on an issuer. Its rate is the posted net asset value, which moves at posts only; redemption deals in windows, each up to a
    limit, and settles some days later; transfers go to admitted holders alone. After a default there are no rewards and no windows:
    what is recovered is paid after a delay.

    Assumes: dealing days know weekends and no holidays; requests beyond a window's limit go to the next ones in turn.
    """

    queues = True
    Params = TokenisedRealWorldParams
    params: TokenisedRealWorldParams

    def period(self) -> float:
        """Seconds between posts of the net asset value."""
        return self.params.nav_period

    def reward(self, backing: float, seconds: float) -> float:
        """Yield of ``seconds`` on ``backing``, none after a default."""
        return 0.0 if self.params.defaulted_at is not None else backing * self.params.yield_per_year * seconds / YEAR

    def defaulted(self, now: float) -> bool:
        """Whether the issuer has defaulted."""
        return self.params.defaulted_at is not None and now >= self.params.defaulted_at

    def mintable(self, now: float) -> bool:
        """Until a default."""
        return not self.defaulted(now)

    def may_hold(self, holder: str) -> bool:
        """Whether ``holder``, or the population that it is of (``name[3]`` of ``name``), is admitted."""
        admitted = self.params.admitted
        return admitted is None or holder in admitted or holder.split("[")[0] in admitted

    def wait(self, queued: float | None, amount: float, now: float, liquid: float | None = None) -> float:
        """Seconds to the window that has room for the request, and to its settlement; after a default, to the payment of the recovery."""
        params = self.params
        if self.defaulted(now):
            assert params.defaulted_at is not None
            return max(0.0, params.defaulted_at + params.recovery_delay - now)
        deals = self._deals(now)
        if params.window_limit is not None:
            later = max(0, math.ceil(((queued or 0.0) + amount) / params.window_limit - 1e-9) - 1)
            if later > 0:
                number = math.floor((deals - params.first_window) / params.window_period + 1e-9)
                deals = params.first_window + (number + later) * params.window_period
        return settlement(deals, params.settlement_days, params.business_days) - now

    def impair(self, cover: Cover, severity: float) -> tuple[float, ...]:
        """Backing lost when a share ``severity`` of the assets defaults: what is not recovered of it."""
        return tuple(lost * (1.0 - self.params.recovery) for lost in super().impair(cover, severity))

    def _deals(self, now: float) -> float:
        params = self.params
        number = math.floor((now - params.first_window) / params.window_period)
        opening = params.first_window + number * params.window_period
        return now if now - opening < params.window_length else opening + params.window_period


def settlement(deals: float, days: int, business: bool) -> float:
    """Time of payment ``days`` after ``deals`` (seconds); with ``business`` only Mondays to Fridays (UTC) count."""
    moment = deals
    for _ in range(days):
        moment += DAY
        while business and (moment // DAY + 3) % 7 >= 5:
            moment += DAY
    return moment
