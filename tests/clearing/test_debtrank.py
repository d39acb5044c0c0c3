import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.clearing.debtrank import debtrank, differential_debtrank, induced_loss

CHAIN = [[0, 0, 0], [5, 0, 0], [0, 4, 0]]  # 1 holds claims on 0, 2 on 1
EQUITY = [10, 10, 8]


def test_distress_travels_along_a_chain() -> None:
    for rule in (debtrank, differential_debtrank):
        assert rule(CHAIN, EQUITY, [1, 0, 0]) == pytest.approx([1.0, 0.5, 0.25])


def test_the_original_rule_passes_on_once_only() -> None:
    # 0 and 1 hold each other: the second arrival at 0 raises its distress but goes no further.
    exposures = [[0, 5], [5, 0]]
    assert debtrank(exposures, [10, 10], [0.2, 0]) == pytest.approx([0.2 + 0.05, 0.1])
    series = 0.2 / (1 - 0.25)
    assert differential_debtrank(exposures, [10, 10], [0.2, 0]) == pytest.approx([series, series / 2])


def test_stable_networks_match_the_matrix_inverse() -> None:
    leverage = np.array([[0, 0.2, 0.1], [0.3, 0, 0.2], [0.1, 0.1, 0]])
    shock = np.array([0.1, 0.05, 0.0])
    expected = np.linalg.solve(np.eye(3) - leverage, shock)
    assert differential_debtrank(leverage * 7.0, [7, 7, 7], shock) == pytest.approx(expected, rel=1e-9)


def test_unstable_networks_end_in_default() -> None:
    assert differential_debtrank([[0, 20], [20, 0]], [10, 10], [1e-3, 0]) == pytest.approx([1.0, 1.0])


@st.composite
def books(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    size = draw(st.integers(1, 6))
    exposures = np.array(draw(st.lists(st.floats(0, 3), min_size=size * size, max_size=size * size))).reshape(size, size)
    np.fill_diagonal(exposures, 0.0)
    shock = np.array(draw(st.lists(st.floats(0, 1), min_size=size, max_size=size)))
    return exposures, np.array(draw(st.lists(st.floats(0.5, 9), min_size=size, max_size=size))), shock


@given(book=books())
@settings(max_examples=60, deadline=None)
def test_distress_stays_within_shock_and_one(book: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    exposures, equity, shock = book
    once, all_rounds = debtrank(exposures, equity, shock), differential_debtrank(exposures, equity, shock, tolerance=1e-9)
    for final in (once, all_rounds):
        assert ((final >= shock - 1e-12) & (final <= 1.0)).all()
    assert (differential_debtrank(2 * exposures, equity, shock, tolerance=1e-9) >= all_rounds - 1e-6).all()


def test_induced_loss_leaves_the_shock_out() -> None:
    final = debtrank(CHAIN, EQUITY, [1, 0, 0])
    assert induced_loss(final, [1, 0, 0], [50, 30, 20]) == pytest.approx((0.5 * 30 + 0.25 * 20) / 100)


@pytest.mark.parametrize(
    ("exposures", "equity", "shock", "match"),
    [
        ([[0, 1]], [1, 1], [0, 0], "shapes"),
        ([[0, 1], [1, 0]], [1, 0], [0, 0], "equity above 0"),
        ([[0, -1], [1, 0]], [1, 1], [0, 0], "exposures of 0 or more"),
        ([[0, 1], [1, 0]], [1, 1], [0, 1.2], "shock"),
    ],
)
def test_bad_books_are_refused(exposures: list[list[float]], equity: list[float], shock: list[float], match: str) -> None:
    for rule in (debtrank, differential_debtrank):
        with pytest.raises(ValueError, match=match):
            rule(exposures, equity, shock)


def test_too_few_rounds_say_so() -> None:
    with pytest.raises(ValueError, match="after 3 rounds"):
        differential_debtrank([[0, 9], [9, 0]], [10, 10], [0.01, 0], rounds=3)
