"""Verb ``collect`` of the pooled market: the treasury's accrued shares."""

import pytest

from model.core.actions import Collect
from tests.markets.small_pool import POOL, SmallPool, refused


def earning(rules="aave_v3"):
    pool = SmallPool(rules)
    pool.supply("alice", "eth", 100.0)
    pool.borrow("alice", "usdc", 100_000.0)
    pool.warp(30 * 86400.0)
    pool.supply("bob", "usdc", 1.0)
    return pool


def test_v3_mints_what_has_accrued():
    pool = earning()
    reserve = pool.market.reserves["usdc"]
    accrued, deposits = reserve.treasury_scaled * reserve.supply_index, pool.market.deposits("usdc")
    treasury = pool.market.book.row(pool.market.treasury)
    assert pool.market.supplied("usdc", treasury) == 0.0
    assert pool.do("bob", Collect(target=POOL, item="usdc")).results == (pytest.approx(accrued),)
    assert pool.market.supplied("usdc", treasury) == pytest.approx(accrued)
    assert reserve.treasury_scaled == 0.0
    assert pool.market.deposits("usdc") == pytest.approx(deposits)
    assert pool.do("bob", Collect(target=POOL, item="usdc")).results == (0.0,)
    assert pool.sound()


def test_v2_has_nothing_left_to_collect():
    pool = earning("aave_v2")
    assert pool.market.supplied("usdc", pool.market.book.row(pool.market.treasury)) > 0.0
    assert pool.do("bob", Collect(target=POOL, item="usdc")).results == (0.0,)


def test_unknown_items():
    pool = SmallPool()
    assert refused(pool.do("bob", Collect(target=POOL, item="doge")), "not_listed")
    assert refused(pool.do("bob", Collect(target=POOL)), "no_such_item")
