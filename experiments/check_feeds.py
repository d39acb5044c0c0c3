"""What is wrong with who reports the feeds of a scenario: posts that nobody makes, posts that two make, true prices without a reporter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from agents.base import Population
from experiments.draft import Draft
from model.core.errors import Fault
from model.feeds.base import Feed
from model.venues.base import Venue


def check_for_true_prices_without_a_reporter(draft: Draft) -> Iterator[Fault]:
    """A chain does not see true prices, nor the reference book: only a feed that a reporter posts may read them."""
    posting = sorted(kind for kind, found in Feed.kinds.items() if found.posted)
    for feed in draft.feeds:
        kind = _kind(draft, feed)
        if kind is None or kind.posted:
            continue
        for place, text in draft.sources(feed):
            if text.startswith("price:") or _outside(draft, text):
                allowed = f"a pool, claim or feed; of what is not on chain a feed of kind {', '.join(posting)}, which a reporter posts"
                yield Fault(place, f"{text!r} in a feed of kind {kind.kind}, which is read through", allowed)


def check_for_reports_of_what_is_not_posted(draft: Draft) -> Iterator[Fault]:
    """Reporters name posted feeds of their own chain."""
    for name, feeds in _reporting(draft):
        chain = draft.agents[name].table.get("chain", _home(draft, name))
        able = [feed for feed in draft.feeds if _posted(draft, feed) and draft.feeds[feed].chain == chain]
        for place, feed in enumerate(feeds):
            if feed in draft.feeds and feed not in able:
                kind = _kind(draft, feed)
                what = (
                    f"{feed!r} on {draft.feeds[feed].chain}" if _posted(draft, feed) else f"{feed!r} of kind {getattr(kind, 'kind', None)}"
                )
                yield Fault(f"agents.{name}.feeds.{place}", what, f"a posted feed on {chain}: {', '.join(able) or 'there is none'}")


def warn_of_feeds_that_nobody_posts(draft: Draft) -> Iterator[Fault]:
    """A posted feed without a reporter says for ever what it said at genesis."""
    reported = set(_reported(draft))
    for feed in draft.feeds:
        if _posted(draft, feed) and feed not in reported:
            said = f"is posted by nobody: it keeps its first value on {draft.feeds[feed].chain}"
            yield Fault(f"feeds.{feed}", said, "a population of reporters on its chain")


def warn_of_feeds_that_two_post(draft: Draft) -> Iterator[Fault]:
    """Two populations that post on one feed undo each other's posts where they differ."""
    taken: dict[str, str] = {}
    for feed, name in _assigned(draft):
        if feed in taken:
            allowed = "one population for each feed; one that names none takes what those before it leave"
            yield Fault(f"agents.{name}.feeds", f"{feed!r}, which {taken[feed]} reports too", allowed)
        taken.setdefault(feed, name)


def _assigned(draft: Draft) -> Iterator[tuple[str, str]]:
    """(feed, population) in the order in which populations settle."""
    taken: set[str] = set()
    for name, feeds in _reporting(draft):
        chain = draft.agents[name].table.get("chain", _home(draft, name))
        here = [feed for feed in draft.feeds if _posted(draft, feed) and draft.feeds[feed].chain == chain]
        mine = [feed for feed in here if (feed in feeds if feeds else feed not in taken)]
        taken |= set(mine)
        yield from ((feed, name) for feed in mine)


def _reported(draft: Draft) -> Iterator[str]:
    yield from (feed for feed, _ in _assigned(draft))


def _reporting(draft: Draft) -> Iterator[tuple[str, list[str]]]:
    """Populations of reporters and the feeds that they name."""
    for name, placed in draft.agents.items():
        if placed.kind is not None and issubclass(placed.kind, Population) and placed.kind.role == "oracles":
            listed: Any = placed.table.get("feeds")
            yield name, [feed for feed in listed if isinstance(feed, str)] if isinstance(listed, list | tuple) else []


def _outside(draft: Draft, source: str) -> bool:
    """Whether a source is a venue outside of the model, which trades at true prices."""
    kind, _, rest = source.partition(":")
    venue = draft.venues.get(rest.partition(" ")[0]) if kind == "venue" else None
    mechanism = venue.table.get("mechanism") if venue is not None else None
    found = Venue.kinds.get(str(mechanism.get("kind"))) if isinstance(mechanism, Mapping) else None
    return found is not None and bool(found.exogenous)


def _home(draft: Draft, population: str) -> Any:
    kind: Any = draft.agents[population].kind
    return kind.Params.model_fields["chain"].default


def _kind(draft: Draft, feed: str) -> type[Feed] | None:
    kind = draft.feeds[feed].kind
    return kind if kind is not None and issubclass(kind, Feed) else None


def _posted(draft: Draft, feed: str) -> bool:
    kind = _kind(draft, feed)
    return kind is not None and kind.posted


FEED_CHECKS: Final[tuple[Callable[[Draft], Iterable[Fault]], ...]] = (
    check_for_true_prices_without_a_reporter,
    check_for_reports_of_what_is_not_posted,
)
FEED_WARNINGS: Final[tuple[Callable[[Draft], Iterable[Fault]], ...]] = (warn_of_feeds_that_nobody_posts, warn_of_feeds_that_two_post)
