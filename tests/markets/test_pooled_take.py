"""Verb ``take`` of the pooled market: liquidation by version."""

from dataclasses import replace

import pytest

from model.core.actions import ALL
from model.markets.pooled import EMode
from tests.markets.small_pool import SmallPool, refused


def unhealthy(rules="aave_v3", price=1870.0, **options):
    """Alice owes 16,000 USDC on 10 ETH; at ``price`` her health is price x 10 x .85 / 16,000."""
    pool = SmallPool(rules, **options)
    pool.supply("alice", "eth", 10.0)
    pool.borrow("alice", "usdc", 16_000.0)
    pool.price("eth", price)
    return pool


@pytest.mark.parametrize("rules", ["aave_v2", "aave_v3", "aave_v3_3", "aave_v4"])
def test_healthy_accounts_are_left_alone(rules):
    pool = unhealthy(rules, 1900.0)
    assert refused(pool.take("liquidator", "alice", "eth", "usdc", ALL), "healthy")
    assert pool.market.offers(pool.row("alice")) == []


@pytest.mark.parametrize(
    ("rules", "price", "repaid"),
    [("aave_v2", 1870.0, 8000.0), ("aave_v2", 1500.0, 8000.0), ("aave_v3", 1870.0, 8000.0), ("aave_v3", 1700.0, 16_000.0)],
)
def test_close_factor(rules, price, repaid):
    pool = unhealthy(rules, price)
    debt = pool.balance("liquidator", "usdc")
    got = pool.take("liquidator", "alice", "eth", "usdc", ALL).results[0]
    assert debt - pool.balance("liquidator", "usdc") == pytest.approx(min(repaid, 10.0 * price / 1.05))
    fee = 0.1 if rules == "aave_v3" else 0.0
    seized = min(repaid * 1.05 / price, 10.0)
    assert got == pytest.approx(seized * (1.0 - fee * 0.05 / 1.05))
    assert pool.supplied("alice", "eth") == pytest.approx(10.0 - seized)
    assert pool.sound()


def test_the_protocol_fee_goes_to_the_treasury_in_shares():
    pool = unhealthy()
    pool.take("liquidator", "alice", "eth", "usdc", 1000.0)
    seized = 1000.0 * 1.05 / 1870.0
    treasury = pool.market.supplied("eth", pool.market.book.row(pool.market.treasury))
    assert treasury == pytest.approx(seized * 0.05 / 1.05 * 0.1)
    event = pool.world.events.frame("liquidations").iloc[0]
    assert event.repaid == 1000.0
    assert event.protocol_fee_value == pytest.approx(treasury * 1870.0)


@pytest.mark.parametrize("rules", ["aave_v2", "aave_v3", "aave_v3_3", "aave_v4"])
def test_offers_keep_their_word(rules):
    pool = unhealthy(rules, 1600.0)
    (offer,) = pool.market.offers(pool.row("alice"))
    quote = offer.quote(offer.limit)
    eth, usdc = pool.balance("liquidator", "eth"), pool.balance("liquidator", "usdc")
    receipt = pool.do("liquidator", offer.action(offer.limit))
    assert receipt.results == (pytest.approx(quote.received),)
    assert pool.balance("liquidator", "eth") - eth == pytest.approx(quote.received)
    assert usdc - pool.balance("liquidator", "usdc") == pytest.approx(quote.paid)
    assert pool.sound()


@pytest.mark.parametrize("rules", ["aave_v2", "aave_v3"])
def test_who_asks_for_the_whole_offer_leaves_no_dust_of_interest(rules):
    pool = unhealthy(rules, 1870.0)
    pool.supply("bob", "usdc", 1_500_000.0)
    pool.borrow("bob", "eth", 400.0)
    pool.price("eth", 1000.0)
    for _ in range(40):  # at a close factor of a half, until the collateral is gone
        offers = pool.market.offers(pool.row("alice"))
        if not offers:
            break
        held = pool.supplied("alice", "eth")
        pool.warp(300.0)  # the collateral earns between quote and block
        assert pool.supplied("alice", "eth") > held
        receipt = pool.do("liquidator", offers[0].action(offers[0].limit))
        assert receipt.ok, receipt.reason
    assert pool.supplied("alice", "eth") == 0.0
    assert pool.owed("alice", "usdc") > 0.0
    assert pool.sound()


def test_a_take_that_is_cut_below_what_it_wants_is_refused():
    pool = unhealthy("aave_v2", 1500.0)
    (offer,) = pool.market.offers(pool.row("alice"))
    action = replace(offer.action(offer.limit), min_received=0.99 * offer.quote(offer.limit).received)
    assert pool.do("liquidator", action).ok
    assert refused(pool.do("bob", action), "slippage")  # finds half of the debt, so that the close factor cuts it to a quarter
    assert pool.sound()


def test_short_liquidity_fails_the_payout_while_shares_can_be_taken():
    pool = unhealthy(price=1870.0)
    pool.supply("bob", "usdc", 1_900_000.0)
    pool.borrow("bob", "eth", 509.0)
    assert pool.market.cash("eth") == pytest.approx(1.0)
    assert refused(pool.take("liquidator", "alice", "eth", "usdc", ALL), "insufficient_liquidity")
    offer, in_shares = pool.market.offers(pool.row("alice"))
    assert offer.quote(offer.limit).received == pytest.approx(1.0)
    assert (offer.deposit, in_shares.deposit) == (False, True)
    assert in_shares.limit > 2.0 * offer.limit
    receipt = pool.do("liquidator", in_shares.action(in_shares.limit))
    assert receipt.ok
    assert receipt.results[0] == pytest.approx(in_shares.quote(in_shares.limit).received)
    assert pool.supplied("liquidator", "eth") == receipt.results[0]
    assert pool.market.collateral_of(pool.account("liquidator")).keys() == {"eth"}
    assert pool.sound()


def test_e_mode_bonus():
    pool = SmallPool()
    pool.supply("alice", "steth", 10.0)
    pool.borrow("alice", "eth", 9.2, EMode("eth"))
    pool.price("steth", 1900.0)
    receipt = pool.take("liquidator", "alice", "steth", "eth", 1.0)
    assert receipt.results[0] == pytest.approx(1.0 * 2000.0 * 1.01 / 1900.0)


def test_wrong_pairs_are_refused():
    pool = unhealthy()
    assert refused(pool.take("liquidator", "alice", "steth", "usdc", ALL), "not_collateral")
    assert refused(pool.take("liquidator", "alice", "eth", "steth", ALL), "no_debt")
    assert refused(pool.take("liquidator", "alice", "doge", "usdc", ALL), "no_such_item")
    assert refused(pool.take("liquidator", "bob", "eth", "usdc", ALL), "no_position")
    pool.govern("bob", reserves__usdc__paused=True)
    assert refused(pool.take("liquidator", "alice", "eth", "usdc", ALL), "paused")


def test_the_grace_period_protects_all_but_the_deeply_unhealthy():
    pool = unhealthy(grace=3600.0, rule_params={"sentinel": True})
    pool.chain.halt(1000.0)
    pool.warp(1500.0)
    assert refused(pool.take("liquidator", "alice", "eth", "usdc", ALL), "grace_period")
    assert pool.market.offers(pool.row("alice")) == []
    pool.price("eth", 1780.0)
    assert pool.health("alice") < 0.95
    assert pool.take("liquidator", "alice", "eth", "usdc", 100.0).ok
    pool.price("eth", 1870.0)
    pool.warp(3600.0)
    assert pool.take("liquidator", "alice", "eth", "usdc", 100.0).ok


def test_v3_0_leaves_bad_debt_with_the_account():
    pool = unhealthy(price=1000.0)
    pool.take("liquidator", "alice", "eth", "usdc", ALL)
    assert pool.supplied("alice", "eth") == 0.0
    left = pool.owed("alice", "usdc")
    assert left == pytest.approx(16_000.0 - 10_000.0 / 1.05, rel=1e-6)
    pool.warp(365 * 86400.0)
    assert pool.owed("alice", "usdc") > left
    assert pool.market.reserves["usdc"].deficit == 0.0


@pytest.mark.parametrize("rules", ["aave_v3_3", "aave_v4"])
def test_the_deficit_of_a_bare_account_bears_no_interest(rules):
    pool = unhealthy(rules, 1000.0)
    pool.borrow("lender", "steth", 1.0)
    pool.take("liquidator", "alice", "eth", "usdc", ALL)
    reserve = pool.market.reserves["usdc"]
    assert pool.owed("alice", "usdc") == 0.0
    deficit = reserve.deficit
    assert deficit == pytest.approx(16_000.0 - 10_000.0 / 1.05, rel=1e-6)
    event = pool.world.events.frame("bad_debt").iloc[0]
    assert (event.token, event.borne_by) == ("usdc", "deficit")
    assert event.amount == deficit
    pool.warp(365 * 86400.0)
    pool.supply("bob", "usdc", 1.0)
    assert reserve.deficit == deficit
    assert pool.sound()


def test_the_deficit_covers_every_debt_of_the_account():
    pool = SmallPool("aave_v3_3")
    pool.supply("alice", "eth", 10.0)
    assert pool.borrow("alice", "usdc", 15_000.0).ok
    assert pool.borrow("alice", "steth", 0.1).ok
    pool.price("eth", 1000.0)
    pool.take("liquidator", "alice", "eth", "usdc", ALL)
    assert pool.market.debts_of(pool.account("alice")) == {}
    assert pool.market.reserves["steth"].deficit == pytest.approx(0.1)
    assert pool.sound()


def test_no_dust_may_remain():
    pool = unhealthy("aave_v3_3", 1780.0)
    assert refused(pool.take("liquidator", "alice", "eth", "usdc", 15_500.0), "must_not_leave_dust")
    assert pool.take("liquidator", "alice", "eth", "usdc", ALL).ok
    assert pool.owed("alice", "usdc") == 0.0


def test_v4_restores_the_target_health():
    pool = unhealthy("aave_v4", 1870.0)
    assert pool.take("liquidator", "alice", "eth", "usdc", ALL).ok
    assert pool.health("alice") == pytest.approx(1.05)
    assert pool.sound()


def test_v4_pays_a_bonus_that_grows_as_health_falls():
    paid = []
    for price in (1870.0, 1780.0, 1680.0):
        pool = unhealthy("aave_v4", price)
        paid.append(pool.take("liquidator", "alice", "eth", "usdc", 1000.0).results[0] * price / 1000.0)
    assert paid == sorted(paid)
    assert paid[0] < paid[1] < paid[2]
    assert paid[2] == pytest.approx(1.0 + 0.05 * 0.9)
