"""What is wrong with the hubs of a scenario: spokes on unknown chains or out of reach, tokens and feeds that are elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from experiments.draft import Draft
from model.core.errors import Fault


def check_for_unreachable_spokes(draft: Draft) -> Iterator[Fault]:
    """A spoke stands on a chain of the scenario; the bridge that carries its messages, or at least one where none is named, stands there
    and on the hub's chain.
    """
    for name, hub, chain, spoke in _spokes(draft):
        place, bridge = f"markets.{name}.spokes.{chain}", spoke.get("bridge")
        if chain not in draft.chains:
            yield Fault(place, f"{hub} -> {chain}: no chain {chain!r}", _one_of(draft.chains))
        elif isinstance(bridge, str) and bridge not in draft.bridges:
            yield Fault(f"{place}.bridge", f"{hub} -> {bridge} -> {chain}: no bridge {bridge!r}", _one_of(draft.bridges))
        elif bridge is None and chain != hub and not _between(draft, hub, chain):
            path, leaving = f"{hub} -> (no bridge) -> {chain}", [other for other in draft.bridges if hub in draft.ends(other)]
            yield Fault(f"{place}.bridge", path, f"a bridge between {hub} and {chain}; from {hub} lead: {', '.join(leaving) or 'none'}")
        elif isinstance(bridge, str) and not {hub, chain} <= set(draft.ends(bridge)):
            path = f"{hub} -> {bridge} (between {', '.join(sorted(draft.ends(bridge)))}) -> {chain}"
            yield Fault(f"{place}.bridge", path, _one_of(_between(draft, hub, chain)))


def warn_of_paused_bridges(draft: Draft) -> Iterator[Fault]:
    """Nothing departs over a bridge that is paused; what a hub sends over it is meant to be seen."""
    for name, hub, chain, spoke in _spokes(draft):
        carrying = [spoke["bridge"]] if isinstance(spoke.get("bridge"), str) else _between(draft, hub, chain)
        paused = [other for other in carrying if other in draft.bridges and draft.bridges[other].table.get("paused") is True]
        if chain != hub and carrying and len(paused) == len(carrying):
            path = f"{hub} -> {', '.join(paused)} (paused) -> {chain}"
            yield Fault(f"markets.{name}.spokes.{chain}.bridge", path, "a bridge that is open")


def check_for_assets_of_spokes(draft: Draft) -> Iterator[Fault]:
    """A spoke lists tokens of its chain, each but the numeraire with a feed."""
    for name, hub, chain, spoke in _spokes(draft):
        market = draft.markets[name]
        here = [other for other, entry in draft.feeds.items() if entry.chain == hub]
        for token, terms in _table(spoke.get("assets")).items():
            place, feed = f"markets.{name}.spokes.{chain}.assets.{token}", _table(terms).get("feed")
            homes = draft.chains_of(token) if token in draft.tokens else set()
            if token not in draft.known_tokens():
                yield Fault(place, "unknown token", _one_of(draft.known_tokens()))
            elif homes and chain not in homes:
                yield Fault(place, f"lives on {', '.join(sorted(homes))}", f"a token of {chain}")
            if feed is None and token != market.table.get("numeraire", "usd"):
                yield Fault(f"{place}.feed", "missing", f"a feed on {hub}: {_one_of(here)}")


def _spokes(draft: Draft) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    """(market, its chain, spoke's chain, spoke) of every spoke."""
    for name, market in draft.markets.items():
        for chain, spoke in _table(market.table.get("spokes")).items():
            yield name, str(market.chain), str(chain), _table(spoke)


def _between(draft: Draft, hub: str, chain: str) -> list[str]:
    """Bridges that stand on both chains."""
    return [other for other in draft.bridges if {hub, chain} <= set(draft.ends(other))]


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _one_of(names: Iterable[str]) -> str:
    listed = sorted(names)
    return f"one of {', '.join(listed)}" if listed else "none are declared"


HUB_WARNINGS: Final[tuple[Callable[[Draft], Iterable[Fault]], ...]] = (warn_of_paused_bridges,)
HUB_CHECKS: Final[tuple[Callable[[Draft], Iterable[Fault]], ...]] = (check_for_unreachable_spokes, check_for_assets_of_spokes)
