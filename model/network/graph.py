"""The typed multigraph of a world. An edge points from what depends to what it depends on.

Node ``<type>:<name>`` with ``type`` (chain, token, claim, venue, market, feed, bridge, group, outside), ``name``, ``value`` (USD
standing on it) and, of what holds tokens, ``exposure`` (look-through: underlying token -> USD, debts taken off). Edge attributes:
``relation``, ``amount`` with its ``unit`` (a token), ``value`` in USD.

relation      from            to              amount
stands on     claim           token           units behind all of the claim
trades        venue           token           reserve
keeps         market, bridge  token           cash and collateral held
holds         group           token, venue, market    wallet (shares too)
has in        group, market   market          deposits and collateral, token by token
owes          group           market          debt, token by token
priced by     market          feed            what the market keeps and is owed
reads         feed            venue, claim, feed, token
issued by     claim           bridge          backing that the bridge holds for a bridged form
lives on      token, venue, market, feed, bridge -> chain
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import networkx as nx
from pydantic import BaseModel

from model.core.choice import Choice
from model.markets.base import Market
from model.network.exposure import exposure_table
from model.network.holders import OUTSIDE_NODE, custodian_of, holdings, type_of
from model.network.values import Valuation
from model.world.board import PriceFeed
from model.world.claim import ClaimToken
from model.world.venue import TradingVenue
from model.world.world import World


def network_of(world: World, *, holders: bool = True, valuation: Valuation | None = None) -> nx.MultiDiGraph[str]:
    """The graph of a world; without ``holders`` account groups and the outside are left out.

    Raises:
        BadInput: the claims form a cycle.
    """
    valuation = valuation or Valuation(world)
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for chain in world.chains:
        graph.add_node(f"chain:{chain}", type="chain", name=chain)
    _add_tokens(world, valuation, graph)
    for name, target in world.targets.items():
        kind = type_of(target)
        if kind not in ("chain", "claim"):
            graph.add_node(f"{kind}:{name}", type=kind, name=name)
            _link(graph, f"{kind}:{name}", f"chain:{target.chain}", "lives on", 0.0, "", 0.0)
    for venue in world.all(TradingVenue):
        for token in venue.tokens if venue.mechanism.exogenous else ():
            _link(graph, f"venue:{venue.name}", token_node(world, token), "trades", 0.0, token, 0.0)
    _add_bridges(world, valuation, graph)
    _add_holdings(world, valuation, graph, holders)
    _add_feeds(world, valuation, graph)
    table = exposure_table(world, valuation)
    for holder, under, value in zip(table["holder"], table["underlying"], table["value"], strict=True):
        if holder in graph:
            sums = graph.nodes[holder].setdefault("exposure", {})
            sums[under] = sums.get(under, 0.0) + float(value)
    for node in graph.nodes:
        graph.nodes[node]["value"] = sum(data["value"] for _, _, data in graph.in_edges(node, data=True))
    return graph


def token_node(world: World, token: str) -> str:
    """Node of a token: who issues it (claim, venue, vault), else the token itself."""
    found = world.targets.get(token)
    kind = "token" if found is None else type_of(found)
    return f"token:{token}" if kind in ("chain", "feed") else f"{kind}:{token}"


def feeds_of(params: Any) -> Iterator[tuple[str, str]]:
    """(dotted place, feed) of every parameter whose unit is ``feed``, at any depth."""
    if isinstance(params, Choice):
        yield from feeds_of(params.params)
    elif isinstance(params, Mapping):
        for key, inner in params.items():
            for place, name in feeds_of(inner):
                yield f"{key}.{place}", name
    elif isinstance(params, BaseModel):
        for key, info in type(params).model_fields.items():
            value, extra = getattr(params, key), info.json_schema_extra
            if isinstance(value, str) and isinstance(extra, dict) and extra.get("unit") == "feed":
                yield key, value
            elif isinstance(value, BaseModel | Mapping | Choice):
                for place, name in feeds_of(value):
                    yield f"{key}.{place}", name


def _link(graph: nx.MultiDiGraph[str], start: str, end: str, relation: str, amount: float, unit: str, value: float) -> None:
    graph.add_edge(start, end, key=f"{relation} {unit}".strip(), relation=relation, amount=amount, unit=unit, value=value)


def _add_tokens(world: World, valuation: Valuation, graph: nx.MultiDiGraph[str]) -> None:
    supply: dict[str, float] = {}
    for chain, ledger in world.ledgers.items():
        for token in ledger.tokens:
            there = ledger.supply(token)
            node = token_node(world, token)
            if node.partition(":")[0] not in ("token", "claim"):
                continue
            if not there > 0.0 and token in world.targets and world.targets[token].chain != chain:
                continue  # a ledger knows the backing of what is bridged from elsewhere
            graph.add_node(node, type=node.partition(":")[0], name=token)
            supply[token] = supply.get(token, 0.0) + max(there, 0.0)
            _link(graph, node, f"chain:{chain}", "lives on", there, token, max(there, 0.0) * valuation.usd(token))
    for token, behind in valuation.graph.items():
        if token not in supply:
            continue
        for under, units in behind.items():
            end, amount = token_node(world, under), units * supply[token]
            graph.add_node(end, type=end.partition(":")[0], name=under)
            _link(graph, token_node(world, token), end, "stands on", amount, under, amount * valuation.usd(under))


def _add_bridges(world: World, valuation: Valuation, graph: nx.MultiDiGraph[str]) -> None:
    """Bridged forms and the bridges that hold what is behind them; a bridge lives on all its chains."""
    for name, target in world.targets.items():
        node = f"{type_of(target)}:{name}"
        for chain in target.chains:
            if node in graph and chain != target.chain:
                _link(graph, node, f"chain:{chain}", "lives on", 0.0, chain, 0.0)
    for claim in world.all(ClaimToken):
        bridge, under = custodian_of(claim), claim.mechanism.backing[0]
        if bridge is not None:
            _link(graph, f"claim:{claim.name}", bridge, "issued by", claim.backing(), under, claim.backing() * valuation.usd(under))


def _add_holdings(world: World, valuation: Valuation, graph: nx.MultiDiGraph[str], holders: bool) -> None:
    for held in holdings(world):
        kind, _, name = held.holder.partition(":")
        target, value = token_node(world, held.token), held.amount * valuation.usd(held.token)
        if kind in ("group", OUTSIDE_NODE):
            if not holders:
                continue
            graph.add_node(held.holder, type=kind, name=name or kind)
        if held.form != "wallet":
            _link(graph, held.holder, f"market:{held.at}", "has in" if held.form == "deposit" else "owes", held.amount, held.token, value)
        elif kind != "claim":
            relation = {"venue": "trades", "market": "keeps", "bridge": "keeps"}.get(kind, "holds")
            _link(graph, held.holder, target, relation, held.amount, held.token, value)


def _add_feeds(world: World, valuation: Valuation, graph: nx.MultiDiGraph[str]) -> None:
    for market in world.all(Market):
        for place, name in feeds_of(market.params):
            if f"feed:{name}" in graph:
                listed = [token for token in market.totals() if token in place.split(".")]
                value = sum(_at_stake(market, token) * valuation.usd(token) for token in listed or market.totals())
                _link(graph, f"market:{market.name}", f"feed:{name}", "priced by", 0.0, listed[0] if listed else "", value)
    for feed in world.all(PriceFeed):
        for source in feed.mechanism.sources():
            kind, _, rest = source.partition(":")
            name = rest.partition(" ")[0]
            if kind == "price":
                ends = [token_node(world, token) for token in rest.split("/") if token != "usd"]
            else:
                ends = [f"{kind}:{name}"]
            for end in ends:
                if end in graph:
                    read = sum(data["value"] for _, _, data in graph.in_edges(f"feed:{feed.name}", data=True))
                    _link(graph, f"feed:{feed.name}", end, "reads", 0.0, "", read)


def _at_stake(market: Market, token: str) -> float:
    """Tokens that a market keeps and is owed."""
    totals = market.totals()[token]
    return max(totals.get("supplied", 0.0), totals.get("collateral", 0.0), totals.get("borrowed", 0.0))
