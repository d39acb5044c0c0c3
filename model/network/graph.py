"""The typed multigraph of a world. An edge points from what depends to what it depends on.

Node ``<type>:<name>`` with ``type`` (chain, token, claim, venue, market, feed, bridge, timelock, group, outside), ``name``, ``chains``
that it lives on, ``value`` (USD that stands on it directly, see :func:`network_of`) and, of what holds tokens, ``exposure`` (look-through:
underlying token -> USD, debts taken off). Edge attributes: ``relation``, ``amount`` with its ``unit`` (a token, named by chain), ``value``
in USD. Edges of the same relation and unit between two nodes are one, summed.

relation      from            to              amount
stands on     claim           token           units behind all of the claim
trades        venue           token           reserve
keeps         market, bridge  token           cash and collateral held
holds         group           token, venue, market    wallet (shares too), gas
waits for     group           bridge, claim, venue, market  in flight, in a queue, in a position of a venue
has in        group, market   market          deposits and collateral, token by token
owes          group           market          debt, token by token
priced by     market          feed            collateral of accounts with debt
reads         feed            venue, claim, feed, token
issued by     claim           bridge          backing that the bridge holds, or stands for, of a form on another chain
governs       timelock        market, bridge, claim, venue
lives on      token, claim, venue, market, feed, bridge, timelock -> chain

A token that a bridge brought to another chain is a claim (``claim:lst_r``, ``claim:eth@rollup``) that stands on the token at home and is
issued by the bridge; where two bridges issue it, each by its part.
"""

from __future__ import annotations

import networkx as nx

from model.network.books import Books
from model.network.exposure import exposure_table
from model.network.feeds import collateral_at, priced
from model.network.holders import is_final, node_of, type_of
from model.world.board import PriceFeed
from model.world.timelock import Timelock
from model.world.venue import TradingVenue
from model.world.world import World

_STANDING = frozenset({"trades", "keeps", "holds", "waits for", "has in", "issued by", "stands on"})
_RELATIONS = {"venue": "trades", "market": "keeps", "bridge": "keeps"}


def network_of(world: World, *, holders: bool = True, books: Books | None = None) -> nx.MultiDiGraph[str]:
    """The graph of a world; without ``holders`` account groups and the outside are left out.

    ``value`` of a node adds up what is held of it, deposited in it, owed by it and issued by it, each once: where a bridge keeps what is
    behind a form, the form stands on the bridge, not a second time on the token. Of a feed it is the collateral that it prices, of a
    chain what its holders have in the end (the final rows of :func:`model.network.exposure_table`).

    Raises:
        BadInput: the claims form a cycle.
    """
    books = books or Books(world)
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for chain in world.chains:
        graph.add_node(f"chain:{chain}", type="chain", name=chain)
    _add_tokens(books, graph)
    for name, target in world.targets.items():
        kind = type_of(target)
        if kind not in ("chain", "claim"):
            graph.add_node(node_of(target), type=kind, name=name)
            for chain in target.chains:
                _link(graph, node_of(target), f"chain:{chain}", "lives on", 0.0, "", 0.0)
    for venue in world.all(TradingVenue):
        for token in venue.tokens if venue.mechanism.exogenous else ():
            name = books.forms.name(venue.chain, token)
            _link(graph, f"venue:{venue.name}", _known(books, graph, name), "trades", 0.0, name, 0.0)
    _add_holdings(books, graph, holders)
    _add_feeds(books, graph)
    for lock in world.all(Timelock):
        for name in lock.params.targets:
            if name in world.targets and node_of(world.targets[name]) in graph:
                _link(graph, f"timelock:{lock.name}", node_of(world.targets[name]), "governs", 0.0, "", 0.0)
    table = exposure_table(world, books=books)
    table = table[table["form"] != "own"]
    for holder, under, value in zip(table["holder"], table["underlying"], table["value"], strict=True):
        if holder in graph:
            sums = graph.nodes[holder].setdefault("exposure", {})
            sums[under] = sums.get(under, 0.0) + float(value)
    for node, data in graph.nodes(data=True):
        data["chains"] = tuple(
            graph.nodes[end]["name"] for _, end, edge in graph.out_edges(node, data=True) if edge["relation"] == "lives on"
        )
        data["value"] = _value(graph, node, data["type"])
    return graph


def _value(graph: nx.MultiDiGraph[str], node: str, kind: str) -> float:
    if kind == "chain":
        return float(sum(graph.nodes[node].get("exposure", {}).values()))
    if kind == "feed":
        return float(sum(data["value"] for _, _, data in graph.in_edges(node, data=True)))
    found = 0.0
    for _, _, data in graph.in_edges(node, data=True):
        if data["relation"] in _STANDING:
            locked = data["relation"] == "stands on" and data["locked"]
            found += 0.0 if locked else data["value"]
    return found


def _link(
    graph: nx.MultiDiGraph[str], start: str, end: str, relation: str, amount: float, unit: str, value: float, locked: bool = False
) -> None:
    key = f"{relation} {unit}".strip()
    if graph.has_edge(start, end, key):
        data = graph.edges[start, end, key]
        data["amount"] += amount
        data["value"] += value
    else:
        graph.add_edge(start, end, key=key, relation=relation, amount=amount, unit=unit, value=value, locked=locked)


def _known(books: Books, graph: nx.MultiDiGraph[str], token: str) -> str:
    """Node of a token, added where it is new."""
    node = books.node(token)
    if node not in graph:
        graph.add_node(node, type=node.partition(":")[0], name=token)
    return node


def _add_tokens(books: Books, graph: nx.MultiDiGraph[str]) -> None:
    world, usd, supply = books.world, books.valuation.usd, dict[str, float]()
    for chain, ledger in world.ledgers.items():
        for token in ledger.tokens:
            name, there = books.forms.name(chain, token), max(ledger.supply(token), 0.0)
            if books.node(name).partition(":")[0] not in ("token", "claim"):
                continue
            home = world.targets[token].chain == chain if token in world.targets else books.forms.chains.get(name) == chain
            if there > 0.0 or home:
                supply[name] = supply.get(name, 0.0) + there
                _link(graph, _known(books, graph, name), f"chain:{chain}", "lives on", there, name, there * usd(name))
    for token, behind in books.graph.items():
        if token in books.forms.parts:
            total = books.supplies().get(token, 0.0)
            for part in books.forms.parts[token]:
                amount = total * part.share * part.units
                value = amount * usd(part.home)
                end = _known(books, graph, part.home)
                _link(graph, _known(books, graph, token), end, "stands on", amount, part.home, value, part.locked)
                graph.add_node(part.bridge, type="bridge", name=part.bridge.partition(":")[2])
                _link(graph, books.node(token), part.bridge, "issued by", amount, part.home, value)
        elif token in supply:
            for under, units in behind.items():
                amount = units * supply[token]
                _link(graph, books.node(token), _known(books, graph, under), "stands on", amount, under, amount * usd(under))


def _add_holdings(books: Books, graph: nx.MultiDiGraph[str], holders: bool) -> None:
    usd = books.valuation.usd

    def has(holder: str) -> bool:
        if is_final(holder):
            if holders:
                kind, _, name = holder.partition(":")
                graph.add_node(holder, type=kind, name=name or kind)
            return holders
        return True

    for held in books.held():
        kind, value = held.holder.partition(":")[0], held.amount * usd(held.token)
        if (kind == "claim" and held.form == "wallet") or kind == "chain" or not held.amount > 0.0 or not has(held.holder):
            continue
        end = _known(books, graph, held.token)
        if held.form == "owed" and held.at != end:
            _link(graph, held.holder, held.at, "waits for", held.amount, held.token, value)
        else:
            _link(graph, held.holder, end, _RELATIONS.get(kind, "holds"), held.amount, held.token, value)
    for position in books.positions:
        if has(position.holder):
            for relation, amounts in (("has in", position.deposits), ("owes", position.debts)):
                for token, amount in amounts.items():
                    _link(graph, position.holder, f"market:{position.market}", relation, amount, token, amount * usd(token))


def _add_feeds(books: Books, graph: nx.MultiDiGraph[str]) -> None:
    usd = books.valuation.usd
    for market, said, tokens in priced(books):
        if f"feed:{said}" in graph:
            stakes = collateral_at(books, market, tokens)
            for token in tokens:
                amount = stakes.get(token, 0.0)
                _link(graph, f"market:{market}", f"feed:{said}", "priced by", amount, token, amount * usd(token))
    for feed in books.world.all(PriceFeed):
        for source in feed.mechanism.sources():
            kind, _, rest = source.partition(":")
            name = rest.partition(" ")[0]
            if kind == "price":
                ends = [books.node(books.forms.name(feed.chain, token)) for token in rest.split("/") if token != "usd"]
            else:
                ends = [f"{kind}:{name}"]
            for end in ends:
                if end in graph:
                    read = sum(data["value"] for _, _, data in graph.in_edges(f"feed:{feed.name}", data=True))
                    _link(graph, f"feed:{feed.name}", end, "reads", 0.0, "", read)
