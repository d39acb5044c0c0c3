"""Reference book: impact, recovery, inverses, no free lunch."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core.errors import Refused
from model.venues import ReferenceBook
from model.venues.base import Pool

PRICES = (2000.0, 1.0, 40000.0)
forms = st.sampled_from(["linear", "exponential"])


def venue(**params):
    return ReferenceBook(ReferenceBook.Params(**{"steady": (1,), "depth": (1e6, 1.0, 2e6), **params}))


def pool_of(kind, state=None, now=0.0, prices=PRICES):
    return Pool((), 0.0, kind.start(len(prices), 0.0) if state is None else state, now, prices)


def test_linear_impact_is_stated_by_depth():
    kind = venue(half_spread=0.0)
    pool = pool_of(kind)
    fill = kind.swap(pool, 0, 1, 500.0)  # one million: the depth within 1 %
    assert fill.received == pytest.approx(1e6 * 0.995)
    assert kind.spot(pool_of(kind, fill.state), 0, 1) == pytest.approx(2000 * 0.99)
    assert kind.spot(pool_of(kind, fill.state), 2, 1) == 40000.0


def test_exponential_impact_is_the_reference_one():
    """exp(-1.0536 sold / market cap): selling 10 % moves 10 % (Farmer et al. 2020)."""
    cap = 5e8
    kind = venue(form="exponential", depth=0.1 * cap, move=0.1, half_spread=0.0)
    pool = pool_of(kind)
    for part in (0.1, 0.25):
        state = kind.swap(pool, 0, 1, part * cap / 2000).state
        assert kind.displacement(pool_of(kind, state), 0) == pytest.approx(-1.0536 * part, rel=1e-4)


def test_half_recovers_in_a_half_life_and_the_permanent_share_stays():
    kind = venue(half_life=600.0, permanent=0.25)
    state = kind.swap(pool_of(kind), 0, 1, 500.0).state
    whole = kind.displacement(pool_of(kind, state), 0)
    assert whole == pytest.approx(math.log(0.99))
    assert kind.displacement(pool_of(kind, state, 600.0), 0) == pytest.approx(whole * (0.25 + 0.75 / 2))
    assert kind.displacement(pool_of(kind, state, 1e6), 0) == pytest.approx(whole * 0.25)
    later = kind.swap(pool_of(kind, state, 600.0), 0, 1, 1e-9).state
    assert kind.displacement(pool_of(kind, later, 1200.0), 0) == pytest.approx(whole * (0.25 + 0.75 / 4), rel=1e-6)


def test_depth_in_the_numeraire_token_is_the_lesser_that_moves():
    kind = venue(depth=(1e6, 1.0, 3e6), depth_factor=0.5)
    pool = Pool((), 0.0, kind.start(3, 0.0), 0.0, (2000.0, 1.0, 100.0))
    assert kind.depth(pool, 0, 1) == 5e5
    assert kind.depth(pool, 0, 2) == 5e3
    assert kind.depth(pool, 1, 0) == 250.0
    assert venue(steady=(0, 1), depth=(4e6,)).depth(pool, 0, 1) == 4e6


def test_spread_fee_and_depth_factor():
    kind = venue(half_spread=0.001, fee=0.002, depth_factor=0.02)
    fill = kind.swap(pool_of(kind), 0, 1, 10.0)
    gross = 20000 * (1 - 0.5 * 0.01 * 20000 / (0.02 * 1e6)) * 0.999
    assert fill.received == pytest.approx(gross * 0.998)
    assert fill.fee == pytest.approx(gross * 0.002)


@given(form=forms, value=st.floats(1.0, 5e6), part=st.floats(0.05, 0.95), path=st.sampled_from([(0, 1), (1, 0), (0, 2), (2, 0)]))
@settings(max_examples=80, deadline=None)
def test_splitting_changes_nothing_and_there_and_back_never_gains(form, value, part, path):
    kind = venue(form=form, half_spread=0.0)
    sell, buy = path
    amount = value / PRICES[sell]
    whole = kind.swap(pool_of(kind), sell, buy, amount)
    first = kind.swap(pool_of(kind), sell, buy, amount * part)
    second = kind.swap(pool_of(kind, first.state), sell, buy, amount * (1 - part))
    assert first.received + second.received == pytest.approx(whole.received, rel=1e-9)
    assert second.state.passing == pytest.approx(whole.state.passing, rel=1e-8, abs=1e-15)
    back = kind.swap(pool_of(kind, whole.state), buy, sell, whole.received)
    assert back.received == pytest.approx(amount, rel=1e-9)
    dear = venue(form=form, half_spread=0.001)
    there = dear.swap(pool_of(dear), sell, buy, amount)
    assert dear.swap(pool_of(dear, there.state), buy, sell, there.received).received < amount


@given(form=forms, value=st.floats(10.0, 3e6))
@settings(max_examples=40, deadline=None)
def test_going_round_never_gains(form, value):
    kind = venue(form=form, half_spread=0.0)
    first = kind.swap(pool_of(kind), 1, 0, value)
    second = kind.swap(pool_of(kind, first.state), 0, 2, first.received)
    third = kind.swap(pool_of(kind, second.state), 2, 1, second.received)
    assert third.received <= value * (1 + 1e-9)


@given(form=forms, value=st.floats(1.0, 5e6), path=st.sampled_from([(0, 1), (1, 0), (0, 2)]), drop=st.floats(0.001, 0.3))
@settings(max_examples=60, deadline=None)
def test_inverse_quotes(form, value, path, drop):
    kind = venue(form=form, fee=0.001)
    sell, buy = path
    pool = pool_of(kind, kind.swap(pool_of(kind), 2, 0, 3.0).state, 60.0)
    amount = value / PRICES[sell]
    fill = kind.swap(pool, sell, buy, amount)
    assert kind.amount_for(pool, sell, buy, fill.received) == pytest.approx(amount, rel=1e-9)
    keep = (1 - 0.0002) * (1 - 0.001)
    price = kind.spot(pool, sell, buy) * keep * (1 - drop)
    reach = kind.amount_to(pool, sell, buy, price)
    after = kind.swap(pool, sell, buy, reach).state
    assert kind.spot(pool_of(kind, after, 60.0), sell, buy) * keep == pytest.approx(price, rel=1e-9)
    assert kind.amount_to(pool, sell, buy, kind.spot(pool, sell, buy)) == 0.0


def test_steady_pairs_have_no_end():
    kind = venue(steady=(0, 1), half_spread=0.0)
    assert kind.amount_to(pool_of(kind), 0, 1, 1999.0) == math.inf
    assert kind.swap(pool_of(kind), 0, 1, 1e9).received == pytest.approx(2e12)


def test_refusals():
    kind = venue()
    pool = pool_of(kind)
    for call, reason in (
        (lambda: kind.swap(pool, 0, 1, 0.0), "invalid_amount"),
        (lambda: kind.swap(pool, 0, 0, 1.0), "invalid_amount"),
        (lambda: kind.swap(pool, 0, 1, 50001.0), "insufficient_liquidity"),
        (lambda: kind.amount_for(pool, 0, 1, 5.1e7), "insufficient_liquidity"),
        (lambda: kind.add(pool, (1.0, 1.0, 1.0)), "not_offered"),
    ):
        with pytest.raises(Refused) as refusal:
            call()
        assert refusal.value.reason == reason
    for params in ({"depth": (1.0, 2.0)}, {"depth": (0.0,)}, {"steady": (3,)}):
        with pytest.raises(ValueError, match="allowed are 1 or 3 depths"):
            venue(**params).start(3, 0.0)
