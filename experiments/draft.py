"""What a raw scenario names and points at, read tolerantly, so that its references can be checked beside the faults of its schema.

A draft never raises: what has the wrong shape is left out here, because the schema reports it.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Union, get_args, get_origin

from agents.base import Population
from model.bridges.base import Bridge
from model.claims.base import Claim
from model.core.params import Params
from model.core.registry import Plugin
from model.feeds.base import Feed
from model.markets.base import Market
from model.shocks.base import Shock
from model.venues.base import Venue
from model.world.chain import ChainParams

SOURCE_KINDS: Final = ("price", "venue", "claim", "feed")
_NAMED: Final = frozenset({"chain", "venue", "feed", "market", "token", "claim", "bridge", "timelock", "shock"})


@dataclass(frozen=True, slots=True)
class Placed:
    """Something with a name on a chain, its own table, and its kind's class where the kind is known."""

    name: str
    chain: str | None
    table: Mapping[str, Any]
    kind: type[Plugin] | None = None


@dataclass(frozen=True, slots=True)
class Pointer:
    """A name that a parameter holds: where, of what sort (chain, venue, feed, market, token, claim or bridge), which."""

    place: str
    sort: str
    name: str


@dataclass(frozen=True, slots=True)
class Draft:
    """The names of a raw scenario by section."""

    chains: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    prices: tuple[str, ...] = ()
    tokens: Mapping[str, Placed] = field(default_factory=dict)
    bridges: Mapping[str, Placed] = field(default_factory=dict)
    venues: Mapping[str, Placed] = field(default_factory=dict)
    feeds: Mapping[str, Placed] = field(default_factory=dict)
    markets: Mapping[str, Placed] = field(default_factory=dict)
    governance: Mapping[str, Placed] = field(default_factory=dict)
    agents: Mapping[str, Placed] = field(default_factory=dict)
    shocks: Mapping[str, Placed] = field(default_factory=dict)
    correlation: Mapping[str, Any] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Draft:
        """The draft of a raw scenario."""
        return cls(
            chains={name: _table(entry) for name, entry in _table(raw.get("chains")).items()},
            prices=tuple(_table(raw.get("prices"))),
            tokens=_placed(raw, "tokens"),
            bridges=_placed(raw, "bridges", Bridge),
            venues=_placed(raw, "venues"),
            feeds=_placed(raw, "feeds", Feed, "mechanism"),
            markets=_placed(raw, "markets", Market),
            governance=_placed(raw, "governance"),
            agents=_placed(raw, "agents", Population),
            shocks=_placed(raw, "shocks", Shock),
            correlation=_table(raw.get("correlation")),
            raw=raw,
        )

    def shares(self) -> dict[str, Placed]:
        """Venues and vaults whose shares are a token, named after them."""
        kinds = {name: Venue.kinds.get(str(_table(placed.table.get("mechanism")).get("kind"))) for name, placed in self.venues.items()}
        pools = {name: self.venues[name] for name, kind in kinds.items() if kind is not None and kind.fungible and not kind.exogenous}
        return pools | {name: placed for name, placed in self.markets.items() if placed.kind is not None and placed.kind.kind == "vault"}

    def behind_share(self, name: str) -> list[str]:
        """Tokens behind a share of a venue or a vault."""
        if name in self.venues:
            return self.venue_tokens(name)
        token = _text(self.markets[name].table.get("token"))
        return [token] if token else []

    def known_tokens(self) -> set[str]:
        """Tokens with a block, a true price, or gas paid in them, and shares of venues and vaults."""
        gas = {text for table in self.chains.values() if (text := _text(table.get("gas_token", _default(ChainParams, "gas_token"))))}
        return {*self.tokens, *self.prices, *gas, *self.shares()}

    def claim_of(self, token: str) -> Mapping[str, Any]:
        """The claim table of a token, empty for a native one."""
        return _table(self.tokens[token].table.get("claim")) if token in self.tokens else {}

    def backing_of(self, token: str) -> list[str]:
        """Tokens that a claim stands on, those of its kind by default; empty for a native token."""
        claim = self.claim_of(token)
        kind = Claim.kinds.get(str(claim.get("kind")))
        if kind is None:
            return []
        name = "tokens" if "tokens" in kind.Params.model_fields else "backing"
        return _names(claim.get(name, _default(kind.Params, name)))

    def ends(self, bridge: str) -> dict[str, str]:
        """The name of a bridge's token on each of its chains, home first, as far as it is written down."""
        table = self.bridges[bridge].table
        home, token = _text(table.get("home")), _text(table.get("token"))
        forms = {chain: name for chain, value in _table(table.get("forms")).items() if (name := _text(value))}
        return {**({home: token} if home and token else {}), **forms}

    def chains_of(self, token: str) -> set[str]:
        """Chains that a token with a block, or a share, lives on: its own, those that a bridge brings it to, those that pay gas in it."""
        home = (self.tokens[token] if token in self.tokens else self.shares()[token]).chain
        gas = _default(ChainParams, "gas_token")
        found = {home} if home else set()
        found |= {chain for chain, table in self.chains.items() if table.get("gas_token", gas) == token}
        return found | {chain for bridge in self.bridges for chain, name in self.ends(bridge).items() if name == token}

    def venue_tokens(self, name: str) -> list[str]:
        """Tokens that trade on a venue."""
        listed = self.venues[name].table.get("tokens")
        return [token for token in listed if isinstance(token, str)] if isinstance(listed, list | tuple) else []

    def sources(self, feed: str) -> Iterator[tuple[str, str]]:
        """(dotted place, text) of everything in a feed's mechanism that reads like a source, ``venue:curve steth/eth``."""
        yield from _source_texts(f"feeds.{feed}.mechanism", _table(self.feeds[feed].table.get("mechanism")))

    def reserves(self, market: str) -> dict[str, Mapping[str, Any]]:
        """Reserves of a pooled market by token."""
        return {token: _table(entry) for token, entry in _table(self.markets[market].table.get("reserves")).items()}

    def market_tokens(self, market: str) -> set[str]:
        """Tokens that a market takes or lends, as its kind's parameters name them."""
        placed = self.markets[market]
        named = _pointers(market, placed.kind.Params, placed.table) if placed.kind is not None else ()
        return {*self.reserves(market), *(pointer.name for pointer in named if pointer.sort == "token")}

    def numeraire(self, market: str) -> str:
        """Unit in which a market's feeds state prices."""
        placed = self.markets[market]
        found = placed.table.get("numeraire", _default(placed.kind.Params, "numeraire") if placed.kind else "usd")
        return found if isinstance(found, str) else "usd"

    def market_feeds(self) -> Iterator[Pointer]:
        """Every feed that a market's parameters name outside its table of reserves."""
        for name, placed in self.markets.items():
            if placed.kind is not None:
                found = _pointers(f"markets.{name}", placed.kind.Params, placed.table)
                yield from (
                    pointer for pointer in found if pointer.sort == "feed" and not pointer.place.startswith(f"markets.{name}.reserves.")
                )

    def pointers(self) -> Iterator[Pointer]:
        """Every name that a population's or a shock's parameters hold, found by the units of the parameters."""
        for section, entries in (("agents", self.agents), ("shocks", self.shocks)):
            for name, placed in entries.items():
                if placed.kind is not None:
                    yield from _pointers(f"{section}.{name}", placed.kind.Params, placed.table)


def _placed(raw: Mapping[str, Any], section: str, family: type[Plugin] | None = None, inside: str | None = None) -> dict[str, Placed]:
    found = {}
    for name, entry in _table(raw.get(section)).items():
        table = _table(entry)
        chosen = _table(table.get(inside)) if inside else table
        kind = family.kinds.get(str(chosen.get("kind"))) if family is not None else None
        found[name] = Placed(name, _text(table.get("chain")), table, kind)
    return found


def _pointers(place: str, cls: type[Params], table: Mapping[str, Any]) -> Iterator[Pointer]:
    for name, info in cls.model_fields.items():
        extra = info.json_schema_extra
        unit = extra.get("unit") if isinstance(extra, dict) else None
        value = table.get(name, None if info.is_required() else info.get_default(call_default_factory=True, validated_data={}))
        where = f"{place}.{name}"
        if unit in _NAMED:
            # An empty name is none where the parameter may be left empty, and a fault elsewhere.
            default = None if info.is_required() else info.get_default(call_default_factory=True, validated_data={})
            yield from (Pointer(where, str(unit), text) for text in _names(value) if text or default != "")
        for inner in _param_classes(info.annotation):
            if isinstance(table.get(name), Mapping):
                entries = table[name]
                if set(entries) & set(inner.model_fields):
                    yield from _pointers(where, inner, entries)
                else:
                    for key, entry in entries.items():
                        yield from _pointers(f"{where}.{key}", inner, _table(entry))
            elif isinstance(table.get(name), list):
                for index, entry in enumerate(table[name]):
                    yield from _pointers(f"{where}.{index}", inner, _table(entry))


def _names(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [key for key in value if isinstance(key, str)]
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list | tuple) else []


def _param_classes(annotation: Any) -> list[type[Params]]:
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return [annotation] if issubclass(annotation, Params) else []
    if get_origin(annotation) in (dict, list, tuple, Union, types.UnionType):
        return [cls for part in get_args(annotation) for cls in _param_classes(part)]
    return []


def _source_texts(place: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        for index, text in enumerate(value if isinstance(value, list | tuple) else [value]):
            if isinstance(text, str) and key != "kind" and (":" in text) and text.partition(":")[0].isidentifier():
                yield (f"{place}.{key}.{index}" if isinstance(value, list | tuple) else f"{place}.{key}"), text


def _table(value: Any) -> Mapping[str, Any]:
    return {str(key): inner for key, inner in value.items()} if isinstance(value, Mapping) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _default(cls: type[Params], name: str) -> Any:
    info = cls.model_fields.get(name)
    return None if info is None or info.is_required() else info.get_default(call_default_factory=True, validated_data={})
