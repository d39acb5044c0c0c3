"""Holders of a broken claim: what a token is worth to them, when they act, where the price ends."""

from __future__ import annotations

import numpy as np
import pytest

from tests.agents.broken_bridge import HOLDERS, broken_bridge, opened, stepped


def price(model):
    return model.world.targets["dex"].spot("dollar_far", "coin")


def held(**changes):
    return opened(broken_bridge(holders={**HOLDERS, **changes}))


def test_value_is_coverage_and_hope_which_fades():
    model = held(hope=[0.5, 0.5], fades=86_400.0)
    holder = model.deciders[[decider.account for decider in model.deciders].index(model.world.accounts.of("holders"))]
    assert holder.value(0.1, 0.0) == pytest.approx(0.1 + 0.9 * 0.5)
    holder.heard_at = 0.0
    assert holder.value(0.1, 86_400.0) == pytest.approx(0.1 + 0.9 * 0.25)
    assert holder.value(1.0, 0.0) == 1.0


def test_nobody_sells_a_claim_that_is_whole():
    model = stepped(opened(broken_bridge(taken=0.0, holders=HOLDERS)), 40)
    assert price(model) == 1.0


def test_without_hope_the_price_falls_to_what_still_stands_behind_a_token():
    model = stepped(held(), 144)
    rate = model.world.targets["dollar_far"].price_of_one()
    assert rate == pytest.approx(0.1)
    assert rate <= price(model) < 1.02 * rate


def test_hope_holds_the_price_up_as_long_as_it_lasts():
    assert price(stepped(held(hope=[0.4, 0.4]), 144)) == pytest.approx(0.1 + 0.9 * 0.4, rel=0.02)
    assert price(stepped(held(hope=[0.4, 0.4], fades=7_200.0), 144)) < 0.15


def test_it_falls_slice_by_slice_after_the_news():
    model = held(news=7_200.0)
    assert price(stepped(model, 17)) == 1.0
    sold = []
    for _ in range(12):
        model.step()
        sold.append(model.world.events.count("swaps"))
    assert np.diff(sold, prepend=0).max() <= 4, "each at most one slice at a time"
    assert price(model) < 0.5


def test_hopeful_ones_with_capital_buy_from_the_others():
    few = {**HOLDERS, "held": 1e6}
    hopeful = {**HOLDERS, "held": 0.0, "capital": 1e6, "hope": [0.6, 0.6]}
    falls, caught = stepped(opened(broken_bridge(holders=few)), 144), opened(broken_bridge(holders=few, hopeful=hopeful))
    assert price(stepped(caught, 144)) == pytest.approx(0.9 * (0.1 + 0.9 * 0.6), rel=0.05)
    assert price(falls) < 0.2
    assert caught.world.ledgers["far"].balance("dollar_far", caught.world.accounts.of("hopeful")) > 0.0
