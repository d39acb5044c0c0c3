"""One liquidator agent, every debt-minting mechanism: it finds the offers in its view and profits by them."""

import pytest

from agents.liquidators.inventory import InventoryLiquidator, InventoryLiquidators
from model.core.actions import AddLiquidity, Borrow, Supply
from model.ecosystem import Ecosystem
from model.markets import Liquity, Llamma, Maker
from model.venues.constant_product import ConstantProduct
from model.view import View
from model.world.venue import TradingVenue
from tests.markets.minting import CHAIN, FEED, MARKET, Bench

ETH, USD = "eth", "usd_coin"
AUCTION = {"kind": "dutch_auction", "curve": "linear", "tau": 3_600.0, "tail": 2_400.0, "buf": 1.2, "tip": 300.0}
DESIGNS = {
    "maker": (Maker, {"types": {ETH: {"feed": FEED, "auction": AUCTION}}, "stablecoin": USD}, 18_000.0, 240.0),
    "liquity": (Liquity, {"feed": FEED, "stablecoin": USD}, 18_000.0, 150.0),
    "llamma": (Llamma, {"feed": FEED, "stablecoin": USD}, 24_500.0, 250.0),
}


@pytest.mark.parametrize("design", DESIGNS)
def test_it_liquidates_at_a_profit(design):
    kind, params, debt, price = DESIGNS[design]
    funds = {"alice": {ETH: 100.0}, "bob": {ETH: 5_000.0}, "lp": {ETH: 100_000.0, USD: 100_000.0 * price}, "keeper": {USD: 30_000.0}}
    bench = Bench(kind, 300.0, funds, **params)
    bench.world.add(TradingVenue(bench.world, "pair", CHAIN, (ETH, USD), ConstantProduct(ConstantProduct.Params())))
    bench.must("lp", AddLiquidity(target="pair", amounts=((ETH, 100_000.0), (USD, 100_000.0 * price))))
    for name, amount, owed in (("alice", 100.0, debt), ("bob", 5_000.0, 20_000.0)):
        bench.must(name, Supply(target=MARKET, token=ETH, amount=amount), Borrow(target=MARKET, token=USD, amount=owed))
    model = Ecosystem(bench.world, seed=1, period=3_600.0)
    account = bench.account("keeper")
    agent = InventoryLiquidator(model, account, 0, InventoryLiquidators.Params(chain=CHAIN, latency=0.0), bench.world.draws["keepers"])
    view, before = View(model, account, CHAIN), bench.held("keeper", USD) + bench.held("keeper", ETH) * price
    bench.post(price)
    for _ in range(30):
        model.look()
        for transaction in agent.decide(view):
            receipt = bench.chain.execute(account, transaction, bench.world.clock.now)
            assert receipt.ok, receipt.reason
            bench.sound()
        bench.warp(60.0)
        bench.world.board.changed()
    market = bench.market
    assert market.health_of(bench.row("alice")) == float("inf")
    assert market.lots() == []
    assert market.debts_of(bench.account("alice")) == {}
    assert bench.world.events.count("liquidations") > 0
    assert bench.held("keeper", USD) + bench.held("keeper", ETH) * price > before + 100.0
