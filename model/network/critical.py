"""Critical nodes: what a world loses when one of them is gone."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from model.network.books import Books
from model.network.contagion import cleared_table, nominal, spilled
from model.network.feeds import loss_by_error
from model.network.graph import network_of
from model.network.holders import FINAL_TYPES, node_of
from model.network.liabilities import liabilities
from model.network.values import Valuation
from model.world.world import World


def critical_nodes(
    world: World,
    feed_error: float = 0.1,
    asset_recovery: float = 1.0,
    claim_recovery: float = 1.0,
    *,
    least: bool = False,
    books: Books | None = None,
) -> pd.DataFrame:
    """Effect of losing each node, the worst first.

    Columns, by clearing (:func:`model.network.clear_world`), USD:
    ``loss``: what everybody together loses when all that the node has is gone (a token: is worth nothing; a chain: all that lives on it; a
    feed: the debt left uncovered when it is wrong by ``feed_error``, a share, see :func:`model.network.feeds.loss_by_error`); never more
    than all that exists. ``share`` of all that exists. ``spilled``: the part of the loss that reaches creditors of others, through
    defaults. ``defaults``: nodes that do not pay in full beside those that failed. And by the graph, holders left out: ``value`` (USD that
    stands on it directly), ``dependents`` (nodes that stand on it, directly or not), ``stranded`` (tokens that lose their last venue),
    ``parts`` (pieces that the graph falls apart into, chains left out, beyond those that it has).

    Raises:
        BadInput: the claims form a cycle.
        ValueError: a feed error or recoveries outside 0 to 1.
    """
    books = books or Books(world)
    graph = network_of(world, books=books)
    bare = graph.subgraph([node for node, data in graph.nodes(data=True) if data["type"] not in FINAL_TYPES])
    before = nominal(books)
    sound = cleared_table(before, liabilities(books), asset_recovery, claim_recovery, least=least)
    total, standing = sum(before.values()), float(sound["after"].sum())
    short = int((sound["recovery"] < 1.0 - 1e-9).sum())
    pieces = _parts(bare, ())
    rows: list[tuple[Any, ...]] = []
    for node, data in bare.nodes(data=True):
        kind, lost, over, defaults = data["type"], 0.0, 0.0, 0
        if kind == "feed":
            lost = loss_by_error(books, data["name"], feed_error)
        elif kind != "timelock":
            failed = _failed(books, node)
            factors = dict.fromkeys(_worthless(books, node), 0.0)
            dark = (data["name"],) if kind == "chain" else ()
            sheet = liabilities(books, Valuation(world, factors, books.forms), failed, dark)
            table = cleared_table(before, sheet, asset_recovery, claim_recovery, least=least)
            fallen = failed | {books.node(token) for token in factors}
            lost, over = standing - float(table["after"].sum()), spilled(sheet, table, fallen)
            names = table["node"].to_numpy()[(table["recovery"] < 1.0 - 1e-9).to_numpy()]
            defaults = max(len(set(names.tolist()) - fallen) - short, 0)
        reached = len(nx.ancestors(bare, node))
        gone = [name for name, other in bare.nodes(data=True) if other["chains"] == (data["name"],)] if kind == "chain" else [node]
        share = lost / total if total > 0.0 else 0.0
        rows.append(
            (node, kind, lost, share, over, defaults, data["value"], reached, len(_stranded(bare, node)), _parts(bare, gone) - pieces)
        )
    columns = ["node", "type", "loss", "share", "spilled", "defaults", "value", "dependents", "stranded", "parts"]
    table = pd.DataFrame.from_records(rows, columns=columns)
    table["parts"] = np.maximum(table["parts"], 0)
    return table.sort_values(["loss", "value"], ascending=False, ignore_index=True)


def _failed(books: Books, node: str) -> set[str]:
    """Nodes of the liabilities that fail with a node: itself, a market's reserves; with a chain all that lives on it alone."""
    kind, _, name = node.partition(":")
    failing = {node}
    if kind == "chain":
        failing |= {node_of(target) for target in books.world.targets.values() if target.chains == (name,) and target.name != name}
    found = set(failing)
    for one in failing:
        if one.startswith("market:"):
            tokens = {held.token for held in books.wallets if held.holder == one}
            for position in books.positions:
                if f"market:{position.market}" == one:
                    tokens |= {*position.deposits, *position.debts}
            found |= {books.desk(one, token) for token in tokens}
    return found


def _worthless(books: Books, node: str) -> list[str]:
    """Tokens that are worth nothing without a node: its own, a bridge's forms; with a chain all that lives, or is kept, there."""
    kind, _, name = node.partition(":")
    if kind == "bridge":
        return [token for token, parts in books.forms.parts.items() if all(part.bridge == node for part in parts)]
    if kind == "chain":
        targets = books.world.targets
        kept = {node_of(target) for target in targets.values() if target.chain == name}
        there = [token for token in books.graph if token in targets and name in (targets[token].chain, getattr(targets[token], "home", ""))]
        forms = [
            token
            for token, parts in books.forms.parts.items()
            if books.forms.chains[token] == name or all(part.locked and part.bridge in kept for part in parts)
        ]
        return list(dict.fromkeys((*there, *forms)))
    return [token for token in (*books.graph, *_natives(books)) if books.node(token) == node]


def _natives(books: Books) -> list[str]:
    return list(dict.fromkeys(held.token for held in books.held() if held.token not in books.graph))


def _stranded(graph: nx.MultiDiGraph[str], node: str) -> list[str]:
    """Tokens that only this venue trades."""
    traded = {end for _, end, data in graph.out_edges(node, data=True) if data["relation"] == "trades"}
    return [
        token
        for token in traded
        if not any(start != node and data["relation"] == "trades" for start, _, data in graph.in_edges(token, data=True))
    ]


def _parts(graph: nx.MultiDiGraph[str], gone: Collection[str]) -> int:
    """Pieces that are left without some nodes; what lives on the same chain is not joined by that."""
    rest = graph.subgraph([name for name, data in graph.nodes(data=True) if name not in gone and data["type"] != "chain"])
    return nx.number_weakly_connected_components(rest) if len(rest) else 0
