"""Verb ``supply`` of the pooled market."""

import pytest

from model.core.actions import ALL
from model.markets.pooled import Switch
from tests.markets.small_pool import SmallPool, refused


def test_supply_moves_tokens_into_the_pool():
    pool = SmallPool()
    cash = pool.market.cash("eth")
    assert pool.supply("alice", "eth", 10.0).results == (10.0,)
    assert pool.market.cash("eth") == cash + 10.0
    assert pool.balance("alice", "eth") == 990.0
    assert pool.supplied("alice", "eth") == 10.0
    assert pool.market.collateral_of(pool.account("alice")) == {"eth": 10.0}
    assert pool.sound()


def test_all_is_the_whole_balance():
    pool = SmallPool()
    assert pool.supply("alice", "eth", ALL).results == (1000.0,)
    assert pool.balance("alice", "eth") == 0.0


@pytest.mark.parametrize(("amount", "reason"), [(0.0, "invalid_amount"), (-1.0, "invalid_amount"), (1001.0, "insufficient_balance")])
def test_impossible_amounts(amount, reason):
    pool = SmallPool()
    assert refused(pool.supply("alice", "eth", amount), reason)
    assert pool.balance("alice", "eth") == 1000.0
    assert pool.sound()


def test_suppliers_share_the_interest_of_borrowers():
    pool = SmallPool()
    pool.supply("alice", "eth", 100.0)
    pool.borrow("alice", "usdc", 100_000.0)
    before = pool.supplied("lender", "usdc")
    pool.warp(365 * 86400.0)
    pool.supply("bob", "usdc", 1.0)
    earned, paid = pool.supplied("lender", "usdc") - before, pool.owed("alice", "usdc") - 100_000.0
    treasury = pool.market.reserves["usdc"].treasury_scaled * pool.market.reserves["usdc"].supply_index
    assert 0.0 < earned < paid
    assert earned + treasury == pytest.approx(paid, rel=0.01)
    assert treasury == pytest.approx(0.1 * paid, rel=1e-9)
    assert pool.sound()


def test_a_full_supply_cap_blocks_top_ups():
    pool = SmallPool(eth={"supply_cap": 520.0})
    assert pool.supply("alice", "eth", 20.0).ok
    assert refused(pool.supply("alice", "eth", 1e-3), "supply_cap")
    assert pool.repay("alice", "eth", 1.0).reason.startswith("no_debt")


def test_frozen_and_paused_reserves():
    frozen, paused = SmallPool(), SmallPool()
    assert frozen.govern("bob", reserves__eth__frozen=True).ok
    assert refused(frozen.supply("alice", "eth", 1.0), "frozen")
    assert frozen.withdraw("lender", "eth", 1.0).ok
    assert paused.govern("bob", reserves__eth__paused=True).ok
    assert paused.market.payable("eth") == paused.market.flash_most("eth") == 0.0
    assert paused.market.payable("usdc") == paused.market.cash("usdc") > 0.0
    assert refused(paused.supply("alice", "eth", 1.0), "paused")
    assert refused(paused.withdraw("lender", "eth", 1.0), "paused")
    assert paused.supply("alice", "usdc", 1.0).ok


def test_a_token_can_be_switched_off_as_collateral_and_on_again():
    pool = SmallPool()
    pool.supply("alice", "eth", 10.0)
    assert pool.supply("alice", "eth", 0.0, Switch(False)).ok
    assert pool.market.collateral_of(pool.account("alice")) == {}
    assert refused(pool.borrow("alice", "usdc", 1.0), "insufficient_collateral")
    assert pool.supply("alice", "eth", 5.0, Switch(True)).results == (5.0,)
    assert pool.borrow("alice", "usdc", 1.0).ok
    assert refused(pool.supply("alice", "eth", 0.0, Switch(False)), "health_factor_too_low")
    assert pool.market.collateral_of(pool.account("alice")) == {"eth": 15.0}


def test_an_emptied_position_forgets_the_switch():
    pool = SmallPool()
    pool.supply("alice", "eth", 10.0)
    pool.supply("alice", "eth", 0.0, Switch(False))
    pool.withdraw("alice", "eth", ALL)
    pool.supply("alice", "eth", 1.0)
    assert pool.market.collateral_of(pool.account("alice")) == {"eth": 1.0}


def test_isolated_collateral_is_asked_for_and_stands_alone():
    pool = SmallPool(steth={"debt_ceiling": 1000.0})
    pool.supply("alice", "steth", 10.0)
    assert pool.market.collateral_of(pool.account("alice")) == {}
    assert pool.supply("alice", "steth", 0.0, Switch(True)).ok
    pool.supply("alice", "eth", 10.0)
    assert pool.market.collateral_of(pool.account("alice")) == {"steth": 10.0}
    assert refused(pool.supply("alice", "eth", 0.0, Switch(True)), "not_collateral")


def test_unknown_token_and_position():
    pool = SmallPool()
    assert refused(pool.supply("alice", "doge", 1.0), "not_listed")
    assert refused(pool.supply("alice", "eth", 0.0, Switch(True)), "no_position")
