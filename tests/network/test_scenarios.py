"""Every scenario that ships: what final holders have adds up to what exists, and nothing but inventories is a target's own."""

from __future__ import annotations

import pytest

from experiments.inputs import Inputs
from experiments.load import load, scenario_names
from experiments.run import open_ecosystem, release
from model.bridges import LockAndMint
from model.core.actions import Borrow, Bridge, Supply
from model.network import (
    Books,
    account_table,
    clear_world,
    critical_nodes,
    exposure_table,
    final_exposure,
    net_exposure,
    network_of,
    overlap_of,
)
from model.network.feeds import loss_by_error, readers
from model.world.claim import ClaimToken
from model.world.target import Call
from model.world.venue import TradingVenue

OWN = {
    "two-chain-lst": {("bridge:eth_fast", "ethereum"), ("bridge:eth_fast", "rollup")},
    "exotic-collateral": {("claim:note", "ethereum")},
}
"""Scenarios in which a target has something of its own at the start: solvers their inventory, a note the collateral beyond par."""


@pytest.fixture(params=scenario_names())
def opened(request):
    model = open_ecosystem(load(request.param).scenario, 1, Inputs())
    yield request.param, model
    release(model)


def native_supply(world) -> dict[str, float]:
    """Token -> supply on all chains, without what is locked behind it elsewhere, what stands on something, and what was lent into being."""
    locked = {(chain, token) for bridge in world.all(LockAndMint) for chain, token in bridge.params.forms.items()}
    sums: dict[str, float] = {}
    for chain, ledger in world.ledgers.items():
        for token in ledger.tokens:
            issued = token in world.targets and isinstance(world.targets[token], ClaimToken | TradingVenue)
            if (chain, token) not in locked and not issued:
                sums[token] = sums.get(token, 0.0) + ledger.supply(token) - ledger.sources(token)["debt"]
    return {token: amount for token, amount in sums.items() if abs(amount) > 1e-9}


def test_what_final_holders_have_is_what_exists(opened):
    name, model = opened
    world, books = model.world, Books(model.world)
    table = exposure_table(world, books=books)
    supply = native_supply(world)
    assert final_exposure(table, "amount").sum().to_dict() == pytest.approx(supply, rel=1e-9)
    assert net_exposure(table, ("chain",), "amount").sum().to_dict() == pytest.approx(supply, rel=1e-9)
    assert {place for place, amounts in books.own().items() if amounts} == OWN.get(name, set())
    clearing = clear_world(world, books=books)
    assert clearing["recovery"].min() == pytest.approx(1.0)
    usd = books.valuation.usd
    assert clearing["after"].sum() == pytest.approx(sum(amount * usd(token) for token, amount in supply.items()), rel=1e-9)
    everyone = account_table(world, books).groupby("underlying")["amount"].sum()
    own = table[table["form"] == "own"].groupby("underlying")["amount"].sum()
    assert everyone.add(own, fill_value=0.0).to_dict() == pytest.approx(supply, rel=1e-9)


def test_the_base_scenario_by_its_own_figures():
    model = open_ecosystem(load("two-chain-lst").scenario, 1, Inputs())
    try:
        world, books = model.world, Books(model.world)
        graph = network_of(world, books=books)
        assert graph.nodes["timelock:council"]["type"] == "timelock"
        assert graph.edges["bridge:eth_fast", "token:eth", "keeps eth"]["amount"] == 8000.0
        assert graph.edges["bridge:eth_fast", "claim:eth@rollup", "keeps eth@rollup"]["amount"] == 4000.0
        assert graph.edges["group:borrowers", "market:aave", "has in lst"]["amount"] == pytest.approx(300_000.0)  # 2,400 accounts
        assert graph.nodes["claim:lst"]["value"] == pytest.approx(1_200_000 * 2500.0)
        assert graph.nodes["token:eth"]["value"] == pytest.approx(world.ledgers["ethereum"].supply("eth") * 2500.0)
        table = critical_nodes(world, books=books).set_index("node")
        exists = sum(amount * books.valuation.usd(token) for token, amount in native_supply(world).items())
        assert (table["loss"] <= exists * (1.0 + 1e-9)).all()
        assert table.loc["claim:lst", "loss"] == pytest.approx(3000e6)
        assert table.loc["bridge:lst_bridge", "loss"] == pytest.approx(375e6)
        assert table.loc["bridge:eth_bridge", "loss"] == pytest.approx(world.ledgers["rollup"].supply("eth") * 2500.0)
        assert table.loc["bridge:usdc_bridge", "loss"] == pytest.approx(world.ledgers["rollup"].supply("usdc"))
        assert table.loc["feed:lst_eth", "loss"] > 0.0
        # the rollup's feed of the rate is relayed: what is wrong on ethereum is wrong there
        assert readers(books, "lst_rate") == {"lst_rate", "lst_rate_r"}
        wrong = {feed: loss_by_error(books, feed, 0.5) for feed in ("lst_rate", "lst_rate_r", "usdc_eth")}
        assert wrong["lst_rate"] > wrong["lst_rate_r"] > 0.0
        assert wrong["usdc_eth"] > 0.0  # no collateral, but debts that grow
        apart, joined = (overlap_of(world, bridged=bridged, books=books) for bridged in (False, True))
        by_form = dict(zip(apart.assets, apart.depth.tolist(), strict=True))
        assert by_form["lst"] < 1.2e9  # far less than the 3.8e9 that a small sale into the flat of the curve suggests
        together = dict(zip(joined.assets, joined.depth.tolist(), strict=True))
        assert together["lst"] == pytest.approx(by_form["lst"] + by_form["lst_r"])
        hole = world.targets["eth_bridge"].drain(1e9)
        clearing = clear_world(world).set_index("node")
        assert clearing.loc["claim:eth@rollup", "recovery"] == 0.0
        assert clearing["loss"].sum() == pytest.approx(hole * 2500.0)
    finally:
        release(model)


def test_messages_of_bridges_and_of_the_hub_lose_nothing():
    model = open_ecosystem(load("two-chain-lst").scenario, 1, Inputs())
    try:
        world = model.world
        before = final_exposure(exposure_table(world), "amount")
        who = world.accounts.of("eth_lenders_r")
        world.ledgers["ethereum"].move("lst", 0, who, 100.0)
        world.ledgers["rollup"].move("usdc", world.accounts.of("liquidators_r"), who, 1e6)
        call = Call(world, "rollup", who, world.clock.now)
        for action in (
            Bridge(target="eth_fast", token="eth", amount=100.0, to_chain="ethereum"),
            Bridge(target="eth_bridge", token="eth", amount=10.0, to_chain="ethereum"),
            Bridge(target="usdc_bridge", token="usdc", amount=5e5, to_chain="ethereum"),
            Supply(target="hub", token="usdc", amount=4e5),
        ):
            world.targets[action.target].perform(call, action)
        world.targets["hub"].perform(Call(world, "ethereum", who, world.clock.now), Supply(target="hub", token="lst", amount=100.0))
        world.targets["hub"].perform(call, Borrow(target="hub", token="usdc", amount=1000.0))
        assert len(world.targets["hub"].messages) >= 2
        table = exposure_table(world)
        after = final_exposure(table, "amount")
        assert after.sum().to_dict() == pytest.approx(before.sum().to_dict(), rel=1e-12)
        owed = table[(table["form"] == "owed") & (table["holder"] == "group:eth_lenders_r")].groupby("at")["amount"].sum()
        assert owed["bridge:eth_bridge"] == 10.0
        assert owed["token:usdc"] == 5e5
        assert owed["market:hub"] == 4e5
        solvers = table[(table["form"] == "owed") & (table["holder"] == "bridge:eth_fast")]
        assert solvers["amount"].tolist() == [100.0]  # what they were sent goes home over the slow bridge
        assert clear_world(world)["recovery"].min() == pytest.approx(1.0)
    finally:
        release(model)
