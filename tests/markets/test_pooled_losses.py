"""Who bears the debt of a bare account in a pooled market: the choice of the market, and what the audit says of it."""

import pytest

from model.core.actions import ALL
from model.core.errors import BadInput
from model.markets.pooled import Pooled
from tests.markets.small_pool import RESERVES, SmallPool

LOST = 16_000.0 - 10_000.0 / 1.05


def emptied(losses, **market):
    """Alice owes 16,000 USDC on 10 ETH worth 10,000, and is liquidated to the end."""
    pool = SmallPool("aave_v3_3", market={"losses": losses, **market})
    pool.supply("alice", "eth", 10.0)
    pool.borrow("alice", "usdc", 16_000.0)
    pool.price("eth", 1000.0)
    before = pool.market.deposits("usdc")
    assert pool.take("liquidator", "alice", "eth", "usdc", ALL).ok
    assert pool.owed("alice", "usdc") == 0.0
    assert pool.sound()
    events = pool.world.events.frame("bad_debt")
    return pool, before, dict(zip(events["borne_by"], events["amount"], strict=True))


def test_lenders_share_at_once():
    pool, before, parts = emptied({"kind": "socialisation"})
    assert parts == {"lenders": pytest.approx(LOST, rel=1e-6)}
    assert pool.market.deposits("usdc") == pytest.approx(before - LOST, rel=1e-6)
    assert pool.market.reserves["usdc"].deficit == 0.0


def test_a_backstop_is_slashed_up_to_its_largest_share():
    pool, before, parts = emptied({"kind": "backstop", "max_slash": 0.3}, backstop={"usdc": 10_000.0})
    assert parts["backstop"] == pytest.approx(3_000.0)
    assert parts["deficit"] == pytest.approx(LOST - 3_000.0, rel=1e-6)
    row = pool.market.book.find(pool.market.backstop)
    assert pool.market.supplied("usdc", row) == pytest.approx(7_000.0)
    assert pool.market.deposits("usdc") == pytest.approx(before - 3_000.0)


def test_the_treasury_pays_before_the_lenders():
    rule = {"kind": "reserve_first", "sources": ["treasury"], "then": {"kind": "socialisation"}}
    pool = SmallPool("aave_v3_3", market={"losses": rule})
    pool.supply("bob", "eth", 500.0)
    pool.borrow("bob", "usdc", 500_000.0)
    pool.supply("alice", "eth", 10.0)
    pool.borrow("alice", "usdc", 15_000.0)
    pool.warp(5 * 86_400.0)
    pool.price("eth", 1400.0)
    pool.market.accrue(pool.market.reserves["usdc"])
    fund = pool.market.reserves["usdc"].treasury_scaled * pool.market.supply_unit(pool.market.reserves["usdc"])
    assert 0.0 < fund < 1_000.0
    assert pool.take("liquidator", "alice", "eth", "usdc", ALL).ok
    events = pool.world.events.frame("bad_debt")
    parts = dict(zip(events["borne_by"], events["amount"], strict=True))
    assert parts["treasury"] == pytest.approx(fund, rel=1e-9)
    assert parts["lenders"] > 0.0
    assert pool.market.reserves["usdc"].treasury_scaled == 0.0
    assert pool.sound()


def test_the_default_is_a_deficit():
    pool, before, parts = emptied({"kind": "deficit"})
    assert set(parts) == {"deficit"}
    assert pool.market.deposits("usdc") == pytest.approx(before)


def test_a_backstop_of_what_is_not_listed_is_refused():
    with pytest.raises(BadInput, match="not doge"):
        Pooled.Params.read({"reserves": {"eth": RESERVES["eth"]}, "backstop": {"doge": 1.0}})
