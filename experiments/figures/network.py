"""The network of venues, tokens and markets."""

from __future__ import annotations

from typing import Any, Final

import networkx as nx
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.figures.style import BLUE, GREEN, GREY, ORANGE, RED, canvas
from experiments.run import Run
from model.markets.base import Market
from model.world.claim import ClaimToken
from model.world.venue import TradingVenue
from model.world.world import World

_TYPES: Final = {"venue": (GREEN, "s", 0), "token": (BLUE, "o", 1), "claim": (ORANGE, "o", 1), "market": (RED, "D", 2)}
"""Type of a node -> colour, marker, column."""


def network_of(world: World) -> nx.Graph[str]:
    """Nodes ``<type>:<name>`` with ``type`` and ``name``; edges with ``relation``: trades, stands on, is lent."""
    graph: nx.Graph[str] = nx.Graph()
    claims = {claim.name for claim in world.all(ClaimToken)}

    def token(name: str) -> str:
        kind = "claim" if name in claims else "token"
        graph.add_node(f"token:{name}", type=kind, name=name)
        return f"token:{name}"

    for venue in world.all(TradingVenue):
        graph.add_node(f"venue:{venue.name}", type="venue", name=venue.name)
        for name in venue.tokens:
            graph.add_edge(f"venue:{venue.name}", token(name), relation="trades")
    for market in world.all(Market):
        graph.add_node(f"market:{market.name}", type="market", name=market.name)
        for name in market.totals():
            graph.add_edge(f"market:{market.name}", token(name), relation="is lent")
    for claim in world.all(ClaimToken):
        graph.add_edge(token(claim.name), token(claim.backing_token), relation="stands on")
    return graph


def draw(run: Run) -> Figure | None:
    """Venues on the left, tokens in the middle, markets on the right; None without any of them."""
    graph = network_of(run.ecosystem.world)
    if not graph:
        return None
    figure, axes = canvas()
    places = _places(graph)
    for relation, look in (("trades", "solid"), ("is lent", "solid"), ("stands on", "dashed")):
        edges = [(left, right) for left, right, data in graph.edges(data=True) if data["relation"] == relation]
        nx.draw_networkx_edges(graph, places, edgelist=edges, ax=axes, edge_color=GREY, width=2.0, style=look)
    present = [kind for kind in _TYPES if any(data["type"] == kind for _, data in graph.nodes(data=True))]
    for kind in present:
        colour, marker, _ = _TYPES[kind]
        nodes = [node for node, data in graph.nodes(data=True) if data["type"] == kind]
        nx.draw_networkx_nodes(graph, places, nodelist=nodes, ax=axes, node_color=colour, node_shape=marker, node_size=1800)
    for node, data in graph.nodes(data=True):
        paper = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.0}
        axes.annotate(
            data["name"], places[node], xytext=(0, -34), textcoords="offset points", ha="center", va="top", fontsize=18, bbox=paper
        )
    handles: list[Any] = [
        Line2D([], [], color=_TYPES[kind][0], marker=_TYPES[kind][1], linestyle="", markersize=14, label=kind) for kind in present
    ]
    handles.append(Line2D([], [], color=GREY, label="trades there, is lent there"))
    if "claim" in present:
        handles.append(Line2D([], [], color=GREY, linestyle="--", label="is a claim on"))
    axes.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.02), ncols=len(handles))
    axes.set_title("Venues, tokens and markets")
    axes.margins(0.12, 0.2)
    axes.set_axis_off()
    return figure


def _places(graph: nx.Graph[str]) -> dict[str, tuple[float, float]]:
    """Three columns; claims stand a little aside, so that their dashed edges can be seen."""
    places: dict[str, tuple[float, float]] = {}
    for column in (0, 1, 2):
        nodes = [node for node, data in graph.nodes(data=True) if _TYPES[data["type"]][2] == column]
        for row, node in enumerate(nodes):
            aside = 0.18 if graph.nodes[node]["type"] == "claim" else 0.0
            places[node] = (column + aside, 1.0 - (row + 0.5) / len(nodes))
    return places
