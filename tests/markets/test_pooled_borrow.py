"""Verb ``borrow`` of the pooled market, by version."""

import pytest

from model.markets.pooled import EMode, Switch
from tests.markets.small_pool import SmallPool, refused


@pytest.mark.parametrize("rules", ["aave_v2", "aave_v3", "aave_v3_3", "aave_v4"])
def test_up_to_the_ltv_and_no_further(rules):
    pool = SmallPool(rules)
    pool.supply("alice", "eth", 10.0)
    assert refused(pool.borrow("alice", "usdc", 16_000.01), "insufficient_collateral")
    assert pool.borrow("alice", "usdc", 16_000.0).ok
    assert pool.balance("alice", "usdc") == 2_016_000.0
    assert pool.owed("alice", "usdc") == 16_000.0
    assert pool.health("alice") == pytest.approx(0.85 / 0.8)
    assert pool.sound()


def test_unhealthy_accounts_do_not_borrow():
    pool = SmallPool()
    pool.supply("alice", "eth", 10.0)
    pool.borrow("alice", "usdc", 16_000.0)
    pool.price("eth", 1800.0)
    assert refused(pool.borrow("alice", "usdc", 1.0), "health_factor_too_low")


def test_cash_bounds_borrowing():
    pool = SmallPool(lent=1.0)
    pool.supply("alice", "eth", 10.0)
    assert refused(pool.borrow("alice", "usdc", 2000.5), "insufficient_liquidity")
    assert pool.borrow("alice", "usdc", 2000.0).ok
    assert pool.market.totals()["usdc"]["utilisation"] == 1.0


def test_borrow_cap():
    pool = SmallPool(usdc={"borrow_cap": 1000.0})
    pool.supply("alice", "eth", 10.0)
    assert pool.borrow("alice", "usdc", 999.0).ok
    assert refused(pool.borrow("alice", "usdc", 1.5), "borrow_cap")


def test_not_borrowable_frozen_and_nobody():
    pool = SmallPool(steth={"borrowable": False}, usdc={"frozen": False})
    pool.supply("alice", "eth", 10.0)
    assert refused(pool.borrow("alice", "steth", 1.0), "not_borrowable")
    pool.govern("bob", reserves__usdc__frozen=True)
    assert refused(pool.borrow("alice", "usdc", 1.0), "frozen")
    assert refused(pool.borrow("bob", "eth", 1.0), "no_position")


def test_siloed_debt_stands_alone():
    pool = SmallPool(steth={"siloed": True})
    pool.supply("alice", "eth", 100.0)
    assert pool.borrow("alice", "steth", 1.0).ok
    assert pool.borrow("alice", "steth", 1.0).ok
    assert refused(pool.borrow("alice", "usdc", 1.0), "siloed_borrowing")
    pool.supply("bob", "eth", 100.0)
    assert pool.borrow("bob", "usdc", 1.0).ok
    assert refused(pool.borrow("bob", "steth", 1.0), "siloed_borrowing")


def test_isolation_mode_counts_debt_against_its_ceiling():
    pool = SmallPool(steth={"debt_ceiling": 1000.0}, usdc={"borrowable_in_isolation": True})
    pool.supply("alice", "steth", 10.0, Switch(True))
    assert refused(pool.borrow("alice", "eth", 0.1), "not_borrowable_in_isolation")
    assert pool.borrow("alice", "usdc", 900.0).ok
    assert refused(pool.borrow("alice", "usdc", 101.0), "debt_ceiling")
    pool.repay("alice", "usdc", 500.0)
    assert pool.market.reserves["steth"].isolated_debt == 400.0
    assert pool.borrow("alice", "usdc", 600.0).ok


def test_e_mode_raises_the_limit_and_restricts_the_debt():
    pool = SmallPool()
    pool.supply("alice", "steth", 10.0)
    assert refused(pool.borrow("alice", "eth", 9.0), "insufficient_collateral")
    assert pool.borrow("alice", "eth", 9.0, EMode("eth")).ok
    assert pool.market.group_of(pool.row("alice")) == "eth"
    assert refused(pool.borrow("alice", "usdc", 1.0), "wrong_category")
    assert refused(pool.borrow("alice", "eth", 0.0, EMode("")), "health_factor_too_low")
    pool.repay("alice", "eth", 5.0)
    assert pool.borrow("alice", "eth", 0.0, EMode("")).ok
    assert refused(pool.borrow("alice", "eth", 0.0, EMode("btc")), "no_such_category")


def test_other_debt_keeps_an_account_out_of_e_mode():
    pool = SmallPool()
    pool.supply("alice", "steth", 10.0)
    pool.borrow("alice", "usdc", 1.0)
    assert refused(pool.borrow("alice", "eth", 0.0, EMode("eth")), "wrong_category")


def test_collateral_that_counts_in_its_category_alone():
    pool = SmallPool(steth={"ltv": 0.0005, "liquidation_threshold": 0.001})
    pool.supply("alice", "eth", 0.1)
    assert pool.borrow("alice", "eth", 0.0, EMode("eth")).ok
    pool.supply("alice", "steth", 10.0)
    assert pool.borrow("alice", "eth", 9.0).ok
    assert pool.health("alice") == pytest.approx(10.1 * 0.95 / 9.0)
    assert pool.market.health()[pool.row("alice")] == pytest.approx(pool.health("alice"))


@pytest.mark.parametrize("rules", ["aave_v3", "aave_v3_3", "aave_v4"])
def test_in_its_category_collateral_of_ltv_zero_covers_and_carries_no_new_debt(rules):
    pool = SmallPool(rules)
    for name in ("alice", "bob"):
        pool.supply(name, "steth", 50.0)
        pool.supply(name, "eth", 50.0)
    assert pool.borrow("alice", "eth", 50.0, EMode("eth")).ok
    health = pool.health("alice")
    assert pool.govern("lender", reserves__steth__ltv=0.0).ok
    assert pool.health("alice") == pytest.approx(health)
    standing = pool.market.standing(pool.row("alice"))
    assert standing.ltv == pytest.approx(0.93 / 2.0)
    assert refused(pool.borrow("alice", "eth", 1.0), "insufficient_collateral")
    assert refused(pool.borrow("bob", "eth", 60.0, EMode("eth")), "insufficient_collateral")
    assert pool.borrow("bob", "eth", 46.0, EMode("eth")).ok
    assert refused(pool.withdraw("alice", "eth", 1.0), "zero_ltv_collateral")
    assert pool.withdraw("alice", "steth", 1.0).ok
    assert pool.withdraw("lender", "eth", 1.0).ok


def test_of_a_reserve_without_a_threshold_nothing_counts_in_any_category():
    pool = SmallPool(steth={"ltv": 0.0, "liquidation_threshold": 0.0})
    pool.supply("alice", "eth", 1.0)
    assert pool.borrow("alice", "eth", 0.5, EMode("eth")).ok
    pool.supply("alice", "steth", 10.0)
    assert pool.health("alice") == pytest.approx(1.0 * 0.95 / 0.5)
    assert pool.market.health()[pool.row("alice")] == pytest.approx(pool.health("alice"))
    assert pool.withdraw("alice", "steth", 10.0).ok


def test_the_sentinel_stops_borrowing_in_the_grace_period():
    pool = SmallPool(grace=3600.0, rule_params={"sentinel": True})
    pool.supply("alice", "eth", 10.0)
    pool.chain.halt(1000.0)
    pool.warp(1500.0)
    assert refused(pool.borrow("alice", "usdc", 1.0), "grace_period")
    pool.warp(3600.0)
    assert pool.borrow("alice", "usdc", 1.0).ok
