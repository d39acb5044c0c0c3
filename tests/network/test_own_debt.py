"""Markets that mint what they lend, and venues without shares: whose are the tokens in the end."""

from __future__ import annotations

import pytest

from model.core.actions import AddLiquidity, Borrow, Supply
from model.markets import Liquity, Morpho
from model.network import Books, clear_world, critical_nodes, distress, exposure_table, final_exposure
from model.network.feeds import loss_by_error, priced
from model.venues import Concentrated
from model.venues.ranges import Range
from model.world.venue import TradingVenue
from tests.markets.minting import FEED, MARKET, Bench
from tests.markets.stage import Stage


def test_a_stablecoin_is_owed_by_the_market_that_mints_it():
    bench = Bench(Liquity, 200.0, {"whale": {"eth": 1000.0}, "saver": {"eth": 10.0}}, feed=FEED)
    world = bench.world
    world.board.fix("eth", 200.0)
    world.board.fix("lusd", 1.0)
    bench.must("whale", Supply(target=MARKET, token="eth", amount=400.0), Borrow(target=MARKET, token="lusd", amount=20_000.0))
    minted = bench.market.minted
    found = final_exposure(exposure_table(world), "amount")
    assert found["lusd"].sum() == pytest.approx(0.0, abs=1e-6)  # all of it is somebody's debt
    assert found["eth"].sum() == pytest.approx(1010.0)
    clearing = clear_world(world).set_index("node")
    reserve = f"reserve:{MARKET}/lusd"
    assert clearing.loc[reserve, "recovery"] == pytest.approx(1.0)
    assert clearing["after"].sum() == pytest.approx(1010.0 * 200.0)  # collateral once, the coin that it stands behind not again
    # eth at a quarter: 400 are worth 20,000, which is all that stands behind more coins than that; 200 of them are the market's own.
    fallen = clear_world(world, {"eth": 0.25}).set_index("node")
    assert fallen.loc[reserve, "recovery"] == pytest.approx(20_000.0 / (minted - 200.0))
    shocked = distress(world, {"token:eth": 0.75}).set_index("node")
    assert shocked.loc[reserve, "distress"] == pytest.approx(1.0 - 20_000.0 / minted)
    assert critical_nodes(world).set_index("node").loc[f"market:{MARKET}", "loss"] == pytest.approx(400.0 * 200.0)


def test_positions_of_a_venue_without_shares_belong_to_their_owners():
    stage = Stage()
    world = stage.world
    world.board.fix("eth", 1.0)
    world.board.fix("usdc", 1.0)
    world.add(TradingVenue(world, "ranges", "chain", ("eth", "usdc"), Concentrated(Concentrated.Params())))
    for name in ("one", "two"):
        stage.fund(name, "eth", 100.0)
        stage.fund(name, "usdc", 100.0)
    stage.do("one", AddLiquidity(target="ranges", amounts=(("eth", 60.0), ("usdc", 60.0))))
    stage.do("two", AddLiquidity(target="ranges", amounts=(("eth", 30.0), ("usdc", 30.0)), terms=Range(-600, 600)))
    found = final_exposure(exposure_table(world), "amount")
    for name in ("one", "two"):
        assert found.loc[f"group:{name}"].tolist() == pytest.approx([100.0, 100.0])
    assert not any(Books(world).own().values())
    assert clear_world(world).set_index("node").loc["venue:ranges", "owed"] == pytest.approx(180.0)


def test_a_feed_of_the_loan_counts_for_the_debt():
    stage = Stage(eth=1000.0, usdc=1.0)
    world = stage.world
    world.board.fix("eth", 1000.0)
    world.board.fix("usdc", 1.0)
    terms = {"loan": "usdc", "collateral": "eth", "lltv": 0.8, "rate": {"kind": "fixed", "rate": 0.0}}
    stage.place(Morpho, "pair", feed="feed eth", loan_feed="feed usdc", **terms)
    stage.fund("saver", "usdc", 5000.0)
    stage.fund("alice", "eth", 5.0)
    stage.do("saver", Supply(target="pair", token="usdc", amount=5000.0))
    stage.do("alice", Supply(target="pair", token="eth", amount=5.0), Borrow(target="pair", token="usdc", amount=4000.0))
    books = Books(world)
    assert list(priced(books)) == [("pair", "feed eth", ("eth",)), ("pair", "feed usdc", ("usdc",))]
    assert loss_by_error(books, "feed eth", 0.3) == pytest.approx(4000.0 - 5000.0 * 0.7)
    assert loss_by_error(books, "feed usdc", 0.3) == pytest.approx(4000.0 * 1.3 - 5000.0)
    with pytest.raises(ValueError, match="from 0 to 1"):
        loss_by_error(books, "feed eth", 2.0)
