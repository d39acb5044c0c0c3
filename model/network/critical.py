"""Critical nodes: what a world loses when one of them is gone."""

from __future__ import annotations

import networkx as nx
import pandas as pd

from model.network.contagion import Exposures, distress, exposures
from model.network.graph import network_of
from model.network.holders import OUTSIDE_NODE
from model.network.values import Valuation
from model.world.world import World

_HOLDERS = ("group", OUTSIDE_NODE)


def critical_nodes(world: World) -> pd.DataFrame:
    """Effect of removing each node, the worst first: ``loss`` (USD that account groups and the outside lose by DebtRank when all it owes is
    worth nothing) and its ``share`` of what they have, ``value`` (USD standing on it directly), ``dependents`` (nodes that stand on it,
    directly or not), ``stranded`` (tokens that lose their last venue), ``parts`` (pieces that the graph falls apart into, beyond one).

    Raises:
        BadInput: the claims form a cycle.
    """
    valuation = Valuation(world)
    graph = network_of(world, valuation=valuation)
    found = exposures(world, valuation)
    total = float(found.final().sum())
    rows = []
    for node, data in graph.nodes(data=True):
        if data["type"] in _HOLDERS:
            continue
        loss = _loss(world, found, _hit(graph, found, node))
        reached = [name for name in nx.ancestors(graph, node) if graph.nodes[name]["type"] not in _HOLDERS]
        share = loss / total if total > 0.0 else 0.0
        rows.append((node, data["type"], loss, share, data["value"], len(reached), len(_stranded(graph, node)), _parts(graph, node)))
    columns = ["node", "type", "loss", "share", "value", "dependents", "stranded", "parts"]
    return pd.DataFrame.from_records(rows, columns=columns).sort_values(["loss", "value"], ascending=False, ignore_index=True)


def _hit(graph: nx.MultiDiGraph[str], found: Exposures, node: str) -> list[str]:
    """Nodes of the exposures that fail with a node: itself, a market's reserves; with a chain or a bridge, all that stands on it."""
    kind = graph.nodes[node]["type"]
    failing = {node}
    if kind in ("chain", "bridge"):
        relations = ("lives on",) if kind == "chain" else ("issued by", "lives on")
        failing |= {start for start, _, data in graph.in_edges(node, data=True) if data["relation"] in relations}
        if kind == "chain":
            elsewhere = {start for start, end, data in graph.edges(data=True) if data["relation"] == "lives on" and end != node}
            failing -= elsewhere
    reserves = tuple(f"reserve:{name[7:]}/" for name in failing if name.startswith("market:"))
    return [name for name in found.names if name in failing or (reserves and name.startswith(reserves))]


def _loss(world: World, found: Exposures, hit: list[str]) -> float:
    if not hit:
        return 0.0
    table = distress(world, dict.fromkeys(hit, 1.0), found=found)
    return float((table["distress"].to_numpy() * found.final()).sum())


def _stranded(graph: nx.MultiDiGraph[str], node: str) -> list[str]:
    """Tokens that only this venue trades."""
    traded = {end for _, end, data in graph.out_edges(node, data=True) if data["relation"] == "trades"}
    return [
        token
        for token in traded
        if not any(start != node and data["relation"] == "trades" for start, _, data in graph.in_edges(token, data=True))
    ]


def _parts(graph: nx.MultiDiGraph[str], node: str) -> int:
    """Pieces beyond one that are left without a node."""
    rest = graph.subgraph([name for name in graph if name != node])
    return max(nx.number_weakly_connected_components(rest) - 1, 0) if len(rest) else 0
