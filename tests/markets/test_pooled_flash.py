"""Flash loans of the pooled market."""

import pytest

from model.core.actions import Flash, Transfer
from tests.markets.small_pool import CHAIN, POOL, SmallPool, refused


def test_funds_come_first_and_go_last_with_the_fee():
    pool = SmallPool(usdc={"flash_fee": 0.001})
    held, deposits = pool.balance("alice", "usdc"), pool.market.deposits("usdc")
    bob = pool.account("bob")
    receipt = pool.do("alice", Transfer(target=CHAIN, token="usdc", amount=1.0, to=bob), flash=Flash(POOL, "usdc", 900_000.0))
    assert receipt.ok
    assert pool.balance("alice", "usdc") == pytest.approx(held - 1.0 - 900.0)
    assert pool.market.deposits("usdc") == pytest.approx(deposits + 900.0)
    assert pool.sound()


def test_bounded_by_cash_and_collected_or_reverted():
    pool = SmallPool()
    bob = pool.account("bob")
    nothing = Transfer(target=CHAIN, token="usdc", amount=0.0, to=bob)
    assert refused(pool.do("alice", nothing, flash=Flash(POOL, "usdc", 1_000_001.0)), "insufficient_liquidity")
    away = Transfer(target=CHAIN, token="usdc", amount=2_500_000.0, to=bob)
    before = pool.balance("bob", "usdc")
    assert refused(pool.do("alice", away, flash=Flash(POOL, "usdc", 900_000.0)), "insufficient_balance")
    assert pool.balance("bob", "usdc") == before
    assert pool.sound()
