"""The health screen finds what a walk over all rows finds, whatever moves and whatever is written."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.screen import HealthScreen

ROWS = 40
MOVES = st.lists(
    st.tuples(st.floats(0.7, 1.3), st.floats(0.9, 1.1), st.lists(st.tuples(st.integers(0, ROWS - 1), st.floats(0.2, 3.0)), max_size=6)),
    min_size=1,
    max_size=25,
)


class Book(SimpleNamespace):
    """Owners of rows, and rows written since the last look."""

    def __len__(self):
        return len(self.owners)


class Stage:
    """A market of one collateral and one debt column."""

    margin = 1e-9

    def __init__(self, rows: int = ROWS) -> None:
        draws = np.random.default_rng(1)
        self.book = Book(touched=set(), owners=list(range(rows)))
        self.data = np.vstack([draws.uniform(1.0, 3.0, rows), np.ones(rows)])
        self.price, self.index = 1.0, 1.0

    def weigh(self):
        return np.array([[self.price]]), np.array([[self.index]])

    def health(self, rows=None):
        data = self.data if rows is None else self.data[:, rows]
        return data[0] * self.price / (data[1] * self.index)

    def health_of(self, row):
        return float(self.health(np.array([row]))[0])

    def write(self, row, collateral):
        self.data[0, row] = collateral
        self.book.touched.add(row)


@settings(max_examples=60, deadline=None)
@given(MOVES, st.lists(st.tuples(st.integers(0, ROWS - 1), st.floats(1.0, 2.0)), max_size=20))
def test_nothing_is_missed_and_nothing_is_invented(moves, levels):
    market = Stage()
    screen = HealthScreen(market)
    armed: dict[int, float] = {}
    for row, level in levels:
        screen.watch(row, level)
        armed[row] = level
    below: set[int] = set()
    for factor, growth, writes in moves:
        market.price *= factor
        market.index *= growth
        for row, collateral in writes:
            market.write(row, collateral)
        woken, fallen = screen.look()
        health = market.health()
        now = {row for row in range(ROWS) if health[row] < 1.0}
        assert set(fallen) == now - below
        assert set(screen.unhealthy) == now
        due = {row for row, level in armed.items() if health[row] < level}
        assert set(woken) == due
        for row in due:
            del armed[row]
        below = now


def test_still_prices_cost_no_pass_and_large_books_keep_a_prefix():
    market = Stage(5_000)
    screen = HealthScreen(market)
    screen.look()
    for _ in range(50):
        market.index *= 1.0 + 1e-9
        screen.look()
    assert screen.passes == 1
    market.price = 0.9
    _, fallen = screen.look()
    assert set(fallen) == set(np.flatnonzero(market.health() < 1.0).tolist())


def test_a_row_that_fell_recovers_with_the_price_at_which_it_was_sound():
    market = Stage(3)
    screen = HealthScreen(market)
    screen.look()
    market.price = 0.2
    assert len(screen.look()[1]) == 3
    market.price = 1.0
    screen.look()
    assert not screen.unhealthy


def test_an_armed_row_is_asked_again():
    market = Stage(3)
    market.data[0] = [2.0, 2.0, 1.2]
    screen = HealthScreen(market)
    screen.watch(2, 1.5)
    assert screen.look() == ([2], [])
    assert screen.look() == ([], [])
    screen.arm(2)
    assert screen.look()[0] == [2]
    assert screen.level_of(2) == pytest.approx(1.5)
