"""The network of venues, tokens, markets, feeds and bridges, chain by chain."""

from __future__ import annotations

from typing import Any, Final

import networkx as nx
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from experiments.figures.style import BLUE, CYCLE, GREEN, GREY, ORANGE, RED, canvas
from experiments.run import Run
from model.network import network_of
from model.world.world import World

_TYPES: Final = {
    "venue": (GREEN, "s", 0.0), "token": (BLUE, "o", 1.0), "claim": (ORANGE, "o", 1.35), "bridge": (CYCLE[4], "h", 1.15),
    "market": (RED, "D", 2.3), "feed": (CYCLE[5], "^", 3.1), "timelock": (GREY, "P", 3.1),
}  # fmt: skip
"""Type of a node -> colour, marker, column."""
_RELATIONS: Final = {
    "holds": (("trades", "keeps", "has in"), GREY, "solid", 0.6),
    "stands on": (("stands on",), ORANGE, "dashed", 0.8),
    "issued by": (("issued by",), CYCLE[4], "dotted", 0.9),
    "priced by, reads": (("priced by", "reads"), CYCLE[5], "solid", 0.45),
    "governs": (("governs",), GREY, "dashdot", 0.4),
}
"""Word of the legend -> relations, colour, line, opacity."""
_THIN: Final = frozenset({"priced by", "reads", "governs"})


def draw(run: Run) -> Figure | None:
    """The network as a run left it; None where there is nothing to show."""
    return draw_world(run.ecosystem.world)


def draw_world(world: World) -> Figure | None:
    """One band for each chain: its venues on the left, tokens and claims in the middle, markets, and feeds on the right. What lives on
    several chains (bridges, a hub) stands between them. Edges that hold something are as wide as the value that they carry; that a form
    stands on what its bridge keeps is drawn through the bridge. None without any of them.
    """
    graph = network_of(world, holders=False)
    shown = graph.subgraph([node for node, data in graph.nodes(data=True) if data["type"] in _TYPES]).copy()
    if not shown:
        return None
    figure, axes = canvas()
    places, bands = layout(shown, list(world.chains))
    for chain, (low, high) in bands.items():
        axes.add_patch(Rectangle((-0.6, low), 4.2, high - low, facecolor="#F4F4F4", edgecolor="none", zorder=0))
        axes.annotate(chain, (-0.58, high), xytext=(4, -4), textcoords="offset points", ha="left", va="top", color=GREY, fontsize=15)
    drawn = _edges(axes, shown, places)
    small = len(shown) > 16
    for kind, (colour, marker, _) in _TYPES.items():
        spots = [places[node] for node, data in shown.nodes(data=True) if data["type"] == kind]
        if spots:
            axes.scatter(*zip(*spots, strict=True), s=260 if small else 800, color=colour, marker=marker, zorder=2)
    for node, data in shown.nodes(data=True):
        paper = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.6}
        axes.annotate(
            data["name"], places[node], xytext=(0, -11 if small else -20), textcoords="offset points", ha="center", va="top",
            fontsize=10.5 if small else 16, bbox=paper, zorder=3,
        )  # fmt: skip
    present = [kind for kind in _TYPES if any(data["type"] == kind for _, data in shown.nodes(data=True))]
    handles: list[Any] = [
        Line2D([], [], color=_TYPES[kind][0], marker=_TYPES[kind][1], linestyle="", markersize=11, label=kind) for kind in present
    ]
    handles += [
        Line2D([], [], color=colour, linestyle=line, alpha=alpha, label=word)
        for word, (relations, colour, line, alpha) in _RELATIONS.items()
        if drawn & set(relations)
    ]
    axes.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=-(-len(handles) // 2), fontsize=13)
    axes.set_title("Venues, tokens, markets and feeds by chain (edges by value)")
    axes.margins(0.02, 0.03)
    axes.set_axis_off()
    return figure


def layout(graph: nx.MultiDiGraph[str], chains: list[str]) -> tuple[dict[str, tuple[float, float]], dict[str, tuple[float, float]]]:
    """Places of the nodes, and the lower and upper edge of each chain's band; chains from the top down."""
    rows: dict[tuple[str, float], list[str]] = {}
    between: list[str] = []
    for node, data in graph.nodes(data=True):
        homes = [chain for chain in data["chains"] if chain in chains]
        if data["type"] == "bridge" or len(homes) > 1:
            between.append(node)
        else:
            rows.setdefault((homes[0] if homes else chains[0], round(_TYPES[data["type"]][2])), []).append(node)
    places: dict[str, tuple[float, float]] = {}
    bands: dict[str, tuple[float, float]] = {}
    top = 0.0
    for order, chain in enumerate(chains):
        height = max((len(nodes) for (home, _), nodes in rows.items() if home == chain), default=1) + 0.5
        bands[chain] = (top - height, top)
        for (home, _), nodes in rows.items():
            for row, node in enumerate(nodes if home == chain else ()):
                aside = 0.12 * (-1) ** row if graph.nodes[node]["type"] == "claim" else 0.0
                places[node] = _TYPES[graph.nodes[node]["type"]][2] + aside, top - height * (row + 0.4) / len(nodes)
        top -= height
        if order == 0 and between:
            _spread(graph, between, places, top - 1.0)
            top -= 1.6
    return places, bands


def _spread(graph: nx.MultiDiGraph[str], nodes: list[str], places: dict[str, tuple[float, float]], height: float) -> None:
    """What lives on several chains, side by side below the first; bridges in the middle, the rest in the columns of their types."""
    bridges = [node for node in nodes if graph.nodes[node]["type"] == "bridge"]
    for place, node in enumerate(bridges):
        places[node] = 1.15 + 0.5 * (place - 0.5 * (len(bridges) - 1)), height
    others = [node for node in nodes if node not in bridges]
    for place, node in enumerate(others):
        places[node] = max(_TYPES[graph.nodes[node]["type"]][2], 2.2) + 0.35 * place, height


def _edges(axes: Any, graph: nx.MultiDiGraph[str], places: dict[str, tuple[float, float]]) -> set[str]:
    """Draw the edges; returns the relations that there were."""
    largest = max((data["value"] for _, _, data in graph.edges(data=True)), default=0.0) or 1.0
    drawn: set[str] = set()
    for start, end, data in graph.edges(data=True):
        if data["locked"] and data["relation"] == "stands on":
            continue
        for relations, colour, line, alpha in _RELATIONS.values():
            if data["relation"] in relations:
                width = 1.0 if data["relation"] in _THIN else 1.0 + 6.0 * (data["value"] / largest) ** 0.5
                (left, low), (right, high) = places[start], places[end]
                axes.plot([left, right], [low, high], color=colour, linewidth=width, linestyle=line, alpha=alpha, zorder=1)
                drawn.add(data["relation"])
    return drawn
