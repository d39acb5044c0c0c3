"""Verb ``govern`` of the pooled market."""

import pytest

from model.core.actions import Govern, Supply
from tests.markets.small_pool import POOL, SmallPool, refused


def test_parameters_are_replaced_and_told():
    pool = SmallPool()
    pool.supply("alice", "eth", 10.0)
    pool.borrow("alice", "usdc", 16_000.0)
    assert pool.govern("bob", reserves__eth__liquidation_threshold=0.81).results == (1.0,)
    assert pool.health("alice") == pytest.approx(0.81 / 0.8)
    event = pool.world.events.frame("governance").iloc[0]
    assert (event.target, event.place, event.before, event.after) == (POOL, "reserves.eth.liquidation_threshold", "0.85", "0.81")


def test_interest_up_to_now_runs_at_the_old_rate():
    slow, fast = SmallPool(), SmallPool()
    for pool in (slow, fast):
        pool.supply("alice", "eth", 100.0)
        pool.borrow("alice", "usdc", 100_000.0)
        pool.warp(86400.0)
    assert fast.govern("bob", reserves__usdc__rate__base=0.5).ok
    assert fast.owed("alice", "usdc") == pytest.approx(slow.owed("alice", "usdc"), rel=1e-12)
    assert fast.market.reserves["usdc"].borrow_rate == pytest.approx(slow.market.reserves["usdc"].borrow_rate + 0.5, rel=1e-6)
    assert fast.sound()


@pytest.mark.parametrize(
    "changes",
    [
        {"reserves__eth__ltv": 0.9},
        {"reserves__eth__colour": 1.0},
        {"reserves__doge__ltv": 0.1},
        {"numeraire": "eth"},
        {"emodes__eth__ltv": 0.96},
        {"emodes__eth__liquidation_threshold": 0.9},
        {"reserves__eth__rate__optimal_utilisation": 1.0},
    ],
)
def test_what_cannot_be_is_refused(changes):
    pool = SmallPool()
    before = pool.market.params
    assert refused(pool.govern("bob", **changes), "invalid_parameters")
    assert pool.market.params is before


def test_a_token_without_debt_column_stays_unborrowable():
    pool = SmallPool(steth={"borrowable": False})
    assert refused(pool.govern("bob", reserves__steth__borrowable=True), "invalid_parameters")


def test_only_governors_where_there_are_some():
    pool = SmallPool()
    pool.market.governors = (pool.account("alice"),)
    assert refused(pool.govern("bob", reserves__eth__frozen=True), "not_a_governor")
    assert pool.govern("alice", reserves__eth__frozen=True).ok


def test_a_revert_takes_everything_back():
    pool = SmallPool()
    pool.supply("alice", "eth", 100.0)
    pool.borrow("alice", "usdc", 800_00.0)
    params, rate = pool.market.params, pool.market.reserves["usdc"].borrow_rate
    changes = (("reserves.usdc.rate.base", 0.5), ("rules.full_close_health", 0.5))
    receipt = pool.do("bob", Govern(target=POOL, changes=changes), Supply(target=POOL, token="eth", amount=1e9))
    assert refused(receipt, "insufficient_balance")
    assert pool.market.params is params
    assert pool.market.rules.params.full_close_health == 0.95
    pool.supply("bob", "usdc", 1e-9)
    assert pool.market.reserves["usdc"].borrow_rate == pytest.approx(rate)
