import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.claims import graph
from model.core.errors import BadInput

NESTED = {
    "pool": {"l2_rseth": 0.4, "weth": 0.6},
    "l2_rseth": {"rseth": 1.0},
    "rseth": {"wsteth": 0.5, "eth": 0.45},
    "wsteth": {"steth": 1.2},
    "steth": {"eth": 1.0},
    "weth": {"eth": 1.0},
}


@st.composite
def dags(draw: st.DrawFn) -> dict[str, dict[str, float]]:
    size = draw(st.integers(2, 9))
    edges = st.dictionaries(st.integers(0, size - 1), st.floats(0.0, 3.0), max_size=4)
    return {f"t{n}": {f"t{m}": units for m, units in draw(edges).items() if m > n} for n in range(size)}


def test_diamond_adds_its_paths() -> None:
    assert graph.look_through(NESTED, "rseth") == {"eth": pytest.approx(0.5 * 1.2 + 0.45)}
    assert graph.look_through(NESTED, "pool")["eth"] == pytest.approx(0.4 * 1.05 + 0.6)
    assert {path for path, _ in graph.paths(NESTED, "rseth")} == {("rseth", "wsteth", "steth", "eth"), ("rseth", "eth")}


def test_look_through_stops_where_told() -> None:
    assert graph.look_through(NESTED, "pool", {"weth", "steth"}) == {
        "weth": 0.6,
        "steth": pytest.approx(0.4 * 0.5 * 1.2),
        "eth": pytest.approx(0.4 * 0.45),
    }
    assert graph.look_through(NESTED, "rseth", {"rseth"}) == {"rseth": 1.0}
    assert graph.look_through(NESTED, "usdc") == {"usdc": 1.0}


def test_a_stop_token_met_on_one_path_does_not_hide_the_other() -> None:
    diamond = {"top": {"left": 0.5, "right": 0.5}, "left": {"base": 2.0}, "right": {"base": 4.0}}
    assert graph.look_through(diamond, "top") == {"base": pytest.approx(3.0)}
    assert graph.look_through(diamond, "top", {"left"}) == {"left": 0.5, "base": 2.0}


@given(dag=dags())
@settings(max_examples=60, deadline=None)
def test_look_through_is_the_sum_of_products_over_paths(dag: dict[str, dict[str, float]]) -> None:
    for stop in ((), ("t3",)):
        summed: dict[str, float] = {}
        for path, product in graph.paths(dag, "t0", stop):
            summed[path[-1]] = summed.get(path[-1], 0.0) + product
        assert graph.look_through(dag, "t0", stop) == pytest.approx(summed)


@given(dag=dags())
@settings(max_examples=40, deadline=None)
def test_order_puts_backing_first(dag: dict[str, dict[str, float]]) -> None:
    ranked = graph.order(dag)
    assert sorted(ranked) == sorted(graph.tokens_of(dag))
    assert all(ranked.index(under) < ranked.index(token) for token, backing in dag.items() for under in backing)


def test_exposure_of_holdings() -> None:
    found = graph.exposure(NESTED, {"wsteth": 10.0, "eth": 1.0, "usdc": 5.0})
    assert found == {"eth": pytest.approx(13.0), "usdc": 5.0}


def test_a_ladder_of_diamonds_costs_edges_not_paths() -> None:
    ladder = {f"t{n}": {f"l{n}": 0.5, f"r{n}": 0.5} for n in range(60)}
    ladder |= {f"{side}{n}": {f"t{n + 1}": 1.0} for n in range(60) for side in "lr"}
    assert graph.look_through(ladder, "t0") == {"t60": pytest.approx(1.0)}


def test_dependents_in_the_order_of_impairment() -> None:
    above = graph.dependents(NESTED, "steth")
    assert above == ["wsteth", "rseth", "l2_rseth", "pool"]
    assert graph.dependents(NESTED, "pool") == []


def test_cycles_are_refused_with_their_path() -> None:
    looped = {**NESTED, "steth": {"pool": 0.1, "eth": 0.9}}
    assert graph.cycles(NESTED) == []
    with pytest.raises(BadInput, match="pool -> l2_rseth -> rseth -> wsteth -> steth -> pool"):
        graph.look_through(looped, "rseth")
    assert graph.cycles({"a": {"a": 1.0}}) == [("a", "a")]


def test_all_faults_are_reported_together() -> None:
    bad = {"a": {"b": 1.0}, "b": {"a": 1.0}, "c": {"d": -1.0}, "d": {"eth": math.nan}, "e": {"e": 1.0}}
    places = {fault.place for fault in graph.faults_of_graph(bad, "tokens")}
    assert places == {"tokens.a", "tokens.c.d", "tokens.d.eth", "tokens.e"}
