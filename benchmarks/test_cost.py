"""Cost of one health pass, one liquidation and one swap of each kind, as ratios to what bare numpy and Python cost in the same run.

``make bench``, or ``pytest benchmarks --benchmark-only``. The baselines are a matrix-vector product of the rows of a health pass and a
write to a dictionary; each benchmark's ratio to its baseline stands in its ``extra_info``, which ``--benchmark-json`` keeps.
"""

import timeit

import numpy as np
import pytest

from model.core.actions import AddLiquidity, Borrow, Supply, Swap, Transaction
from model.core.errors import Refused
from model.markets import CompoundV2, CompoundV3, Euler, Liquity, Llamma, Maker, Morpho, Pooled
from model.venues import Concentrated, ConstantProduct, ReferenceBook, StableSwap
from model.venues.base import Pool
from model.world.venue import TradingVenue
from tests.markets.stage import Stage

FLAT = {"kind": "fixed", "rate": 0.0}
ETH = {"feed": "feed eth"}
AUCTION = {"kind": "dutch_auction", "curve": "linear", "tau": 3600.0, "buf": 0.9, "tip": 1.0}


def pooled(rules):
    reserve = {**ETH, "ltv": 0.8, "liquidation_threshold": 0.83, "rate": FLAT}
    return Pooled, {"numeraire": "usd", "rules": {"kind": rules}, "reserves": {"eth": reserve, "usd": {"rate": FLAT}}}


MARKETS = {
    "aave_v2": pooled("aave_v2"),
    "aave_v3": pooled("aave_v3"),
    "aave_v3_3": pooled("aave_v3_3"),
    "aave_v4": pooled("aave_v4"),
    "compound_v2": (CompoundV2, {"reserves": {"eth": {**ETH, "collateral_factor": 0.83, "rate": FLAT}, "usd": {"rate": FLAT}}}),
    "compound_v3": (
        CompoundV3,
        {"base": "usd", "collaterals": {"eth": {**ETH, "borrow_factor": 0.8, "liquidate_factor": 0.83}}},
    ),
    "morpho": (Morpho, {"loan": "usd", "collateral": "eth", **ETH, "rate": FLAT, "lltv": 0.83}),
    "euler": (Euler, {"vaults": {"eth": ETH, "usd": {"rate": FLAT, "ltvs": {"eth": {"borrow": 0.8, "liquidation": 0.83}}}}}),
    "maker": (Maker, {"stablecoin": "usd", "types": {"eth": {**ETH, "liquidation_ratio": 1.205, "auction": AUCTION}}}),
    "liquity": (Liquity, {"stablecoin": "usd", **ETH, "critical_ratio": 1.15}),
    "llamma": (Llamma, {"stablecoin": "usd", **ETH}),
}


def seconds(work, rounds=5):
    """Best time of one call."""
    timer = timeit.Timer(work)
    number, _ = timer.autorange()
    return min(timer.repeat(rounds, max(number // 10, 1))) / max(number // 10, 1)


def dict_write():
    table = {}

    def work():
        table["key"] = 1.0

    return seconds(work)


def matvec(rows):
    matrix, vector = np.random.default_rng(1).random((rows, 2)), np.array([0.8, 0.9])
    return seconds(lambda: matrix @ vector)


@pytest.mark.parametrize("rows", [1_309, 100_000])
def test_health_pass(benchmark, rows):
    stage = Stage(eth=2_000.0)
    market = stage.place(pooled("aave_v3")[0], **pooled("aave_v3")[1])
    accounts = stage.world.accounts.open_many("borrowers", rows)
    market.open_positions(accounts, {"eth": np.full(rows, 1.0)}, {"usd": np.linspace(100.0, 1_500.0, rows)})
    found = benchmark(market.health)
    assert found.shape == (rows,)
    benchmark.extra_info["ratio to a matrix-vector product"] = benchmark.stats.stats.min / matvec(rows)


def troubled(kind):
    """A market with one account that a fall of the price has made liquidatable, and a liquidator with means."""
    cls, params = MARKETS[kind]
    stage = Stage(eth=2_000.0)
    market = stage.place(cls, **params)
    mints = kind in ("maker", "liquity", "llamma")
    for name, token, amount in (("lou", "usd", 1e6), ("alice", "eth", 100.0), ("bob", "eth", 1_000.0), ("taker", "usd", 1e6)):
        stage.fund(name, token, amount)
    if not mints:
        stage.do("lou", Supply(target="market", token="usd", amount=1e6))
    for name, amount, debt in (("alice", 100.0, 150_000.0), ("bob", 1_000.0, 10_000.0)):
        place = Supply(target="market", token="eth", amount=amount)
        stage.do(name, place, Borrow(target="market", token="usd", amount=debt))
    stage.post("eth", 1_600.0)
    return stage, market, market.book.find(stage.account("alice"))


@pytest.mark.parametrize("kind", MARKETS)
def test_liquidation(benchmark, kind):
    def one():
        stage, market, row = troubled(kind)
        offers = market.offers(row)
        offer = next((found for found in offers if found.kind == "take"), offers[0])
        size = offer.limit
        try:
            offer.quote(size)
        except Refused:
            size *= 0.5
        return (stage, offer.action(size)), {}

    def settle(stage, action):
        stage.attempted = stage.chain.execute(stage.account("taker"), _transaction(action), stage.world.clock.now)
        assert stage.attempted.ok, stage.attempted.reason

    benchmark.pedantic(settle, setup=one, rounds=30)
    benchmark.extra_info["ratio to a dict write"] = benchmark.stats.stats.min / dict_write()


def _transaction(action):
    return Transaction((action,))


VENUES = {
    "constant_product": ConstantProduct(ConstantProduct.Params()),
    "stableswap": StableSwap(StableSwap.Params()),
    "reference_book": ReferenceBook(ReferenceBook.Params(depth=(1e8, 1e8), steady=(1,))),
}


@pytest.mark.parametrize("kind", VENUES)
def test_swap(benchmark, kind):
    stage = Stage()
    venue = TradingVenue(stage.world, "pool", "chain", ("one", "two"), VENUES[kind])
    stage.world.add(venue)
    for token in venue.tokens:
        stage.fund("lp", token, 1e9)
        stage.world.board.true[token] = 1.0
    if not venue.mechanism.exogenous:
        stage.do("lp", AddLiquidity(target="pool", amounts=(("one", 5e8), ("two", 5e8))))
    there = _transaction(Swap(target="pool", sell="one", buy="two", amount=1.0))
    account = stage.account("lp")
    receipt = benchmark(lambda: stage.chain.execute(account, there, stage.world.clock.now))
    assert receipt.ok
    benchmark.extra_info["ratio to a dict write"] = benchmark.stats.stats.min / dict_write()


def test_swap_of_concentrated_liquidity(benchmark):
    """The mechanism's quote: positions are not fungible, so the pool is made at the mechanism."""
    kind = Concentrated(Concentrated.Params())
    state = kind.start(2, 0.0)
    pool = Pool((0.0, 0.0), 0.0, state, 0.0)
    change = kind.add(pool, (1e6, 1e6), None, 1)
    pool = Pool(change.amounts, 0.0, change.state, 0.0)
    fill = benchmark(lambda: kind.swap(pool, 0, 1, 1.0))
    assert fill.received > 0.0
    benchmark.extra_info["ratio to a dict write"] = benchmark.stats.stats.min / dict_write()
