"""What shocks to feeds have in common: a feed's own value passes through what each shock makes of it, in the order in which they began."""

from __future__ import annotations

from collections.abc import Callable

from model.world.board import PriceFeed
from model.world.distortion import Distortion
from model.world.world import World


def feeds_of(world: World, names: tuple[str, ...]) -> list[PriceFeed]:
    """The feeds of these names."""
    return [feed for name in names if isinstance(feed := world.targets[name], PriceFeed)]


def said_before(feed: PriceFeed, shock: str) -> float:
    """What a feed would say but for this shock and those that began after it."""
    held, names = feed.distortions, [one.shock for one in feed.distortions]
    feed.distortions = held[: names.index(shock)] if shock in names else held
    value = feed.value()
    feed.distortions = held
    return value


def distort(feed: PriceFeed, shock: str, make: Callable[[float], float]) -> None:
    """Have a feed say what ``make`` makes of what it would say; the shock keeps its place among the others. Who reads looks again."""
    fresh = Distortion(shock, make)
    known = any(one.shock == shock for one in feed.distortions)
    feed.distortions = tuple(fresh if one.shock == shock else one for one in feed.distortions) if known else (*feed.distortions, fresh)
    feed.world.board.changed(feed.chain)


def restore(feed: PriceFeed, shock: str) -> None:
    """Take this shock's own distortion away."""
    feed.distortions = tuple(one for one in feed.distortions if one.shock != shock)
    feed.world.board.changed(feed.chain)


def always(value: float) -> Callable[[float], float]:
    """A value whatever would be said."""
    return lambda _: value


def times(factor: float) -> Callable[[float], float]:
    """A multiple of what would be said."""
    return lambda value: factor * value
