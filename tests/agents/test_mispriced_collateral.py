"""Adverse selection: taken is what the feed overstates, within capital, cash and caps, and nothing where the feed is right."""

from __future__ import annotations

import pytest

from tests.agents.broken_bridge import HOLDERS, OPPORTUNISTS, broken_bridge, opened, stepped


def owed(model):
    return model.world.targets["lend"].totals()["coin"]["borrowed"]


def sold_off(opportunists=OPPORTUNISTS, **changes):
    raw = broken_bridge(holders=HOLDERS, opportunists=opportunists)
    raw["markets"]["lend"]["reserves"]["dollar_far"] |= changes.pop("dollar_far", {})
    raw["markets"]["lend"]["reserves"]["coin"] |= changes.pop("coin", {})
    return raw


def test_nothing_is_borrowed_while_the_token_is_worth_what_the_feed_says():
    model = stepped(opened(broken_bridge(taken=0.0, holders=HOLDERS, opportunists=OPPORTUNISTS)), 40)
    assert owed(model) == 0.0
    assert model.world.events.count("swaps") == 0


def test_all_the_cash_is_borrowed_on_tokens_that_are_worth_a_tenth():
    model = stepped(opened(sold_off()), 60)
    market = model.world.targets["lend"]
    assert market.totals()["coin"]["cash"] < 1e-3 * 100_000.0
    [account] = range(model.world.accounts.of("opportunists"), model.world.accounts.of("opportunists") + 1)
    collateral = market.collateral_of(account)["dollar_far"]
    assert owed(model) == pytest.approx(0.8 * collateral, rel=1e-3), "to the limit, not beyond"
    assert market.health_of(market.book.find(account)) > 1.0, "the market sees nothing wrong"


def test_what_is_held_is_used_before_anything_is_bought():
    rich = {**OPPORTUNISTS, "capital": {"dollar_far": 200_000.0}}
    model = stepped(opened(sold_off(rich)), 60)
    assert owed(model) == pytest.approx(100_000.0, rel=1e-3)
    bought = model.world.events.frame("swaps").query("buy == 'dollar_far'")
    assert bought.empty


def test_loans_buy_more_collateral_from_little_capital():
    poor = {**OPPORTUNISTS, "capital": {"coin": 10.0}}
    model = stepped(opened(sold_off(poor)), 60)
    assert owed(model) > 1_000.0


def test_caps_hold_them_back():
    assert owed(stepped(opened(sold_off(dollar_far={"supply_cap": 10_000.0})), 60)) == pytest.approx(8_000.0, rel=1e-3)
    assert owed(stepped(opened(sold_off(coin={"borrow_cap": 5_000.0})), 60)) == pytest.approx(5_000.0, rel=1e-3)
    assert owed(stepped(opened(sold_off(dollar_far={"frozen": True})), 60)) == 0.0


@pytest.mark.parametrize("feed", ["backed", "traded"])
def test_a_feed_that_knows_leaves_nothing_to_take(feed):
    assert owed(stepped(opened(sold_off(dollar_far={"feed": feed})), 60)) == pytest.approx(0.0, abs=1.0)


def test_they_take_their_time():
    slow = stepped(opened(sold_off({**OPPORTUNISTS, "notices": 1e9})), 60)
    assert owed(slow) == 0.0
