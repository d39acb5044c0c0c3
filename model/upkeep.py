"""What moves without being asked: claims accrue, messages and requests arrive, feeds that remember observe their sources."""

from __future__ import annotations

import math

from model.world.board import PriceFeed
from model.world.claim import ClaimToken
from model.world.target import Target
from model.world.world import World


class Upkeep:
    """The parts of a world that move by themselves. Targets do not come and go, so they are found once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._claims = world.all(ClaimToken)
        self._settling = [target for target in world.targets.values() if type(target).next_due is not Target.next_due]
        self._remembering = in_reading_order([feed for feed in world.all(PriceFeed) if feed.state is not None])
        self._said: dict[str, float] = {}
        self._next_accrual = (-1, math.inf)
        self._next_settlement = (-1, math.inf)

    def next_accrual(self) -> float:
        """Time of the next accrual of a claim."""
        version = self._world.board.version  # rises when a claim accrues, and when governance or a shock gives it another date
        if self._next_accrual[0] != version:
            times = [moment for claim in self._claims if (moment := claim.next_accrual()) is not None]
            self._next_accrual = version, min(times, default=math.inf)
        return self._next_accrual[1]

    def accrue_claims(self) -> None:
        """Accrue the claims that are due."""
        self._world.arrivals += 1
        for claim in self._claims:
            moment = claim.next_accrual()
            if moment is not None and moment <= self._world.clock.now:
                claim.accrue()

    def next_settlement(self) -> float:
        """Time of the next thing that happens by itself: a message over a bridge arrives."""
        writes = self._world.journal.writes
        if self._next_settlement[0] != writes:
            self._next_settlement = writes, min([target.next_due() for target in self._settling], default=math.inf)
        return self._next_settlement[1]

    def settle_due(self) -> None:
        """Let happen what is due now, target by target in the order in which they were put in place."""
        self._world.arrivals += 1
        now = self._world.clock.now
        for target in self._settling:
            if target.next_due() <= now:
                target.settle(now)

    def accrue_feeds(self) -> None:
        """Let feeds whose value depends on the past observe their sources. What one of them says now may differ from what it said at the
        last look without any post: that makes offers stale too.
        """
        for feed in self._remembering:
            feed.accrue()
            value = feed.value()
            if value != self._said.get(feed.name):
                self._said[feed.name] = value
                self._world.board.changed(feed.chain)


def in_reading_order(feeds: list[PriceFeed]) -> list[PriceFeed]:
    """Feeds so that each comes after those that it reads."""
    found: list[PriceFeed] = []
    left = {feed.name: feed for feed in feeds}

    def take(feed: PriceFeed) -> None:
        for source in feed.mechanism.sources():
            if source.startswith("feed:") and source[5:] in left:
                take(left.pop(source[5:]))
        found.append(feed)

    while left:
        take(left.pop(next(iter(left))))
    return found
