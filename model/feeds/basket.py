"""A feed that prices a share by what is behind it: units of each token times that token's feed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from pydantic import model_validator

from model.core.params import Params, param
from model.feeds.base import Feed, Observation, Source, Sources


class BasketParams(Params):
    """Parameters of a basket."""

    units: Sources = param(unit="name", description="Units per share of each token behind it: claim:<share> <token>")
    times: tuple[Source, ...] = param(
        unit="name", min_length=1, description="Feed of each of these tokens, in the same order; of the numeraire one of kind constant"
    )

    @model_validator(mode="after")
    def _one_each(self) -> Self:
        if len(self.times) != len(self.units):
            raise ValueError(f"one feed in `times` for each of the {len(self.units)} units")
        return self


class Basket(Feed, kind="basket"):
    """Sum of units per share times price. Read through.

    Units are read as they stand, so that whoever moves the pool moves them: with a pool out of balance it states the redemption value, not
    that of the balanced pool.

    Source: price of a pool token from its reserves, as in the attacks on it (Warp Finance, December 2020). Assumes: no guard against them.
    """

    fixed = ("units", "times")
    Params = BasketParams
    params: BasketParams

    def sources(self) -> Sequence[str]:
        """The units, then the feeds."""
        return (*self.params.units, *self.params.times)

    def candidate(self, observations: Sequence[Observation], now: float, state: Any) -> float:
        """The value of one share."""
        count = len(self.params.units)
        return sum(units.value * price.value for units, price in zip(observations[:count], observations[count:], strict=True))
