"""Kind ``oracle_freeze``: feeds go on saying what they said."""

from __future__ import annotations

from model.core.params import param
from model.shocks.base import Shock, ShockParams
from model.shocks.statements import always, distort, feeds_of, restore
from model.world.world import World


class OracleFreezeParams(ShockParams):
    """Feeds that stop."""

    feeds: tuple[str, ...] = param(unit="feed", min_length=1, description="Feeds that stop")


class OracleFreeze(Shock, kind="oracle_freeze"):
    """A posted feed refuses posts while any freeze lasts; one that is read through keeps the value of the first moment."""

    Params = OracleFreezeParams
    params: OracleFreezeParams

    def begin(self, world: World) -> None:
        """Stop them."""
        for feed in feeds_of(world, self.params.feeds):
            if feed.mechanism.posted:
                feed.freezes |= {self.name}
            else:
                distort(feed, self.name, always(feed.value()))

    def end(self, world: World) -> None:
        """Let them go on, as far as this shock has stopped them."""
        for feed in feeds_of(world, self.params.feeds):
            feed.freezes -= {self.name}
            restore(feed, self.name)
