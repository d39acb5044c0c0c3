"""The claims as a directed acyclic graph, as pure functions on a mapping ``token -> {backing token: units per unit}``.

Look-through is the sum over paths of the products along them, stopping at tokens that are native or that the caller names
(what a loan is owed in). A token that is no key of the mapping stands on nothing: it is native.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping

from model.core.errors import BadInput, Fault

Graph = Mapping[str, Mapping[str, float]]


def tokens_of(graph: Graph) -> list[str]:
    """All tokens that the graph names, in order of first mention."""
    return list(dict.fromkeys(name for token, backing in graph.items() for name in (token, *backing)))


def faults_of_graph(graph: Graph, place: str = "claims") -> list[Fault]:
    """Every fault of a claim graph: each cycle with the path that shows it, units that are no positive finite number."""
    faults = [
        Fault(f"{place}.{token}.{under}", f"{units} units per unit", "a finite number of 0 or more")
        for token, backing in graph.items()
        for under, units in backing.items()
        if not (math.isfinite(units) and units >= 0.0)
    ]
    allowed = "claims that do not stand on themselves"
    return faults + [Fault(f"{place}.{cycle[0]}", " -> ".join(cycle), allowed) for cycle in cycles(graph)]


def cycles(graph: Graph) -> list[tuple[str, ...]]:
    """Paths that lead back to their start, at least one in every cyclic part; empty for a DAG. ``(a, b, a)`` where a stands on b on a."""
    found: list[tuple[str, ...]] = []
    done: set[str] = set()
    for root in graph:
        path: dict[str, Iterator[str]] = {}
        if root not in done:
            path[root] = iter(graph[root])
        while path:
            token = next(reversed(path))
            under = next(path[token], None)
            if under is None:
                del path[token]
                done.add(token)
            elif under in path:
                names = list(path)
                found.append((*names[names.index(under) :], under))
            elif under not in done:
                path[under] = iter(graph.get(under, ()))
    return found


def order(graph: Graph) -> list[str]:
    """All tokens, each after everything that it stands on (the order in which an impairment travels up).

    Raises:
        BadInput: the graph has a cycle (with its path) or units that are no number.
    """
    faults = faults_of_graph(graph)
    if faults:
        raise BadInput(faults)
    placed: dict[str, None] = {}
    for root in tokens_of(graph):
        stack = [root]
        while stack:
            token = stack[-1]
            missing = [under for under in graph.get(token, ()) if under not in placed]
            if missing:
                stack.extend(reversed(missing))
            else:
                placed[stack.pop()] = None
    return list(placed)


def look_through(graph: Graph, token: str, stop: Collection[str] = ()) -> dict[str, float]:
    """Units of each underlying token in one ``token``, down to native tokens and those in ``stop``.

    A token in ``stop`` is itself: ``look_through(graph, "steth", {"steth"})`` is ``{"steth": 1.0}``.

    Raises:
        BadInput: the graph has a cycle or units that are no number.
    """
    return exposure(graph, {token: 1.0}, stop)


def exposure(graph: Graph, holdings: Mapping[str, float], stop: Collection[str] = ()) -> dict[str, float]:
    """Units of each underlying token in ``holdings`` (token -> amount), down to native tokens and those in ``stop``.

    One pass from the top of the graph down: cost grows with edges, not with paths.

    Raises:
        BadInput: the graph has a cycle or units that are no number.
    """
    amounts: dict[str, float] = {}
    ranked = order(graph)
    for token, amount in holdings.items():
        amounts[token] = amounts.get(token, 0.0) + amount
    for token in reversed(ranked):
        backing = graph.get(token)
        if token not in amounts or token in stop or not backing:
            continue
        amount = amounts.pop(token)
        for under, units in backing.items():
            amounts[under] = amounts.get(under, 0.0) + amount * units
    return amounts


def paths(graph: Graph, token: str, stop: Collection[str] = ()) -> list[tuple[tuple[str, ...], float]]:
    """Every path from ``token`` down to a native token or one in ``stop``, with the product of units along it.

    Raises:
        BadInput: the graph has a cycle or units that are no number.
    """
    order(graph)
    found: list[tuple[tuple[str, ...], float]] = []
    stack: list[tuple[tuple[str, ...], float]] = [((token,), 1.0)]
    while stack:
        path, product = stack.pop()
        backing = graph.get(path[-1])
        if not backing or path[-1] in stop:
            found.append((path, product))
            continue
        stack.extend(((*path, under), product * units) for under, units in reversed(list(backing.items())))
    return found


def dependents(graph: Graph, token: str) -> list[str]:
    """Tokens that stand on ``token``, directly or through others, in the order in which its impairment reaches them.

    Raises:
        BadInput: the graph has a cycle or units that are no number.
    """
    reached = {token}
    above = []
    for name in order(graph):
        if name != token and any(under in reached for under in graph.get(name, ())):
            reached.add(name)
            above.append(name)
    return above
