"""What shocks to feeds have in common: a value stated in place of the feed's own."""

from __future__ import annotations

from model.world.board import PriceFeed
from model.world.world import World


def feeds_of(world: World, names: tuple[str, ...]) -> list[PriceFeed]:
    """The feeds of these names."""
    return [feed for name in names if isinstance(feed := world.targets[name], PriceFeed)]


def own_value(feed: PriceFeed) -> float:
    """What a feed would say by itself."""
    override, feed.override = feed.override, None
    value = feed.value()
    feed.override = override
    return value


def state(feed: PriceFeed, value: float | None) -> None:
    """Have a feed say ``value`` from now on, its own again with None; whoever reads it has to look again."""
    if value != feed.override:
        feed.override = value
        feed.world.board.changed()
