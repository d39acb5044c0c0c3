"""Verb ``repay`` of the pooled market."""

import pytest

from model.core.actions import ALL
from tests.markets.small_pool import SmallPool, refused


@pytest.fixture
def pool():
    pool = SmallPool()
    pool.supply("alice", "eth", 100.0)
    pool.borrow("alice", "usdc", 100_000.0)
    pool.warp(30 * 86400.0)
    return pool


def test_all_leaves_an_exact_zero(pool):
    owed = pool.owed("alice", "usdc")
    assert pool.repay("alice", "usdc", ALL).results == (pytest.approx(owed),)
    assert pool.owed("alice", "usdc") == 0.0
    assert pool.market.debts_of(pool.account("alice")) == {}
    assert pool.health("alice") == float("inf")
    assert pool.sound()


def test_more_than_the_debt_is_not_taken(pool):
    owed, held = pool.owed("alice", "usdc"), pool.balance("alice", "usdc")
    pool.repay("alice", "usdc", 2.0 * owed)
    assert pool.balance("alice", "usdc") == pytest.approx(held - owed, rel=1e-15)


def test_part_of_the_debt_of_another(pool):
    before = pool.owed("alice", "usdc")
    assert pool.repay("bob", "usdc", 1000.0, "alice").results == (1000.0,)
    assert pool.owed("alice", "usdc") == pytest.approx(before - 1000.0, rel=1e-12)
    assert pool.balance("bob", "usdc") == 1_999_000.0
    assert pool.sound()


def test_refusals(pool):
    assert refused(pool.repay("alice", "eth", 1.0), "no_debt")
    assert refused(pool.repay("bob", "usdc", 1.0), "no_position")
    assert refused(pool.repay("alice", "usdc", 0.0), "invalid_amount")


def test_a_frozen_reserve_takes_repayments(pool):
    pool.govern("bob", reserves__usdc__frozen=True)
    assert pool.repay("alice", "usdc", 1000.0).ok
