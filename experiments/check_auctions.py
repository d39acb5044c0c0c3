"""What the auction of a feed's updates asks of the rest of a scenario."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from experiments.draft import Draft
from model.core.errors import Fault
from model.feeds.base import Feed


def check_for_auctions_without_posts(draft: Draft) -> Iterator[Fault]:
    """Only what is posted can be auctioned: a feed that is read through has no updates."""
    posted = sorted(kind for kind, found in Feed.kinds.items() if found.posted)
    for name, feed in draft.feeds.items():
        mechanism = feed.table.get("mechanism")
        kind = mechanism.get("kind") if isinstance(mechanism, dict) else None
        if feed.table.get("auction") is not None and kind in Feed.kinds and kind not in posted:
            yield Fault(f"feeds.{name}.auction", f"a feed of kind {kind}, which has no updates", f"a feed of kind {', '.join(posted)}")


AUCTION_CHECKS: Final = (check_for_auctions_without_posts,)
