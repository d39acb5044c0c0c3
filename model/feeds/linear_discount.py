"""A feed that prices a fixed-maturity token by the time that is left, linearly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from model.core.moment import Moment
from model.core.params import Params, param
from model.core.units import YEAR
from model.feeds.base import Feed, Observation, Source

_SOURCE = "Pendle deterministic oracle, PendleSparkLinearDiscountOracle"


class LinearDiscountParams(Params):
    """Parameters of a linear discount. Governance may set the discount anew."""

    maturity: Moment = param(unit="date", description="Moment from which the token is worth one unit of its backing")
    discount_per_year: float = param(
        0.05, unit="1/year", ge=0, description="Discount to par per year that is left, set at listing", source=_SOURCE
    )
    times: Source | None = param(None, unit="name", description="Feed of the backing token, which multiplies; none for units of backing")


class LinearDiscount(Feed, kind="linear_discount"):
    """max(0, 1 - discount per year x years to maturity) x feed of the backing; par from maturity on. Read through.

    Deterministic: blind to what the token trades at, to the yield that the market implies, and to a loss of what stands behind it.

    Source: Pendle's linear-discount oracle (baseDiscountPerYear x time left / 365 days), multiplied by the underlying's feed where Aave
    lists principal tokens (bgd-labs/aave-capo, PendlePriceCapAdapter).
    """

    fixed = ("times",)
    Params = LinearDiscountParams
    params: LinearDiscountParams

    def sources(self) -> Sequence[str]:
        """The backing's feed, where there is one."""
        return () if self.params.times is None else (self.params.times,)

    def candidate(self, observations: Sequence[Observation], now: float, state: Any) -> float:
        """The discounted unit, times the backing's price."""
        price = observations[0].value if observations else 1.0
        return self.factor(now) * price

    def factor(self, now: float) -> float:
        """Units of backing stated for one token at ``now`` (seconds)."""
        left = max(self.params.maturity - now, 0.0)
        return max(0.0, 1.0 - self.params.discount_per_year * left / YEAR)
