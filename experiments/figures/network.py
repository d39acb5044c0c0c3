"""The network of venues, tokens, markets and bridges."""

from __future__ import annotations

from typing import Any, Final

import networkx as nx
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.figures.style import BLUE, CYCLE, GREEN, GREY, ORANGE, RED, canvas
from experiments.run import Run
from model.network import network_of
from model.world.world import World

_TYPES: Final = {
    "venue": (GREEN, "s", 0), "token": (BLUE, "o", 1), "claim": (ORANGE, "o", 1), "bridge": (CYCLE[4], "h", 1), "market": (RED, "D", 2),
}  # fmt: skip
"""Type of a node -> colour, marker, column."""
_RELATIONS: Final = {"trades": "solid", "keeps": "solid", "has in": "solid", "stands on": "dashed", "issued by": "dotted"}


def draw(run: Run) -> Figure | None:
    """The network as a run left it; None where there is nothing to show."""
    return draw_world(run.ecosystem.world)


def draw_world(world: World) -> Figure | None:
    """Venues on the left, tokens and bridges in the middle, markets on the right, from chain to chain downwards; edges as wide as the
    value that they carry. None without any of them.
    """
    graph = network_of(world, holders=False)
    shown = graph.subgraph([node for node, data in graph.nodes(data=True) if data["type"] in _TYPES]).copy()
    if not shown:
        return None
    figure, axes = canvas()
    homes = homes_of(graph)
    places = _places(shown, homes)
    largest = max((data["value"] for _, _, data in shown.edges(data=True)), default=0.0) or 1.0
    for start, end, data in shown.edges(data=True):
        if data["relation"] in _RELATIONS:
            width = 1.0 + 7.0 * (data["value"] / largest) ** 0.5
            (left, low), (right, high) = places[start], places[end]
            axes.plot([left, right], [low, high], color=GREY, linewidth=width, linestyle=_RELATIONS[data["relation"]], alpha=0.6, zorder=1)
    present = [kind for kind in _TYPES if any(data["type"] == kind for _, data in shown.nodes(data=True))]
    small = len(shown) > 16
    for kind in present:
        colour, marker, _ = _TYPES[kind]
        spots = [places[node] for node, data in shown.nodes(data=True) if data["type"] == kind]
        axes.scatter(*zip(*spots, strict=True), s=500 if small else 1500, color=colour, marker=marker, zorder=2)
    several = len(set(homes.values())) > 1
    for node, data in shown.nodes(data=True):
        label = f"{data['name']} ({homes[node]})" if several and homes.get(node) else data["name"]
        paper = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.0}
        axes.annotate(
            label, places[node], xytext=(0, -16 if small else -30), textcoords="offset points", ha="center", va="top",
            fontsize=13 if small else 18, bbox=paper,
        )  # fmt: skip
    handles: list[Any] = [
        Line2D([], [], color=_TYPES[kind][0], marker=_TYPES[kind][1], linestyle="", markersize=14, label=kind) for kind in present
    ]
    handles.append(Line2D([], [], color=GREY, label="holds"))
    if any(data["relation"] == "stands on" for _, _, data in shown.edges(data=True)):
        handles.append(Line2D([], [], color=GREY, linestyle="--", label="stands on"))
    axes.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.02), ncols=len(handles))
    axes.set_title("Venues, tokens and markets (edges by value)")
    axes.margins(0.12, 0.15)
    axes.set_axis_off()
    return figure


def homes_of(graph: nx.MultiDiGraph[str]) -> dict[str, str]:
    """Name of the chain of every node that lives on one alone."""
    found: dict[str, set[str]] = {}
    for start, end, data in graph.edges(data=True):
        if data["relation"] == "lives on":
            found.setdefault(start, set()).add(graph.nodes[end]["name"])
    return {node: chains.pop() for node, chains in found.items() if len(chains) == 1}


def _places(graph: nx.MultiDiGraph[str], homes: dict[str, str]) -> dict[str, tuple[float, float]]:
    """Three columns; claims and bridges stand aside, so that edges within the column can be seen."""
    places: dict[str, tuple[float, float]] = {}
    for column in (0, 1, 2):
        nodes = [node for node, data in graph.nodes(data=True) if _TYPES[data["type"]][2] == column]
        nodes.sort(key=lambda node: homes.get(node, ""))
        for row, node in enumerate(nodes):
            aside = {"claim": 0.2, "bridge": -0.2}.get(graph.nodes[node]["type"], 0.0)
            places[node] = (column + aside, 1.0 - (row + 0.5) / len(nodes))
    return places
