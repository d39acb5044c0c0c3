"""What brought a row below health 1: asked of the state as it was at the last look at its market."""

import pytest

from experiments.inputs import Inputs
from experiments.load import read
from experiments.run import open_ecosystem
from model.causes import Causes
from model.core.units import YEAR
from tests.experiments.small import small
from tests.markets.small_pool import SmallPool


@pytest.fixture
def pool():
    pool = SmallPool()
    pool.supply("alice", "eth", 100.0)
    pool.borrow("alice", "usdc", 160_000.0)
    return pool


def seen(pool):
    causes = Causes(pool.world)
    causes.saw(pool.market)
    return causes


def cause(pool, causes, *, hindered=()):
    row = pool.row("alice")
    assert pool.market.health_of(row) < 1.0
    before = pool.market.params, pool.world.board.version, pool.health("alice"), pool.world.events.count("governance")
    [found] = causes.of(pool.market, [row], hindered).items()
    assert before == (pool.market.params, pool.world.board.version, pool.health("alice"), pool.world.events.count("governance"))
    assert pool.sound()
    return found[1]


def test_a_threshold_that_was_cut(pool):
    causes = seen(pool)
    assert pool.govern("bob", reserves__eth__ltv=0.7, reserves__eth__liquidation_threshold=0.75).ok
    assert cause(pool, causes) == "governance"


def test_a_loosening_and_then_a_fall_is_a_fall(pool):
    causes = seen(pool)
    assert pool.govern("bob", reserves__eth__liquidation_threshold=0.9).ok
    pool.price("eth", 1700.0)
    assert cause(pool, causes) == "price"


def test_a_fall_that_a_cut_alone_would_not_have_made(pool):
    causes = seen(pool)
    assert pool.govern("bob", reserves__eth__liquidation_threshold=0.84).ok
    pool.price("eth", 1500.0)
    assert cause(pool, causes) == "price"
    pool.price("eth", 2000.0)
    assert pool.govern("bob", reserves__eth__liquidation_threshold=0.81).ok
    pool.price("eth", 1950.0)
    assert cause(pool, causes) == "governance"


def test_what_was_seen_before_is_no_cause_any_more(pool):
    causes = seen(pool)
    assert pool.govern("bob", reserves__eth__liquidation_threshold=0.81).ok
    causes.saw(pool.market)
    pool.price("eth", 1960.0)
    assert cause(pool, causes) == "price"


def test_other_markets_and_other_parameters_are_no_cause(pool):
    causes = seen(pool)
    assert pool.govern("bob", reserves__steth__liquidation_threshold=0.71, reserves__usdc__reserve_factor=0.3).ok
    pool.price("eth", 1800.0)
    assert cause(pool, causes) == "price"


def test_interest_is_a_cause_of_its_own_beside_a_post_that_changes_nothing(pool):
    pool.borrow("alice", "usdc", 0.0)
    causes = seen(pool)
    pool.warp(8.0 * YEAR)
    pool.price("steth", 1000.0)
    assert cause(pool, causes) == "rate"
    pool.price("eth", 1990.0)
    assert cause(pool, causes) == "rate"


def test_who_waits_is_a_victim_of_congestion(pool):
    causes = seen(pool)
    pool.price("eth", 1700.0)
    assert cause(pool, causes, hindered={pool.row("alice")}) == "congestion"
    assert cause(pool, causes, hindered={pool.row("bob")}) == "price"


def test_nothing_seen_yet_is_a_price(pool):
    pool.price("eth", 1700.0)
    assert cause(pool, Causes(pool.world)) == "price"


STETH = {"kind": "flat_book", "market": "aave", "collateral": "steth", "debt": "eth", "total": 1_000.0, "count": 40, "ltv": [0.6, 0.69]}
RATE = {"kind": "exchange_rate", "claim": "claim:steth"}
SLASH = {"kind": "slashing", "at": 1200, "claim": "steth", "severity": 0.2}


def ecosystem(mechanism, shocks, agents=None, *, rebasing=False):
    """Loans of ETH against stETH under one feed; nothing else moves."""
    raw = small()
    raw["prices"]["eth"] = {"kind": "constant", "value": 2000.0}
    raw["tokens"]["steth"]["claim"]["rebases"] = rebasing
    raw["feeds"]["steth_eth"]["mechanism"] = mechanism
    keepers = {"kind": "depositor", "market": "aave", "token": "eth", "supplied": 50_000.0}
    raw["agents"] = {"keepers": keepers, "oracles": raw["agents"]["oracles"], "loops": STETH, **(agents or {})}
    raw["shocks"] = shocks
    model = open_ecosystem(read(raw).scenario, 1, Inputs())
    for _ in range(8):
        model.step()
    causes = model.world.targets["aave"].causes
    assert causes
    return set(causes.values())


def test_a_slashing_that_the_feed_reads_is_an_impairment():
    assert ecosystem(RATE, {"slash": SLASH}) == {"impairment"}
    assert ecosystem({**RATE, "claim": "claim:steth eth"}, {"slash": SLASH}) == {"impairment"}


def test_a_slashing_that_shrinks_balances_is_an_impairment():
    assert ecosystem({"kind": "exchange_rate", "fixed_at_one": True}, {"slash": SLASH}, rebasing=True) == {"impairment"}


def test_a_slashing_long_ago_is_no_cause_of_a_wrong_feed():
    small_one = {**SLASH, "severity": 1e-4}
    wrong = {"kind": "oracle_value", "at": 2400, "feeds": ["steth_eth"], "factor": 0.8}
    assert ecosystem(RATE, {"slash": small_one, "wrong": wrong}) == {"price"}


def test_a_slashing_that_only_the_market_knows_is_a_price():
    seller = {"kind": "depeg_seller", "at": 2400, "venue": "curve", "token": "steth", "into": "eth", "amount": 30_000.0}
    market = {"kind": "market", "sources": ["venue:curve steth/eth"]}
    assert ecosystem(market, {"slash": {**SLASH, "severity": 1e-4}, "seller": seller}) == {"price"}


def test_a_cut_by_a_guardian_is_looked_at_at_once():
    cut = {
        "kind": "guardian", "target": "aave", "at": 1200.0,
        "changes": {"reserves.steth.ltv": 0.5, "reserves.steth.liquidation_threshold": 0.65},
    }  # fmt: skip
    assert ecosystem({"kind": "exchange_rate", "fixed_at_one": True}, {}, {"cut": cut}) == {"governance"}


def test_a_loosening_before_a_crash_leaves_no_trace_in_a_run():
    loosening = {"kind": "guardian", "target": "aave", "at": 600.0, "changes": {"reserves.steth.liquidation_threshold": 0.84}}
    wrong = {"kind": "oracle_value", "at": 2400, "feeds": ["steth_eth"], "factor": 0.8}
    assert ecosystem({"kind": "exchange_rate", "fixed_at_one": True}, {"wrong": wrong}, {"steward": loosening}) == {"price"}
