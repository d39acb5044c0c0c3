"""Kind ``oracle_value``: feeds state a wrong value."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from model.core.params import param
from model.shocks.base import Shock, ShockParams
from model.shocks.statements import feeds_of, own_value, state
from model.world.world import World


class OracleValueParams(ShockParams):
    """What is stated in place of the feeds' own values: a value, or a multiple of what they would say."""

    feeds: tuple[str, ...] = param(unit="feed", min_length=1, description="Feeds that are wrong")
    value: float | None = param(None, unit="numeraire per token", gt=0, description="Value that they state; none for a multiple")
    factor: float | None = param(None, unit="1", gt=0, description="Factor on what they would say; none for a value")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.value is None) == (self.factor is None):
            raise ValueError("either a value or a factor")
        return self


class OracleValue(Shock, kind="oracle_value"):
    """Feeds are wrong while it lasts. A multiple follows what the feed would say, tick by tick.

    Source: Compound's DAI price of 26 November 2020 (1.30); feeds that mispriced wrapped tokens by their rate.
    """

    Params = OracleValueParams
    params: OracleValueParams

    def begin(self, world: World) -> None:
        """Nothing at the first moment that ``advance`` would not do."""

    def advance(self, world: World) -> None:
        """State the wrong value."""
        if self.ended:
            return
        for feed in feeds_of(world, self.params.feeds):
            state(feed, self.params.value if self.params.factor is None else self.params.factor * own_value(feed))

    def end(self, world: World) -> None:
        """Let them speak for themselves."""
        for feed in feeds_of(world, self.params.feeds):
            state(feed, None)
