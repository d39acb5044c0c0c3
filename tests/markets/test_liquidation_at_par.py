"""A market that states 1 for a token that trades at .88: what its liquidations offer, and what liquidators make of it."""

from __future__ import annotations

import pytest

from agents.liquidators.inventory import InventoryLiquidator
from agents.liquidators.inventory_params import InventoryParams
from model.core.actions import AddLiquidity, Borrow, Supply
from model.ecosystem import Ecosystem
from model.markets.pooled import Pooled
from model.venues import ConstantProduct
from model.world.venue import TradingVenue
from tests.markets.stage import Stage

FLAT = {"kind": "fixed", "rate": 0.0}
PRICE = 0.88


def depegged(stated):
    """Bob has 100,000 usdc and owes weth that has risen until his health is below 1 at the price that the market states of usdc."""
    stage = Stage(weth=1000.0, usdc=stated)
    usdc = {"feed": "feed usdc", "ltv": 0.8, "liquidation_threshold": 0.85, "bonus": 0.05, "rate": FLAT}
    weth = {"feed": "feed weth", "ltv": 0.8, "liquidation_threshold": 0.85, "rate": FLAT}
    market = stage.place(Pooled, reserves={"usdc": usdc, "weth": weth})
    venues = {"spot": (("usdc", 1e9 / PRICE), ("weth", 1e6)), "gas": (("usdc", 1e9 / PRICE), ("eth", 1e6))}
    for name, amounts in venues.items():
        tokens = tuple(token for token, _ in amounts)
        stage.world.add(TradingVenue(stage.world, name, "chain", tokens, ConstantProduct(ConstantProduct.Params(fee=0.0005))))
        for token, amount in amounts:
            stage.fund("maker", token, amount)
        stage.do("maker", AddLiquidity(target=name, amounts=amounts))
    for name, token, amount in (("lou", "weth", 1000.0), ("bob", "usdc", 100_000.0)):
        stage.fund(name, token, amount)
        stage.do(name, Supply(target="market", token=token, amount=amount))
    stage.do("bob", Borrow(target="market", token="weth", amount=0.8 * stated * 100.0))
    stage.post("weth", 1000.0 * 1.0626)
    return stage, market


def liquidated(stage):
    taker = stage.account("taker")
    stage.fund("taker", "weth", 200.0)
    stage.chain.fund_purses([taker], 100.0)
    model = Ecosystem(stage.world, seed=1, period=60.0, audited=True)
    model.enrol(InventoryLiquidator(model, taker, 0, InventoryParams(chain="chain", retry=60.0), stage.world.draws["takers"]))
    for _ in range(30):
        model.step()
    return stage.world.events.count("liquidations"), stage.held("taker", "weth")


def test_a_liquidation_at_par_gives_less_than_it_takes():
    stage, market = depegged(1.0)
    (offer,) = market.offers(market.book.find(stage.account("bob")))
    quote = offer.quote(10.0)
    # 10 weth at 1,062.6 and a bonus of 5 % are 11,157.3 usdc at 1, which sell for .88 of a thousandth of a weth each.
    assert quote.received == pytest.approx(10.0 * 1062.6 * 1.05)
    back = stage.world.targets["spot"].quote("usdc", "weth", quote.received).received
    assert back == pytest.approx(10.0 * 1.0626 * 1.05 * PRICE * 0.9995, rel=1e-4)
    assert back < quote.paid


def test_it_is_left_alone_and_the_pool_keeps_the_bad_position():
    stage, market = depegged(1.0)
    count, held = liquidated(stage)
    assert count == 0
    assert held == 200.0
    assert market.health_of(market.book.find(stage.account("bob"))) < 1.0


def test_at_the_market_price_the_same_position_is_liquidated():
    stage, _ = depegged(PRICE)
    count, held = liquidated(stage)
    assert count > 0
    assert held > 200.0
