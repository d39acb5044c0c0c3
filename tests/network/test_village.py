"""The network of a world of two chains, every number by hand (see ``tests.network.village``)."""

from __future__ import annotations

import numpy as np
import pytest

from model.core.actions import Bridge, Redeem, Supply
from model.network import (
    Books,
    account_table,
    clear_world,
    critical_nodes,
    depth_table,
    distress,
    exposure_table,
    final_exposure,
    net_exposure,
    network_of,
    overlap_of,
    overlap_table,
)
from tests.network.village import AWAY, ETH, FINAL, GEMS, SUPPLY, Village


@pytest.fixture
def village() -> Village:
    return Village()


def amounts(village: Village) -> dict[str, float]:
    """Holder -> eth that belongs to it in the end."""
    found = final_exposure(exposure_table(village.world), "amount")["eth"]
    return {holder: amount for holder, amount in found.items() if abs(amount) > 1e-9}


def test_what_final_holders_have_adds_up_to_the_native_supply(village):
    table = exposure_table(village.world)
    assert amounts(village) == pytest.approx(FINAL)
    assert table[table["final"]].groupby("underlying")["amount"].sum()["eth"] == pytest.approx(SUPPLY)
    assert village.home.supply("eth") == SUPPLY
    chains = net_exposure(table, ("chain",), "amount")["eth"]
    assert chains.to_dict() == pytest.approx({"chain:home": SUPPLY - AWAY, "chain:away": AWAY})
    # What stands with targets for others: the pair 340 of cash and 100 steth, lane 1,000 steth, gate 254.
    held = net_exposure(table, ("market", "bridge", "venue", "claim"), "amount")["eth"]
    expected = {
        "pair": 440.0,
        "pair_a": 260.0,
        "lane": 1000.0,
        "gate": 254.0,
        "fast": 12.0,
        "pool": 1000.0,
        "bazaar": 10.0,
        "steth": 3000.0,
    }
    assert {name.partition(":")[2]: amount for name, amount in held.items()} == pytest.approx(expected)


def test_what_is_in_flight_or_in_a_queue_is_still_there(village):
    village.do("dave", "home", Bridge(target="gate", token="eth", amount=40.0, to_chain="away"))
    village.do("frank", "home", Redeem(target="steth", amount=4.0))
    village.do("carol", "away", Bridge(target="gate", token="eth", amount=30.0, to_chain="home"))
    assert amounts(village) == pytest.approx(FINAL)
    table = exposure_table(village.world)
    owed = table[table["form"] == "owed"].set_index("holder")
    assert owed.loc["group:dave", ["chain", "at", "token", "amount"]].tolist() == ["away", "claim:eth@away", "eth@away", 40.0]
    assert owed.loc["group:frank", ["chain", "at", "token", "amount"]].tolist() == ["home", "claim:steth", "eth", 4.0]
    assert owed.loc["group:carol", ["chain", "at", "token", "amount"]].tolist() == ["home", "bridge:gate", "eth", 30.0]
    clearing = clear_world(village.world).set_index("node")
    assert clearing["recovery"].min() == pytest.approx(1.0)
    for name in ("dave", "frank", "carol"):
        assert clearing.loc[f"group:{name}", "after"] == pytest.approx(FINAL[f"group:{name}"] * ETH)
    graph = network_of(village.world)
    assert graph.edges["group:frank", "claim:steth", "waits for eth"]["amount"] == 4.0
    assert graph.edges["group:dave", "claim:eth@away", "holds eth@away"]["amount"] == 40.0


def test_every_account_is_in_the_table_of_accounts(village):
    table = account_table(village.world).set_index(["account", "underlying"])
    assert table.loc[("alice", "eth"), ["held", "owed", "amount", "value"]].tolist() == pytest.approx([160.0, 60.0, 100.0, 200_000.0])
    assert table.loc[("lp", "gem"), "value"] == pytest.approx(GEMS)
    by_group = table["amount"].xs("eth", level="underlying")
    assert by_group.to_dict() == pytest.approx({name.removeprefix("group:"): FINAL[name] for name in FINAL if name != "bridge:fast"})


def test_the_graph_by_hand(village):
    graph = network_of(village.world)
    value = {node: data["value"] / ETH for node, data in graph.nodes(data=True)}
    # eth: 3,000 behind steth, 254 with gate, 8 of solvers, venues 510, pair 340, alice 60, dave 100: all of it, once.
    expected = {
        "token:eth": SUPPLY, "claim:steth": 3000.0, "claim:steth_a": 1000.0, "claim:eth@away": 254.0, "bridge:lane": 1000.0,
        "bridge:gate": 254.0, "bridge:fast": 0.0, "venue:pool": 1000.0, "venue:bazaar": 20.0, "market:pair": 500.0, "market:pair_a": 350.0,
        "feed:rate": 100.0, "feed:rate_a": 150.0, "chain:home": SUPPLY - AWAY + GEMS / ETH, "chain:away": AWAY, "token:gem": GEMS / ETH,
    }  # fmt: skip
    assert {node: value[node] for node in expected} == pytest.approx(expected)
    issued = graph.edges["claim:eth@away", "bridge:gate", "issued by eth"]
    assert (issued["amount"], issued["value"]) == pytest.approx((254.0, 254.0 * ETH))
    assert graph.edges["claim:steth_a", "bridge:lane", "issued by steth"]["value"] == pytest.approx(1000.0 * ETH)
    assert graph.edges["claim:steth_a", "claim:steth", "stands on steth"]["amount"] == pytest.approx(1000.0)
    # One holder on two chains has two edges, none overwritten.
    assert graph.edges["bridge:fast", "token:eth", "keeps eth"]["amount"] == 8.0
    assert graph.edges["bridge:fast", "claim:eth@away", "keeps eth@away"]["amount"] == 4.0
    assert graph.edges["market:pair", "feed:rate", "priced by steth"]["amount"] == pytest.approx(100.0)
    assert graph.nodes["market:pair"]["exposure"]["eth"] == pytest.approx(440.0 * ETH)
    assert graph.nodes["chain:away"]["exposure"] == pytest.approx({"eth": AWAY * ETH})
    assert graph.nodes["bridge:gate"]["chains"] == ("home", "away")
    assert all(data["unit"] == "" for _, _, data in graph.edges(data=True) if data["relation"] == "lives on" and data["amount"] == 0.0)


def test_a_hole_is_borne_by_who_holds_the_form(village):
    # 500 of 1,000 steth are drained: steth_a is worth half. Carol's 150 are worth 75 against a debt of 90: 15 of bob's 200 are missing.
    village.world.targets["lane"].drain(500.0)
    table = clear_world(village.world).set_index("node")
    assert table.loc["claim:steth_a", "recovery"] == pytest.approx(0.5)
    assert table.loc["reserve:pair_a/eth@away", "recovery"] == pytest.approx(185.0 / 200.0)
    assert table.loc["bridge:lane", "owed"] == pytest.approx(500.0 * ETH)
    losses = {"group:bob": 15.0, "group:carol": 60.0, "outside": 425.0 - 0.0}
    for holder, lost in losses.items():
        assert table.loc[holder, "loss"] == pytest.approx(lost * ETH), holder
    assert table["loss"].sum() == pytest.approx(500.0 * ETH)
    chains = net_exposure(exposure_table(village.world), ("chain",), "amount")["eth"]
    # bob 200, erin 50, carol 75 + 90 - 90, solvers 4, outside 425; what the thief took is outside at home
    assert chains["chain:away"] == pytest.approx(754.0)
    assert chains.sum() == pytest.approx(SUPPLY)


def test_draining_the_bridge_of_a_native_form_costs_its_holders(village):
    # 101.6 of 254 are gone: 0.4 of every eth@away. Carol's debt falls with what she holds against it.
    village.world.targets["gate"].drain(101.6)
    table = clear_world(village.world).set_index("node")
    assert table.loc["claim:eth@away", ["owed", "paid"]].tolist() == pytest.approx([254.0 * ETH, 152.4 * ETH])
    assert table.loc["bridge:gate", "owed"] == pytest.approx(152.4 * ETH)
    lost = {"group:bob": 80.0, "group:erin": 20.0, "group:carol": 0.0, "bridge:fast": 1.6}
    for holder, amount in lost.items():
        assert table.loc[holder, "loss"] == pytest.approx(amount * ETH, abs=1e-6), holder
    assert sum(amounts(village).values()) == pytest.approx(SUPPLY)


def test_destroyed_backing_makes_no_custodian_rich(village):
    table = clear_world(village.world, {"steth_a": 0.5}).set_index("node")
    assert table.loc["claim:steth_a", "recovery"] == pytest.approx(0.5)
    assert table.loc["bridge:lane", "after"] == table.loc["claim:steth", "after"] == 0.0
    assert (table["loss"] >= -1e-6).all()
    assert table["loss"].sum() == pytest.approx(500.0 * ETH)
    assert table.loc["group:bob", "loss"] == pytest.approx(15.0 * ETH)
    half = clear_world(village.world, {"steth": 0.5}).set_index("node")
    # 1,500 ETH are gone: alice's 100 are worth 50 against 60, carol's 150 are worth 75 against 90.
    assert half["loss"].sum() == pytest.approx(1500.0 * ETH)
    assert half.loc["group:saver", "loss"] == pytest.approx(10.0 * ETH)


def test_bad_debt_stays_with_the_reserve_that_lent(village):
    table = clear_world(village.world, {"steth_a": 0.5}).set_index("node")
    assert table.loc["reserve:pair_a/eth@away", "recovery"] == pytest.approx(0.925)
    # The other reserve of the pair owes its borrower the rest of its collateral, nothing here, and what is pledged.
    assert table.loc["reserve:pair_a/steth_a", "recovery"] == pytest.approx(1.0)
    assert table.loc["reserve:pair/eth", "recovery"] == pytest.approx(1.0)
    # Rogers-Veraart with a recovery of half: the reserve pays half of 110 in cash (its claims on gate) and of 75 pledged.
    costly = clear_world(village.world, {"steth_a": 0.5}, 0.5, 0.5).set_index("node")
    # steth_a itself defaults first: it pays half of the 500 that come in, so that 37.5 of 75 reach the reserve of steth_a, which
    # owes 75 and pays half of that.
    assert costly.loc["claim:steth_a", "paid"] == pytest.approx(250.0 * ETH)
    assert costly.loc["reserve:pair_a/steth_a", "paid"] == pytest.approx(0.5 * 37.5 * ETH)
    assert costly.loc["reserve:pair_a/eth@away", "paid"] == pytest.approx(0.5 * (110.0 + 18.75) * ETH)


def test_distress_passes_collateral_first(village):
    calm = distress(village.world, {"claim:steth_a": 0.3}).set_index("node")
    # Carol's 150 are worth 105, her debt is 90: she loses 45, bob nothing.
    assert calm.loc["group:carol", "loss"] == pytest.approx(45.0 * ETH)
    assert calm.loc["group:bob", "loss"] == pytest.approx(0.0, abs=1e-6)
    deep = distress(village.world, {"bridge:lane": 0.5}).set_index("node")
    assert deep.loc["group:carol", "loss"] == pytest.approx(60.0 * ETH)
    assert deep.loc["group:bob", "loss"] == pytest.approx(15.0 * ETH)
    assert deep.loc["outside", "loss"] == pytest.approx(425.0 * ETH)
    assert deep.loc["reserve:pair_a/eth@away", "distress"] == pytest.approx(0.075)
    assert deep.loc["claim:steth_a", "equity"] == pytest.approx(1000.0 * ETH)
    # carol sends 30 home: the bridge owes them, and 224 to what is left on away
    village.do("carol", "away", Bridge(target="gate", token="eth", amount=30.0, to_chain="home"))
    gate = distress(village.world, {"bridge:gate": 0.5}).set_index("node")
    assert gate.loc["bridge:gate", "equity"] == pytest.approx(254.0 * ETH)
    assert gate.loc["group:erin", "loss"] == pytest.approx(25.0 * ETH)


@pytest.mark.parametrize("fall", [0.1, 0.5])
def test_distress_and_clearing_of_a_fall_agree(village, fall):
    clearing = clear_world(village.world, {"steth": 1.0 - fall}).set_index("node")["loss"]
    table = distress(village.world, {"claim:steth": fall}).set_index("node")["loss"]
    for name in FINAL:
        assert table.get(name, 0.0) == pytest.approx(clearing[name], abs=1e-3), name


def test_critical_nodes_by_hand(village):
    table = critical_nodes(village.world, 0.5).set_index("node")
    total = SUPPLY * ETH + GEMS
    expected = {
        "chain:home": total, "token:eth": SUPPLY * ETH, "claim:steth": 3000.0 * ETH, "chain:away": AWAY * ETH,
        "claim:steth_a": 1000.0 * ETH, "bridge:lane": 1000.0 * ETH, "venue:pool": 1000.0 * ETH, "market:pair": 440.0 * ETH,
        "market:pair_a": 260.0 * ETH, "bridge:gate": 254.0 * ETH, "claim:eth@away": 254.0 * ETH, "bridge:fast": 12.0 * ETH,
        "venue:bazaar": 10.0 * ETH + GEMS,
        # wrong by half: alice's 100 are worth 50 against 60; carol's 150 are worth 75 against 90
        "feed:rate": 10.0 * ETH, "feed:rate_a": 15.0 * ETH,
    }  # fmt: skip
    assert table["loss"].to_dict() == pytest.approx({**expected, "token:gem": GEMS})
    assert table.loc["claim:steth", "share"] == pytest.approx(3000.0 * ETH / total)
    # Without steth_a carol's debt of 90 stands on nothing: one reserve does not pay in full, and that is bob's.
    assert table.loc["bridge:lane", ["spilled", "defaults"]].tolist() == pytest.approx([90.0 * ETH, 1])
    # steth carries steth_a and the pool, and all that stands on those.
    assert table.loc["claim:steth", "spilled"] == pytest.approx(150.0 * ETH)
    assert table.loc["claim:steth", "defaults"] == 2  # both reserves of eth; steth_a is one steth as ever
    assert table["stranded"].to_dict() == {**dict.fromkeys(table.index, 0), "venue:pool": 1, "venue:bazaar": 1}
    # Only bazaar holds gem to the rest, and only eth bazaar; without chain home its bridges still hold away together.
    assert table["parts"].to_dict() == {**dict.fromkeys(table.index, 0), "venue:bazaar": 1, "token:eth": 1}
    assert table.loc["bridge:lane", "dependents"] == 3  # steth_a, pair_a, rate_a
    assert table.loc["claim:steth", "dependents"] == 7  # those, lane, pool, pair, rate


def test_what_backs_no_debt_is_no_collateral(village):
    village.do("frank", "home", Supply(target="pair", token="steth", amount=10.0))
    assert network_of(village.world).nodes["feed:rate"]["value"] == pytest.approx(100.0 * ETH)
    found = overlap_of(village.world)
    assert found.held.sum() == pytest.approx(100.0 * ETH)
    assert amounts(village) == pytest.approx(FINAL)


def test_overlap_by_form_and_through_the_bridge(village):
    # eth / steth = 500 / 500, no fee: the price is 0.9 after 500 (1 / sqrt(0.9) - 1) steth.
    depth = 500.0 * (1.0 / np.sqrt(0.9) - 1.0) * ETH / 0.1
    apart = overlap_of(village.world)
    assert (apart.assets, apart.illiquid) == (("steth",), ("steth_a",))
    assert apart.depth.tolist() == pytest.approx([depth])
    table = depth_table(apart).set_index("asset")
    assert table.loc["steth_a", ["held", "depth"]].tolist() == pytest.approx([150.0 * ETH, 0.0])
    assert table.loc["steth", "times"] == pytest.approx(100.0 * ETH / depth)
    rows = overlap_table(apart).set_index(["market", "with"])
    assert rows.loc[("pair", "pair"), "overlap"] == pytest.approx((100.0 * ETH) ** 2 / depth)
    assert rows.loc[("pair", "pair_a"), ["overlap", "cosine", "shared"]].tolist() == [0.0, 0.0, ""]
    joined = overlap_table(overlap_of(village.world, bridged=True)).set_index(["market", "with"])
    assert joined.loc[("pair", "pair_a"), "overlap"] == pytest.approx(100.0 * ETH * 150.0 * ETH / depth)
    assert joined.loc[("pair", "pair_a"), ["cosine", "index"]].tolist() == pytest.approx([1.0, 0.4])
    assert joined.loc[("pair_a", "pair_a"), "index"] == pytest.approx(0.6)
    # Measured down to half the price the pool is shallower per unit of fall: 500 (sqrt(2) - 1) over a half.
    deep = overlap_of(village.world, 0.5)
    assert deep.depth.tolist() == pytest.approx([500.0 * (np.sqrt(2.0) - 1.0) * ETH / 0.5])
    with pytest.raises(ValueError, match="between 0 and 1"):
        overlap_of(village.world, 1.0)


def test_a_world_without_holes_has_nothing_but_the_solvers_own(village):
    own = {place: amounts for place, amounts in Books(village.world).own().items() if amounts}
    assert own == {("bridge:fast", "home"): pytest.approx({"eth": 8.0}), ("bridge:fast", "away"): pytest.approx({"eth@away": 4.0})}
