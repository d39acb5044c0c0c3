"""The size at which a quoted profit is largest."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.sizing import best_size


def liquidation(bonus, depth, cost, asked):
    """Profit of paying ``size``, seizing (1 + bonus) of it and selling that into a constant product of ``depth`` a side."""

    def profit(size):
        asked.append(size)
        seized = size * (1.0 + bonus)
        return depth * seized / (depth + seized) - size - cost

    return profit


@given(st.floats(0.002, 0.15), st.floats(1.0, 1e6), st.floats(0.01, 1e7))
def test_the_closed_form_of_a_constant_product_is_found(bonus, depth, limit):
    asked = []
    profit = liquidation(bonus, depth, 0.0, asked)
    size, gain = best_size(profit, limit)
    exact = min(limit, depth * (math.sqrt(1.0 + bonus) - 1.0) / (1.0 + bonus))
    top = profit(exact)
    if exact < limit * 2.0**-9:
        return  # narrower than the scan in halves looks
    assert gain == pytest.approx(top, rel=2e-3)
    assert size == pytest.approx(exact, rel=0.05)
    assert gain == profit(size)
    assert len(asked) <= 20


def test_what_rises_to_the_limit_is_taken_whole():
    asked = []
    assert best_size(liquidation(0.05, 1e9, 0.0, asked), 10.0)[0] == 10.0
    assert len(asked) == 2


def test_nothing_is_taken_where_nothing_pays():
    assert best_size(liquidation(0.05, 100.0, 1e3, []), 10.0) == (0.0, 0.0)
    assert best_size(liquidation(0.05, 100.0, 0.0, []), 0.0) == (0.0, 0.0)
