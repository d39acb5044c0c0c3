"""A feed that lets an exchange rate grow only so fast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from model.core.moment import Moment
from model.core.params import Params, param
from model.core.units import YEAR
from model.feeds.base import Feed, Observation, Source

_SOURCE = "Aave CAPO, PriceCapAdapterBase"


class CappedGrowthParams(Params):
    """Parameters of a capped rate. Governance sets the snapshot's ratio and time, which can fall out of step."""

    rate: Source = param(unit="name", description="The rate that is capped: a claim, or a feed that states its rate")
    times: Source | None = param(
        None, unit="name", description="Feed of the backing token, which multiplies the rate; none for the rate alone"
    )
    snapshot_ratio: float = param(unit="backing per claim", gt=0, description="The rate at the snapshot", source=_SOURCE)
    snapshot_time: Moment = param(unit="seconds", description="Time of the snapshot, since 1970 or an ISO 8601 date", source=_SOURCE)
    growth_per_year: float = param(
        0.1, unit="1/year", ge=0, description="Highest growth of the ratio, as a share of the snapshot's", source=_SOURCE
    )


class CappedGrowth(Feed, kind="capped_growth"):
    """min(rate, snapshot ratio + growth per second x (now - snapshot time)) x feed of the backing. Read through.

    Source: Aave CAPO (bgd-labs/aave-capo), PriceCapAdapterBase.latestAnswer. The growth per second is the snapshot's ratio x
    the yearly growth / 365 days: linear, not compounded. A snapshot too low for its time states less than the rate is worth.
    """

    fixed = ("rate", "times")
    Params = CappedGrowthParams
    params: CappedGrowthParams

    def sources(self) -> Sequence[str]:
        """The rate, then the backing's feed."""
        return (self.params.rate,) if self.params.times is None else (self.params.rate, self.params.times)

    def candidate(self, observations: Sequence[Observation], now: float, state: Any) -> float:
        """The capped rate, times the backing's price."""
        rate = observations[0].value
        # The cap second: min keeps the first of an unordered pair, so that an unknown rate stays unknown.
        capped = min(rate, self.cap(now))
        return capped if self.params.times is None else capped * observations[1].value

    def cap(self, now: float) -> float:
        """Highest ratio that is stated at ``now`` (seconds)."""
        return self.params.snapshot_ratio + self.growth_per_second * (now - self.params.snapshot_time)

    @property
    def growth_per_second(self) -> float:
        """Growth of the cap, in units of the ratio a second."""
        return self.params.snapshot_ratio * self.params.growth_per_year / YEAR
