"""Verb ``withdraw`` of the pooled market."""

import pytest

from model.core.actions import ALL
from model.markets.pooled import Switch
from tests.markets.small_pool import SmallPool, refused


def test_all_leaves_an_exact_zero():
    pool = SmallPool()
    pool.supply("alice", "usdc", 1234.56789)
    pool.supply("bob", "eth", 1000.0)
    pool.borrow("bob", "usdc", 500_000.0)
    pool.warp(12345.0)
    receipt = pool.withdraw("alice", "usdc", ALL)
    assert receipt.results[0] > 1234.56789
    assert pool.supplied("alice", "usdc") == 0.0
    assert pool.sound()


@pytest.mark.parametrize("amount", [0.0, -1.0, 10.000001])
def test_impossible_amounts(amount):
    pool = SmallPool()
    pool.supply("alice", "eth", 10.0)
    assert refused(pool.withdraw("alice", "eth", amount), "invalid_amount")


def test_health_stops_at_one():
    pool = SmallPool()
    pool.supply("alice", "eth", 10.0)
    pool.borrow("alice", "usdc", 16_000.0)
    most = 10.0 - 16_000.0 / (2000.0 * 0.85)
    assert refused(pool.withdraw("alice", "eth", most * 1.001), "health_factor_too_low")
    assert pool.withdraw("alice", "eth", most * 0.999).ok
    assert pool.health("alice") >= 1.0
    assert pool.sound()


def test_what_backs_nothing_can_leave_an_unhealthy_account():
    pool = SmallPool()
    pool.supply("alice", "eth", 10.0)
    pool.supply("alice", "usdc", 100.0)
    pool.supply("alice", "usdc", 0.0, Switch(False))
    pool.borrow("alice", "usdc", 16_000.0)
    pool.price("eth", 1500.0)
    assert pool.health("alice") < 1.0
    assert pool.withdraw("alice", "usdc", ALL).ok
    assert refused(pool.withdraw("alice", "eth", 0.1), "health_factor_too_low")


def test_short_liquidity_fails_the_payout():
    pool = SmallPool()
    pool.supply("alice", "eth", 1000.0)
    pool.borrow("alice", "usdc", 900_000.0)
    assert refused(pool.withdraw("lender", "usdc", 200_000.0), "insufficient_liquidity")
    assert pool.withdraw("lender", "usdc", 100_000.0).ok
    assert pool.market.cash("usdc") == 0.0
    assert pool.market.reserves["usdc"].borrow_rate == pytest.approx(1.04)


def test_collateral_of_zero_ltv_has_to_leave_first():
    pool = SmallPool()
    pool.supply("alice", "eth", 10.0)
    pool.supply("alice", "steth", 10.0)
    pool.borrow("alice", "usdc", 100.0)
    pool.govern("bob", reserves__steth__ltv=0.0)
    assert refused(pool.withdraw("alice", "eth", 1.0), "zero_ltv_collateral")
    assert pool.withdraw("alice", "steth", ALL).ok
    assert pool.withdraw("alice", "eth", 1.0).ok
