"""The world as a network: look-through, graph, overlap, clearing and distress of a world small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pytest

from model.claims import Staked
from model.clearing.overlap import liquidity_weighted_overlap
from model.core.actions import AddLiquidity, Borrow, Supply
from model.core.errors import BadInput
from model.markets import Morpho, Vault
from model.network import (
    Books,
    clear_world,
    critical_nodes,
    distress,
    exposure_table,
    net_exposure,
    network_of,
    overlap_of,
    overlap_table,
)
from model.network.distress import exposures
from model.network.liabilities import liabilities
from model.network.values import Valuation, claims_of
from model.venues import ConstantProduct
from model.world.claim import ClaimToken
from model.world.venue import TradingVenue
from tests.markets.stage import Stage

PAIR = {"lltv": 0.8, "rate": {"kind": "fixed", "rate": 0.0}}


@pytest.fixture
def stage() -> Stage:
    """steth stands on eth, pool shares on both; a vault lends usdc in two pairs, against steth and against pool shares."""
    stage = Stage(eth=1000.0, steth=1000.0, pool=2000.0)
    world = stage.world
    world.board.fix("eth", 1000.0)
    world.board.fix("usdc", 1.0)
    claim = ClaimToken(world, "steth", "chain", Staked(Staked.Params(backing="eth")))
    world.add(claim)
    claim.open_backing(3000.0)
    world.add(TradingVenue(world, "pool", "chain", ("eth", "steth"), ConstantProduct(ConstantProduct.Params())))
    world.add(TradingVenue(world, "dex", "chain", ("eth", "usdc"), ConstantProduct(ConstantProduct.Params(fee=0.0))))
    for name in ("steth", "pool"):
        stage.place(Morpho, f"pair_{name}", loan="usdc", collateral=name, feed=f"feed {name}", **PAIR)
    stage.place(Vault, "vault", token="usdc", caps={"pair_steth": 300_000.0, "pair_pool": 1e9})
    for name, token, amount in (("lp", "eth", 2000.0), ("maker", "eth", 100.0), ("maker", "usdc", 1e5), ("saver", "usdc", 500_000.0)):
        stage.fund(name, token, amount)
    for name, amount in (("lp", 1000.0), ("alice", 400.0)):
        stage.ledger.move("steth", 0, stage.account(name), amount)
    stage.do("lp", AddLiquidity(target="pool", amounts=(("eth", 1000.0), ("steth", 1000.0))))
    stage.do("maker", AddLiquidity(target="dex", amounts=(("eth", 100.0), ("usdc", 1e5))))
    stage.do("saver", Supply(target="vault", token="usdc", amount=500_000.0))
    stage.do("alice", Supply(target="pair_steth", token="steth", amount=400.0))
    stage.do("alice", Borrow(target="pair_steth", token="usdc", amount=250_000.0))
    stage.do("lp", Supply(target="pair_pool", token="pool", amount=200.0))
    stage.do("lp", Borrow(target="pair_pool", token="usdc", amount=100_000.0))
    return stage


def test_the_claim_graph_follows_from_the_world(stage):
    graph = claims_of(stage.world)
    shares = stage.ledger.supply("pool")
    assert graph["steth"] == {"eth": 1.0}
    assert graph["pool"] == pytest.approx({"eth": 1000.0 / shares, "steth": 1000.0 / shares})
    assert graph["vault"] == pytest.approx({"usdc": 1.0})
    assert Valuation(stage.world).usd("pool") == pytest.approx(2_000_000.0 / shares)
    assert Valuation(stage.world, {"steth": 0.5}).usd("pool") == pytest.approx(1_500_000.0 / shares)


def test_a_ring_of_claims_is_refused_with_its_path(stage):
    for one, two in (("a", "b"), ("b", "a")):
        stage.world.add(ClaimToken(stage.world, one, "chain", Staked(Staked.Params(backing=two))))
    with pytest.raises(BadInput, match=r"a -> b -> a|b -> a -> b"):
        claims_of(stage.world)


def test_look_through_exposure_is_what_is_held_through_all_claims(stage):
    table = exposure_table(stage.world)
    wide = net_exposure(table, ("group",))
    per_share = 2_000_000.0 / stage.ledger.supply("pool")
    assert wide.loc["group:alice", "eth"] == pytest.approx(400_000.0)
    assert wide.loc["group:alice", "usdc"] == pytest.approx(0.0)  # what she borrowed she still holds
    assert wide.loc["group:saver", "usdc"] == pytest.approx(500_000.0)
    assert wide.loc["group:lp", "eth"] == pytest.approx(stage.ledger.supply("pool") * per_share + 1_000_000.0, rel=1e-6)
    markets = net_exposure(table, ("market",))
    assert markets.loc["market:pair_pool", "eth"] == pytest.approx(200.0 * per_share)
    assert markets.loc["market:vault", "usdc"] == pytest.approx(500_000.0)


def test_the_graph_carries_types_amounts_and_units(stage):
    graph = network_of(stage.world)
    assert graph.nodes["claim:steth"]["type"] == "claim"
    edge = graph.edges["claim:steth", "token:eth", "stands on eth"]
    assert (edge["amount"], edge["unit"], edge["value"]) == (3000.0, "eth", 3e6)
    assert graph.edges["market:pair_steth", "claim:steth", "keeps steth"]["amount"] == 400.0
    assert graph.edges["market:vault", "market:pair_steth", "has in usdc"]["amount"] == pytest.approx(300_000.0)
    assert graph.edges["group:alice", "market:pair_steth", "owes usdc"]["value"] == pytest.approx(250_000.0)
    assert graph.edges["market:pair_pool", "venue:pool", "keeps pool"]["amount"] == 200.0
    assert graph.nodes["group:alice"]["exposure"] == pytest.approx({"eth": 400_000.0, "usdc": 0.0})
    assert graph.nodes["market:pair_steth"]["exposure"]["eth"] == pytest.approx(400_000.0)
    # 3,000 behind steth, 2,000 that lp had and 100 of the maker's: all the eth that there is, once
    assert graph.nodes["chain:chain"]["exposure"]["eth"] == pytest.approx(5100.0 * 1000.0)
    assert stage.ledger.supply("eth") == 5100.0
    assert graph.has_edge("market:pair_steth", "feed:feed steth")
    assert graph.has_edge("venue:pool", "chain:chain")
    assert not any(data["type"] == "group" for _, data in network_of(stage.world, holders=False).nodes(data=True))


def test_overlap_is_weighted_by_the_depth_of_venues(stage):
    found = overlap_of(stage.world)
    assert found.markets == ("pair_steth", "pair_pool")
    # Pool shares trade nowhere and are looked through: 200 of them are 200 eth and 200 steth of 2,000 shares, if one share is one of each.
    # x * y = k with a fee of 0.3 % of the sale x kept in the pool: the price is 0.9 after x with (1000 + x) (1000 + 0.997 x) = 1e6 / 0.9.
    place = found.assets.index("steth")
    sold = (-1997.0 + np.sqrt(1997.0**2 + 4 * 0.997 * (1e6 / 0.9 - 1e6))) / (2 * 0.997)
    assert found.depth[place] == pytest.approx(sold * 1000.0 / 0.1, rel=1e-9)
    np.testing.assert_allclose(found.overlap, liquidity_weighted_overlap(found.held, found.depth))
    table = overlap_table(found).set_index(["market", "with"])
    assert table.loc[("pair_steth", "pair_pool"), "shared"] == "steth"
    shares = 200.0 / stage.ledger.supply("pool")
    expected = 400.0 * 1000.0 * (1000.0 * shares * 1000.0) / found.depth[place]
    assert table.loc[("pair_steth", "pair_pool"), "overlap"] == pytest.approx(expected)
    assert 0.0 < table.loc[("pair_steth", "pair_pool"), "cosine"] < 1.0
    weights = table["index"].groupby(level="market").first()
    assert weights.sum() == pytest.approx(1.0)
    assert weights["pair_steth"] > weights["pair_pool"] > 0.0


def test_a_sound_world_clears_in_full(stage):
    table = clear_world(stage.world).set_index("node")
    assert table["recovery"].min() == pytest.approx(1.0)
    assert table.loc["market:vault", "owed"] == pytest.approx(500_000.0)
    assert table.loc["group:saver", "after"] == pytest.approx(500_000.0)
    sheet = liabilities(Books(stage.world))
    one, two = sheet.names.index("reserve:pair_steth/usdc"), sheet.names.index("market:vault")
    assert sheet.matrix[one, two] == pytest.approx(300_000.0)


def test_bad_debt_of_a_pair_travels_through_the_vault_to_the_saver(stage):
    # steth falls by half: alice's 400 are worth 200,000, her debt is 250,000: the pair is short of 50,000 of the 300,000 that it owes
    # the vault; the vault is all that the saver has. Pool shares fall by a quarter and still cover lp.
    table = clear_world(stage.world, {"steth": 0.5}).set_index("node")
    assert table.loc["reserve:pair_steth/usdc", "recovery"] == pytest.approx(250.0 / 300.0)
    assert table.loc["market:vault", "paid"] == pytest.approx(450_000.0)
    assert table.loc["group:saver", "loss"] == pytest.approx(50_000.0)
    assert table.loc["reserve:pair_pool/usdc", "recovery"] == pytest.approx(1.0)
    # Rogers-Veraart: with costs of default the pair pays half of what it has (it holds steth and cash, both from outside or claims).
    costly = clear_world(stage.world, {"steth": 0.5}, 0.5, 0.5).set_index("node")
    assert costly.loc["reserve:pair_steth/usdc", "paid"] == pytest.approx(125_000.0)
    assert costly.loc["market:vault", "paid"] == pytest.approx(0.5 * (125_000.0 + 200_000.0))


def test_distress_passes_up_the_claims(stage):
    table = distress(stage.world, {"token:eth": 0.1}).set_index("node")
    assert table.loc["claim:steth", "distress"] == pytest.approx(0.1)
    assert table.loc["venue:pool", "distress"] == pytest.approx(0.1)
    # alice: 400 steth and 250,000 usdc against a debt of 250,000: equity 400,000, of which she loses 40,000; her lender nothing
    assert table.loc["group:alice", ["equity", "loss"]].tolist() == pytest.approx([400_000.0, 40_000.0])
    assert table.loc["group:saver", "loss"] == pytest.approx(0.0, abs=1e-6)
    once = distress(stage.world, {"token:eth": 0.1}, once=True).set_index("node")
    assert (once["distress"] <= 1.0).all()
    with pytest.raises(ValueError, match="allowed are"):
        distress(stage.world, {"token:gold": 0.1})
    # by half: her 400 are worth 200,000 against 250,000; 50,000 are missing in the pair, the vault and its saver
    deep = distress(stage.world, {"token:eth": 0.5}).set_index("node")
    assert deep.loc["group:saver", "loss"] == pytest.approx(50_000.0)
    assert deep.loc["market:vault", "distress"] == pytest.approx(0.1)
    found = exposures(Books(stage.world))
    np.testing.assert_allclose(found.equity[found.names.index("claim:steth")], 3e6)


def test_critical_nodes_rank_what_most_stands_on(stage):
    table = critical_nodes(stage.world).set_index("node")
    assert table.loc["chain:chain", "share"] == pytest.approx(1.0)
    assert table.loc["token:eth", "loss"] == pytest.approx(5100.0 * 1000.0)
    assert table.loc["claim:steth", "loss"] == pytest.approx(3000.0 * 1000.0)
    # the pair of pool shares has 200 of them and lends 100,000 of 200,000: its collateral and its cash are gone
    shares = 2_000_000.0 / stage.ledger.supply("pool")
    assert table.loc["market:pair_pool", "loss"] == pytest.approx(200.0 * shares + 100_000.0)
    # without the vault its saver's 500,000 are gone, lent or not
    assert table.loc["market:vault", "loss"] == pytest.approx(500_000.0)
    assert table.loc["venue:pool", "stranded"] == 1  # steth trades nowhere else
    assert table.loc["token:eth", "dependents"] == 6  # steth, both venues, both pairs, the vault
