"""Holes of bridges by their rules of loss: who bears them, in exposures and in clearing, and that nothing is lost or counted twice."""

from __future__ import annotations

import pytest

from model.bridges import BurnAndMint, Liquidity, LockAndMint
from model.network import Books, clear_world, exposure_table, final_exposure
from tests.bridges.stage import SUPPLY, Stage

PRICE = 10.0


def open_stage(kind=LockAndMint, claim: bool = True, **params) -> Stage:
    """alice has 500 at home, 300 on the left and 200 on the right, bob 1,000 at home; of a claim the outside the other 8,000."""
    stage = Stage((kind, params), claim=claim)
    for token in ("eth",) if claim else ("tok", "tok_l", "tok_r"):
        stage.world.board.fix(token, PRICE)
    for chain, amount in (("left", 300.0), ("right", 200.0)):
        assert stage.send("alice", amount, "home", chain).ok
    stage.wait(60)
    return stage


def amounts(stage: Stage) -> dict[str, float]:
    found = final_exposure(exposure_table(stage.world), "amount")
    return {holder: float(row.sum()) for holder, row in found.iterrows() if abs(row.sum()) > 1e-9}


def losses(stage: Stage) -> dict[str, float]:
    table = clear_world(stage.world).set_index("node")["loss"] / PRICE
    return {holder: float(lost) for holder, lost in table.items() if abs(lost) > 1e-9}


def test_nothing_is_missing_without_a_hole():
    stage = open_stage()
    assert amounts(stage) == pytest.approx({"group:alice": 1000.0, "group:bob": 1000.0, "outside": SUPPLY - 2000.0})
    assert losses(stage) == {}


def test_the_bridged_supply_alone():
    stage = open_stage(loss="bridged")
    stage.bridge.drain(100.0, to=stage.people["thief"])  # 100 of 500: a fifth
    assert amounts(stage) == pytest.approx({"group:alice": 900.0, "group:bob": 1000.0, "group:thief": 100.0, "outside": SUPPLY - 2000.0})
    assert losses(stage) == pytest.approx({"group:alice": 100.0})
    table = clear_world(stage.world).set_index("node")
    assert table.loc[["claim:tok_l", "claim:tok_r"], "recovery"].tolist() == pytest.approx([0.8, 0.8])


def test_one_chain_first():
    stage = open_stage(loss="chain", loss_chain="left")
    stage.bridge.drain(100.0, to=stage.people["thief"])
    table = clear_world(stage.world).set_index("node")
    assert table.loc[["claim:tok_l", "claim:tok_r"], "recovery"].tolist() == pytest.approx([2.0 / 3.0, 1.0])
    assert losses(stage) == pytest.approx({"group:alice": 100.0})


@pytest.mark.parametrize("applied", [False, True])
def test_spread_over_all_holders(applied):
    stage = open_stage(loss="spread")
    stage.bridge.drain(100.0, to=stage.people["thief"])
    if applied:
        stage.bridge.allocate_loss()
    # 10,000 tokens of 10,000 eth and 100 more once the bridge has been made whole: each is worth 10,000 / 10,100 of before
    kept = SUPPLY / (SUPPLY + 100.0)
    expected = {"group:alice": 1000.0, "group:bob": 1000.0, "group:thief": 100.0, "outside": SUPPLY - 2000.0}
    assert amounts(stage) == pytest.approx({holder: amount * kept for holder, amount in expected.items()})
    assert sum(amounts(stage).values()) == pytest.approx(SUPPLY)
    clearing = clear_world(stage.world).set_index("node")
    assert clearing["recovery"].min() == pytest.approx(1.0)
    assert clearing.loc["group:bob", "after"] == pytest.approx(1000.0 * kept * PRICE)
    assert not any(own for own in Books(stage.world).own().values())


def test_insured_up_to_the_cover():
    stage = open_stage(loss="insured", cover=60.0)
    stage.bridge.drain(100.0, to=stage.people["thief"])
    # the insurer, outside, owes 60; 40 of 500 are borne by the forms
    assert amounts(stage) == pytest.approx({"group:alice": 960.0, "group:bob": 1000.0, "group:thief": 100.0, "outside": SUPPLY - 2060.0})
    assert losses(stage) == pytest.approx({"group:alice": 40.0, "outside": 60.0})


def test_a_native_token_is_not_diluted():
    stage = open_stage(claim=False, loss="spread")
    stage.bridge.drain(100.0, to=stage.people["thief"])
    assert amounts(stage) == pytest.approx({"group:alice": 900.0, "group:bob": 1000.0, "group:thief": 100.0})
    assert "claim:tok_l@left" in clear_world(stage.world)["node"].tolist()


def test_messages_share_the_hole_of_the_chain_they_go_to():
    stage = open_stage(loss="bridged")
    assert stage.send("bob", 500.0, "home", "left").ok
    stage.bridge.drain(250.0, to=stage.people["thief"])  # a quarter of 500 there and 500 on their way
    assert amounts(stage) == pytest.approx({"group:alice": 875.0, "group:bob": 875.0, "group:thief": 250.0, "outside": SUPPLY - 2000.0})
    assert losses(stage) == pytest.approx({"group:alice": 125.0, "group:bob": 125.0})


def test_burn_and_mint_is_whole_until_it_mints_too_much():
    stage = open_stage(BurnAndMint, claim=False)
    assert amounts(stage) == pytest.approx({"group:alice": 1000.0, "group:bob": 1000.0})
    assert stage.send("bob", 200.0, "home", "left").ok  # on its way: burned here, not minted yet
    assert amounts(stage) == pytest.approx({"group:alice": 1000.0, "group:bob": 1000.0})
    table = clear_world(stage.world).set_index("node")
    assert table.loc["bridge:bridge0", "owed"] == pytest.approx(700.0 * PRICE)
    assert table.loc["claim:tok_l@left", "paid"] == pytest.approx(500.0 * PRICE)
    stage.wait(60)
    stage.bridge.mint_unbacked("right", 500.0, to=stage.people["thief"])
    # 2,500 tokens of 2,000: all holders bear a fifth, at home and elsewhere
    assert losses(stage) == pytest.approx({"group:alice": 200.0, "group:bob": 200.0, "group:thief": 100.0})
    assert clear_world(stage.world).set_index("node").loc["group:bob", "after"] == pytest.approx(800.0 * PRICE)


def test_pools_of_a_liquidity_bridge_are_its_own_beside_what_it_owes():
    stage = open_stage(Liquidity, claim=False, fee=0.0, imbalance_fee=0.0, reserves={"home": 400.0, "left": 400.0, "right": 400.0})
    assert stage.send("bob", 50.0, "home", "left").ok
    assert amounts(stage) == pytest.approx({"group:alice": 1000.0, "group:bob": 1000.0, "bridge:bridge0": 1200.0})
    clearing = clear_world(stage.world).set_index("node")
    assert clearing.loc["bridge:bridge0", ["owed", "after"]].tolist() == pytest.approx([50.0 * PRICE, 1200.0 * PRICE])
