"""Worlds for the benchmarks: one market of each kind with a row to liquidate, one pool of each venue kind."""

from __future__ import annotations

import numpy as np

from model.core.actions import AddLiquidity, Borrow, Supply
from model.markets.compound_v2 import CompoundV2
from model.markets.compound_v3 import CompoundV3
from model.markets.euler import Euler
from model.markets.liquity import Liquity
from model.markets.llamma import Llamma
from model.markets.maker import Maker
from model.markets.morpho import Morpho
from model.markets.pooled import Pooled
from model.venues import Concentrated, ConstantProduct, ReferenceBook, StableSwap
from model.world.venue import TradingVenue
from tests.markets.stage import Stage

FLAT = {"kind": "fixed", "rate": 0.0}
ETH = {"feed": "feed weth"}
_POOLED = {
    "weth": {**ETH, "ltv": 0.85, "liquidation_threshold": 0.86, "bonus": 0.05, "rate": FLAT},
    "usdc": {"ltv": 0.85, "liquidation_threshold": 0.86, "rate": FLAT},
}
_AUCTION = {"kind": "dutch_auction", "curve": "linear", "tau": 3_600.0, "tail": 2_400.0, "buf": 1.2, "tip": 300.0}
MARKETS = {
    "pooled aave_v2": (Pooled, {"rules": {"kind": "aave_v2"}, "reserves": _POOLED}),
    "pooled aave_v3": (Pooled, {"rules": {"kind": "aave_v3"}, "reserves": _POOLED}),
    "pooled aave_v3_3": (Pooled, {"rules": {"kind": "aave_v3_3"}, "reserves": _POOLED}),
    "pooled aave_v4": (Pooled, {"rules": {"kind": "aave_v4"}, "reserves": _POOLED}),
    "compound_v2": (CompoundV2, {"reserves": {"weth": {**ETH, "collateral_factor": 0.86, "rate": FLAT}, "usdc": {"rate": FLAT}}}),
    "compound_v3": (
        CompoundV3,
        {"base": "usdc", "collaterals": {"weth": {**ETH, "borrow_factor": 0.85, "liquidate_factor": 0.86, "liquidation_factor": 0.9}}},
    ),
    "morpho": (Morpho, {"loan": "usdc", "collateral": "weth", "feed": "feed weth", "rate": FLAT, "lltv": 0.86}),
    "euler": (Euler, {"vaults": {"weth": ETH, "usdc": {"rate": FLAT, "ltvs": {"weth": {"borrow": 0.85, "liquidation": 0.86}}}}}),
    "maker": (Maker, {"types": {"weth": {"feed": "feed weth", "auction": _AUCTION}}, "stablecoin": "usdc"}),
    "liquity": (Liquity, {"feed": "feed weth", "stablecoin": "usdc", "collateral": "weth"}),
    "llamma": (Llamma, {"feed": "feed weth", "stablecoin": "usdc", "collateral": "weth"}),
}
LENT = ("pooled aave_v2", "pooled aave_v3", "pooled aave_v3_3", "pooled aave_v4", "compound_v2", "compound_v3", "morpho", "euler")
"""Those that lend out what others supplied; the rest mint what they lend."""

VENUES = {
    "constant_product": ConstantProduct(ConstantProduct.Params()),
    "stableswap": StableSwap(StableSwap.Params(amplification=50.0)),
    "concentrated": Concentrated(Concentrated.Params()),
    "reference_book": ReferenceBook(ReferenceBook.Params()),
}


def book(kind: str, rows: int):
    """A market of a lending kind with ``rows`` accounts of health 1 to 3."""
    cls, params = MARKETS[kind]
    stage = Stage(weth=1000.0)
    market = stage.place(cls, **params)
    amounts = np.linspace(1.0, 100.0, rows)
    owed = amounts * 1000.0 * 0.86 / np.linspace(1.05, 3.0, rows)
    lenders = stage.world.accounts.open_many("lenders", 1)
    market.open_positions(lenders, {"usdc": np.array([2.0 * owed.sum()])}, {})
    market.open_positions(stage.world.accounts.open_many("borrowers", rows), {"weth": amounts}, {"usdc": owed})
    market.open_cash()
    return stage, market


def unhealthy(kind: str):
    """A lending market with one unhealthy row, its first take offer, and a liquidator with funds."""
    cls, params = MARKETS[kind]
    stage = Stage(weth=1000.0)
    market = stage.place(cls, **params)
    for name, token, amount in (("lou", "usdc", 1e6), ("alice", "weth", 100.0)):
        stage.fund(name, token, amount)
        stage.do(name, Supply(target="market", token=token, amount=amount))
    stage.do("alice", Borrow(target="market", token="usdc", amount=84_000.0))
    stage.fund("taker", "usdc", 200_000.0)
    stage.post("weth", 960.0)
    return stage, market, market.book.find(stage.account("alice"))


def pool(kind: str):
    """A venue of a kind with 1e5 of each token, and a trader."""
    stage = Stage()
    for token in ("a", "b"):
        stage.world.board.fix(token, 1.0)
    venue = TradingVenue(stage.world, "pool", "chain", ("a", "b"), VENUES[kind])
    stage.world.add(venue)
    for token in ("a", "b"):
        stage.fund("maker", token, 1e6)
        stage.fund("trader", token, 1e9)
    if not VENUES[kind].exogenous:
        stage.do("maker", AddLiquidity(target="pool", amounts=(("a", 1e5), ("b", 1e5))))
    return stage, venue
