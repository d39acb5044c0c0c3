"""One liquidator that knows nothing but offers works with every account market."""

import pytest

from agents.liquidators.inventory import InventoryLiquidator
from agents.liquidators.inventory_params import InventoryParams
from model.core.actions import AddLiquidity, Borrow, Supply
from model.ecosystem import Ecosystem
from model.markets.compound_v2 import CompoundV2
from model.markets.compound_v3 import CompoundV3
from model.markets.euler import Euler
from model.markets.morpho import Morpho
from model.venues import ConstantProduct
from model.world.venue import TradingVenue
from tests.markets.stage import Stage

FLAT = {"kind": "fixed", "rate": 0.0}
ETH = {"feed": "feed weth"}
KINDS = {
    "morpho": (Morpho, {"loan": "usdc", "collateral": "weth", "feed": "feed weth", "rate": FLAT, "lltv": 0.86}),
    "compound_v2": (CompoundV2, {"reserves": {"weth": {**ETH, "collateral_factor": 0.86, "rate": FLAT}, "usdc": {"rate": FLAT}}}),
    "compound_v3": (CompoundV3, {"base": "usdc", "collaterals": {"weth": {**ETH, "borrow_factor": 0.85, "liquidate_factor": 0.86,
                                                                           "liquidation_factor": 0.9}}}),
    "euler": (Euler, {"vaults": {"weth": ETH, "usdc": {"rate": FLAT, "ltvs": {"weth": {"borrow": 0.85, "liquidation": 0.86}}}}}),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_it_clears_the_position_and_earns(kind):
    cls, params = KINDS[kind]
    stage = Stage(weth=1000.0)
    market = stage.place(cls, **params)
    stage.world.add(TradingVenue(stage.world, "gas", "chain", ("usdc", "eth"), ConstantProduct(ConstantProduct.Params())))
    stage.world.add(TradingVenue(stage.world, "spot", "chain", ("weth", "usdc"), ConstantProduct(ConstantProduct.Params(fee=0.0005))))
    for name, amounts in (("spot", (("weth", 1e5), ("usdc", 0.92e8))), ("gas", (("usdc", 0.92e6), ("eth", 1e3)))):
        for token, amount in amounts:
            stage.fund("maker", token, amount)
        stage.do("maker", AddLiquidity(target=name, amounts=amounts))
    for name, token, amount in (("lou", "usdc", 1e6), ("lou", "weth", 100.0), ("alice", "weth", 100.0)):
        stage.fund(name, token, amount)
        stage.do(name, Supply(target="market", token=token, amount=amount))
    stage.do("alice", Borrow(target="market", token="usdc", amount=84_000.0))
    taker = stage.account("taker")
    stage.fund("taker", "usdc", 200_000.0)
    stage.chain.fund_purses([taker], 100.0)
    model = Ecosystem(stage.world, seed=1, period=60.0, audited=True)
    model.enrol(InventoryLiquidator(model, taker, 0, InventoryParams(chain="chain", retry=60.0), stage.world.draws["takers"]))
    stage.post("weth", 920.0)
    for _ in range(60):
        model.step()
    alice = stage.account("alice")
    assert market.health_of(market.book.find(alice)) >= 1.0 or not market.collateral_of(alice)
    assert stage.world.events.count("liquidations") > 0
    assert stage.held("taker", "usdc") > 200_000.0
    assert stage.world.events.count("reverts") == 0
