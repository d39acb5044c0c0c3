"""Kind ``oracle_freeze``: feeds go on saying what they said."""

from __future__ import annotations

from model.core.params import param
from model.shocks.base import Shock, ShockParams
from model.shocks.statements import feeds_of, state
from model.world.world import World


class OracleFreezeParams(ShockParams):
    """Feeds that stop."""

    feeds: tuple[str, ...] = param(unit="feed", min_length=1, description="Feeds that stop")


class OracleFreeze(Shock, kind="oracle_freeze"):
    """A posted feed refuses posts; one that is read through keeps the value of the first moment."""

    Params = OracleFreezeParams
    params: OracleFreezeParams

    def begin(self, world: World) -> None:
        """Stop them."""
        for feed in feeds_of(world, self.params.feeds):
            if feed.mechanism.posted:
                feed.frozen = True
            else:
                state(feed, feed.value())

    def end(self, world: World) -> None:
        """Let them go on."""
        for feed in feeds_of(world, self.params.feeds):
            if feed.mechanism.posted:
                feed.frozen = False
            else:
                state(feed, None)
