"""Kind ``oracle_value``: feeds state a wrong value."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from model.core.params import param
from model.shocks.base import Shock, ShockParams
from model.shocks.statements import always, distort, feeds_of, restore, times
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
    """Feeds are wrong while it lasts. A multiple follows what the feed would say, whenever it is read; several multiply. A value stands
    whatever shocks that began before it make of the feed's own; those that begin after it make theirs of the value.

    Source: Compound's DAI price of 26 November 2020 (1.30); feeds that mispriced wrapped tokens by their rate.
    """

    Params = OracleValueParams
    params: OracleValueParams

    def begin(self, world: World) -> None:
        """State the wrong value from now on."""
        params = self.params
        wrong = always(params.value) if params.value is not None else times(params.factor or 1.0)
        for feed in feeds_of(world, params.feeds):
            distort(feed, self.name, wrong)

    def end(self, world: World) -> None:
        """Let them speak for themselves."""
        for feed in feeds_of(world, self.params.feeds):
            restore(feed, self.name)
