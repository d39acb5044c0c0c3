"""Kind ``depth_collapse``: market makers withdraw from a reference book."""

from __future__ import annotations

from model.core.params import param
from model.shocks.base import Shock, ShockParams
from model.world.venue import TradingVenue
from model.world.world import World


class DepthCollapseParams(ShockParams):
    """A loss of depth."""

    venue: str = param(unit="venue", description="Reference book")
    factor: float = param(0.2, unit="1", gt=0, description="Factor on the depth of every token while it lasts")


class DepthCollapse(Shock, kind="depth_collapse"):
    """The same sale moves the price 1 / factor times as far; what was traded before stays where it is."""

    Params = DepthCollapseParams
    params: DepthCollapseParams

    def begin(self, world: World) -> None:
        """Thin the book out."""
        self._deepen(world, self.params.factor)

    def end(self, world: World) -> None:
        """Fill it again."""
        self._deepen(world, 1.0 / self.params.factor)

    def _deepen(self, world: World, factor: float) -> None:
        venue = world.targets[self.params.venue]
        assert isinstance(venue, TradingVenue)
        params = venue.mechanism.params
        depth = getattr(params, "depth_factor", None)
        if depth is None:
            raise ValueError(f"shock {self.name}: {venue.name} has no depth; allowed: a reference book")
        venue.mechanism = type(venue.mechanism)(params.replaced(depth_factor=depth * factor))
