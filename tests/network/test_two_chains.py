"""Two chains and a bridge: look-through through the bridge, a hole that comes out in clearing, what falls with a bridge or a chain."""

from __future__ import annotations

import pytest

from model.network import clear_world, critical_nodes, exposure_table, network_of, overlap_of
from model.network.exposure import net_exposure
from tests.agents.test_cross_chain_liquidator import HUB, HUB_FEED, borrowers
from tests.agents.two_chains import opened


@pytest.fixture
def world():
    model = opened({}, markets={"hub": HUB}, feeds={"lst_eth": HUB_FEED})
    borrowers(model, "hub", "lst", 1000.0, 500.0, 2000.0)
    return model.world


def test_a_bridged_form_is_looked_through_to_what_its_bridge_holds(world):
    table = exposure_table(world)
    far = table[(table["holder"] == "venue:pool_r") & (table["token"] == "lst_r")]
    assert far["underlying"].tolist() == ["eth"]
    assert far["amount"].sum() == pytest.approx(5000.0)
    chains = net_exposure(table, ("chain",))
    # 50,000 lst_r; 5,000 eth of the pool's and 1,500 of the hub's, which the bridge eth_lane stands for: on the rollup the hub's lender has
    # 2,000, and its borrower owes 500
    assert chains.loc["chain:rollup", "eth"] == pytest.approx(56_500.0 * 2000.0)
    assert chains["eth"].sum() == pytest.approx(world.ledgers["ethereum"].supply("eth") * 2000.0)
    graph = network_of(world)
    assert graph.edges["claim:lst_r", "bridge:lane", "issued by lst"]["amount"] == pytest.approx(50_000.0)
    assert graph.edges["claim:eth@rollup", "bridge:eth_lane", "issued by eth"]["amount"] == pytest.approx(6500.0)
    assert graph.edges["bridge:lane", "claim:lst", "keeps lst"]["amount"] == pytest.approx(50_000.0)
    assert {"chain:ethereum", "chain:rollup"} <= set(graph.successors("market:hub"))
    assert overlap_of(world).markets == ("hub",)


def test_a_drained_bridge_pays_its_form_in_part(world):
    world.targets["lane"].drain(20_000.0)
    table = clear_world(world).set_index("node")
    assert table.loc["claim:lst_r", "recovery"] == pytest.approx(0.6)
    assert table["loss"].sum() == pytest.approx(20_000.0 * 2000.0)
    assert table.loc["claim:lst", "recovery"] == pytest.approx(1.0)
    assert table.loc["reserve:hub/eth@rollup", "recovery"] == pytest.approx(1.0)


def test_a_fall_beyond_the_hub_s_threshold_is_borne_by_its_lender(world):
    table = clear_world(world, {"lst": 0.4}).set_index("node")
    # 1000 lst are worth 400 of eth, 500 are owed: 100 of the lender's 2000 are missing.
    assert table.loc["group:lender", "loss"] == pytest.approx(100.0 * 2000.0)
    assert table.loc["reserve:hub/eth@rollup", "recovery"] == pytest.approx(0.95)


def test_what_falls_with_a_bridge_and_with_a_chain(world):
    table = critical_nodes(world).set_index("node")
    assert table.loc["bridge:lane", "loss"] == pytest.approx(50_000.0 * 2000.0)
    assert table.loc["chain:ethereum", "loss"] > table.loc["claim:lst", "loss"] > table.loc["bridge:lane", "loss"]
    assert table.loc["claim:lst", "loss"] == pytest.approx(200_000.0 * 2000.0)
    assert table.loc["venue:pool_r", "stranded"] == 2  # lst_r, and what eth there is on the rollup
