"""Bands: the published formulas, conservation, and what round trips cost."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core.errors import Refused
from model.markets.llamma_bands import Bands, BandState
from model.venues.base import Pool

A = 100.0
BASE = 3_000.0
FREE = Bands(A, 0.0)
PAID = Bands(A, 0.006)


def pool(state, oracle):
    return Pool((sum(state.x.values()), sum(state.y.values())), 0.0, state, 0.0, (1.0, oracle))


def full(count=10, first=0, each=1.0):
    return BandState({}, {first + place: each for place in range(count)}, BASE)


def test_bands_are_one_over_a_wide():
    assert FREE.up(BASE, 0) == BASE
    assert FREE.up(BASE, 1) == pytest.approx(BASE * 0.99, rel=1e-15)
    assert FREE.up(BASE, 10) == pytest.approx(BASE * 0.99**10, rel=1e-14)


@pytest.mark.parametrize("oracle", [2_800.0, 2_985.0, 3_000.0, 3_300.0])
def test_band_price_runs_with_the_cube_of_the_oracle(oracle):
    upper, lower = 3_000.0, 2_970.0
    held = FREE.curve(0.0, 5.0, upper, oracle)
    sold = FREE.curve(15_000.0, 0.0, upper, oracle)
    assert held.price == pytest.approx(oracle**3 / upper**2, rel=1e-12)
    assert sold.price == pytest.approx(oracle**3 / lower**2, rel=1e-12)


def test_virtual_balances_follow_the_whitepaper():
    curve = FREE.curve(700.0, 0.4, 3_000.0, 2_980.0)
    y0 = curve.g / (3_000.0 / 2_980.0 * (A - 1.0))
    assert curve.f == pytest.approx(2_980.0**2 / 3_000.0 * A * y0, rel=1e-14)
    assert curve.product == pytest.approx(2_980.0 * A**2 * y0**2, rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.9, 1.05), st.lists(st.tuples(st.booleans(), st.floats(1e-4, 0.6)), min_size=1, max_size=6))
def test_trades_conserve_and_never_lower_the_worth_on_the_way_down(relative, trades):
    state, oracle = full(), BASE * relative
    for upward, share in trades:
        now = pool(state, oracle)
        sell, buy = (0, 1) if upward else (1, 0)
        amount = share * (10.0 * oracle if upward else 10.0)
        try:
            fill = PAID.swap(now, sell, buy, amount)
        except Refused:
            continue
        after = fill.state
        sides = (state.x, state.y), (after.x, after.y)
        for token, sign in ((sell, amount), (buy, -fill.received)):
            was, is_now = sum(sides[0][token].values()), sum(sides[1][token].values())
            assert is_now - was == pytest.approx(sign, rel=1e-9, abs=1e-9 * max(was, 1.0))
        assert worth(after, oracle) >= worth(state, oracle) * (1.0 - 1e-11)
        state = after


def worth(state, oracle, bands=FREE):
    numbers = np.arange(10)
    x = np.array([state.x.get(n, 0.0) for n in numbers])
    y = np.array([state.y.get(n, 0.0) for n in numbers])
    return float(bands.worth(x, y, BASE * bands.ratio**numbers, oracle).sum())


def test_worth_above_the_bands_is_the_geometric_mean_price():
    expected = sum(BASE * 0.99**n * math.sqrt(0.99) for n in range(10))
    assert worth(full(), 3_500.0) == pytest.approx(expected, rel=1e-12)


def arbitraged(bands, state, path):
    """The bands after arbitrageurs have traded them to every price of a path."""
    for oracle in path.tolist():
        now = pool(state, oracle)
        for sell, price in ((0, 1.0 / oracle), (1, oracle)):
            amount = bands.amount_to(now, sell, 1 - sell, price)
            if amount > 0.0:
                state = bands.swap(now, sell, 1 - sell, amount).state
                break
    return state


def test_worth_is_what_slow_arbitrage_ends_with():
    expected, errors = worth(full(), 3_001.0), []
    for steps in (500, 1_000, 2_000):
        state = arbitraged(FREE, full(), np.geomspace(3_001.0, 2_650.0, steps))
        assert not any(state.y.values())
        errors.append(1.0 - sum(state.x.values()) / expected)
    assert 0.0 < errors[2] < 1.2e-4
    assert errors[0] / errors[1] == pytest.approx(2.0, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(2.0, rel=0.1)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.85, 1.1), st.floats(0.85, 1.1), st.lists(st.floats(0.0, 1.0), min_size=10, max_size=10))
def test_worth_moves_by_no_more_than_the_cube(before, after, converted):
    x = {n: share * 2_900.0 for n, share in enumerate(converted) if share > 0.0}
    y = {n: 1.0 - share for n, share in enumerate(converted) if share < 1.0}
    state = BandState(x, y, BASE)
    move = after / before
    assert worth(state, BASE * after) >= worth(state, BASE * before) * min(move**3, move**-3) * (1.0 - 1e-9)


def test_amount_to_leaves_the_marginal_price():
    now = pool(full(), 2_900.0)
    target = 1.0 / 2_900.0
    amount = PAID.amount_to(now, 0, 1, target)
    step = amount * 1e-6
    marginal = (PAID.swap(now, 0, 1, amount + step).received - PAID.swap(now, 0, 1, amount).received) / step
    assert marginal == pytest.approx(target, rel=1e-4)
    sold = pool(PAID.swap(now, 0, 1, amount).state, 2_950.0)
    back = PAID.amount_to(sold, 1, 0, 2_950.0)
    step = back * 1e-6
    marginal = (PAID.swap(sold, 1, 0, back + step).received - PAID.swap(sold, 1, 0, back).received) / step
    assert marginal == pytest.approx(2_950.0, rel=1e-4)


def round_trip(bands, steps):
    """Collateral lost when the price falls through all bands and comes back, as a share."""
    path = np.concatenate([np.geomspace(3_000.0, 2_650.0, steps), np.geomspace(2_650.0, 3_060.0, steps)])
    state = arbitraged(bands, full(), path)
    return 1.0 - (sum(state.y.values()) + sum(state.x.values()) / 3_060.0) / 10.0


def test_a_round_trip_costs_the_borrower_what_arbitrageurs_earn():
    fast, slow = round_trip(FREE, 100), round_trip(FREE, 400)
    assert 0.0 < slow < fast
    assert fast / slow == pytest.approx(4.0, rel=0.1)
    assert round_trip(PAID, 100) > fast + 0.005


def test_swaps_that_cannot_be_filled_are_refused():
    with pytest.raises(Refused, match="insufficient_liquidity"):
        FREE.swap(pool(full(), 2_900.0), 1, 0, 1.0)
    with pytest.raises(Refused, match="insufficient_liquidity"):
        FREE.swap(pool(full(), 2_900.0), 0, 1, 1e6)
    with pytest.raises(Refused, match="invalid_amount"):
        FREE.swap(pool(full(), 2_900.0), 0, 1, 0.0)


def test_price_without_bands_is_the_oracle():
    empty = pool(BandState({}, {}, BASE), 2_900.0)
    assert FREE.spot(empty, 1, 0) == 2_900.0
    assert FREE.spot(empty, 0, 1) == 1.0 / 2_900.0
