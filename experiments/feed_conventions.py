"""The same shock under three ways to price a claim: its market, its exchange rate, its capped exchange rate. The scenarios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from experiments.convention_feeds import ConventionFeeds
from experiments.draft import Draft
from experiments.inputs import Inputs
from experiments.load import read, resolved
from experiments.run import open_ecosystem, release
from experiments.scenario import Scenario
from model.core.errors import BadInput, Fault
from model.world.board import PriceFeed

Path = tuple[str, ...]


@dataclass(slots=True)
class Plan:
    """What is compared: the claim, the markets whose feed of it changes, and the feed that states its price in each convention."""

    claim: str
    markets: tuple[str, ...] = ()
    feeds: dict[str, str] = field(default_factory=dict)
    scenarios: dict[str, Scenario] = field(default_factory=dict)


def plan(
    scenario: Scenario, claim: str | None = None, markets: Sequence[str] = (), seed: int = 0, inputs: Inputs | None = None
) -> Plan:  # fmt: skip
    """The scenario once for each convention. All feeds and their reporters stand in all of them; which one the markets read differs.

    A feed of the scenario that has the kind and the sources of a convention is used as it is, with its deviation, snapshot and whoever
    governs it; the others are made: the market feed from all venues that trade the claim, or what it stands on, for something further
    down; the cap with the rate at genesis as its snapshot.

    Raises:
        BadInput: no such claim or market, no venue that prices the claim, markets of several chains or numeraires, a claim on several
            tokens, or nobody who states what it ends in.
    """
    raw = resolved(scenario)
    draft = Draft.of(raw)
    claim = _claim(draft, claim)
    places = _places(draft, claim, tuple(markets))
    found = Plan(claim, tuple(dict.fromkeys(path[1] for path in places)))
    chain, numeraire = _common(draft, found.markets)
    feeds = ConventionFeeds(draft, raw, chain)
    layers = _layers(draft, claim, numeraire)
    times = None if layers[-1] == numeraire else _feed_of(draft, raw, layers[-1], numeraire, found.markets)
    found.feeds["market"] = feeds.market(layers, times)
    found.feeds["exchange rate"] = feeds.rate(layers, times) or ""
    found.feeds["capped growth"] = feeds.capped(layers, times, lambda feed: _at_genesis(raw, feed, seed, inputs or Inputs()))
    for name, feed in found.feeds.items():
        for path in places:
            _put(raw, path, feed)
        found.scenarios[name] = read(raw).scenario
    return found


def _claim(draft: Draft, claim: str | None) -> str:
    """The claim that is asked for, or the only one that a market prices."""
    known = [token for token in draft.tokens if draft.claim_of(token) and any(True for _ in _pointers(draft, token))]
    if claim is None and len(known) == 1:
        return known[0]
    if claim not in known:
        raise BadInput([Fault("--claim", repr(claim) if claim else "none is named", f"a claim that a market prices: {_of(known)}")])
    return claim


def _places(draft: Draft, claim: str, markets: Sequence[str]) -> list[Path]:
    """Where markets name the feed of the claim, of all of them or of those that are named."""
    found = list(_pointers(draft, claim))
    able = list(dict.fromkeys(path[1] for path in found))
    faults = [Fault("--market", repr(market), f"a market that prices {claim}: {_of(able)}") for market in markets if market not in able]
    if faults:
        raise BadInput(faults)
    return [path for path in found if not markets or path[1] in markets]


def _pointers(draft: Draft, claim: str) -> Iterator[Path]:
    """Paths of the feed that prices a token, in every market."""

    def walk(table: Mapping[str, Any], path: Path) -> Iterator[Path]:
        if isinstance(table.get("feed"), str) and claim in (path[-1], table.get("collateral")):
            yield (*path, "feed")
        for key, inner in table.items():
            if isinstance(inner, Mapping):
                yield from walk(inner, (*path, key))

    for name, market in draft.markets.items():
        yield from walk(market.table, ("markets", name))


def _common(draft: Draft, markets: Sequence[str]) -> tuple[str, str]:
    """Chain and numeraire of all of them."""
    stand = {market: (str(draft.markets[market].chain), draft.numeraire(market)) for market in markets}
    if len(set(stand.values())) > 1:
        listed = ", ".join(f"{market} on {chain} in {numeraire}" for market, (chain, numeraire) in stand.items())
        raise BadInput([Fault("--market", listed, "markets of one chain and one numeraire")])
    return next(iter(stand.values()))


def _layers(draft: Draft, claim: str, numeraire: str) -> list[str]:
    """The claim and what it stands on, one below the other, down to the numeraire or a token that is no claim."""
    layers = [claim]
    while layers[-1] != numeraire and draft.claim_of(layers[-1]):
        under = draft.backing_of(layers[-1])
        if len(under) != 1:
            path = " -> ".join([*layers, " and ".join(under)])
            raise BadInput([Fault("--claim", path, "a claim that stands on one token at a time")])
        layers += under
    if len(layers) == 1:
        raise BadInput([Fault("--claim", f"{claim}, in which the markets count", "a claim that they price in something else")])
    return layers


def _feed_of(draft: Draft, raw: Mapping[str, Any], token: str, numeraire: str, markets: Sequence[str]) -> str:
    """A feed of a token in the numeraire: what the markets read."""
    for market in markets:
        feed = draft.reserves(market).get(token, {}).get("feed")
        if isinstance(feed, str):
            return feed
    raise BadInput([Fault("--claim", f"ends in {token}", f"a feed of {token} in {numeraire} among the reserves of {', '.join(markets)}")])


def _at_genesis(raw: dict[str, Any], feed: str, seed: int, inputs: Inputs) -> float:
    """What a feed says before anything happens."""
    ecosystem = open_ecosystem(read(raw).scenario, seed, inputs)
    release(ecosystem)
    found = ecosystem.world.targets[feed]
    assert isinstance(found, PriceFeed)
    return found.value()


def _put(raw: dict[str, Any], path: Path, value: Any) -> None:
    inner = raw
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value


def _of(names: Sequence[str]) -> str:
    return ", ".join(names) or "there is none"
