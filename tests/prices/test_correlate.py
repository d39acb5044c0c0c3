"""Correlated innovations: measured correlations, independence of what is not correlated, refusals that name the pair."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core.draws import Draws
from model.prices.correlate import cholesky, correlated_normals, correlation_matrix

DRAWS = Draws(9)


def normals(names, pairs, size=50):
    streams = {name: DRAWS[f"prices.{name}"] for name in names}
    return correlated_normals(names, correlation_matrix(names, pairs), streams, size)


def test_correlations_as_asked():
    pairs = {("eth", "btc"): 0.8, ("eth", "sol"): 0.6, ("btc", "sol"): 0.5}
    drawn = normals(["eth", "btc", "sol"], pairs, size=60_000)
    for (first, second), value in pairs.items():
        assert np.corrcoef(drawn[first], drawn[second])[0, 1] == pytest.approx(value, abs=0.01)
    assert [drawn[name].std() for name in drawn] == pytest.approx([1.0] * 3, abs=0.01)


def test_the_first_name_and_the_uncorrelated_keep_their_own_draws():
    own = {name: DRAWS[f"prices.{name}"].normals(50) for name in ("btc", "eth", "gold")}
    drawn = normals(["gold", "eth", "btc"], {("eth", "btc"): 0.8})
    assert list(drawn) == ["gold", "eth", "btc"]
    assert np.array_equal(drawn["btc"], own["btc"])
    assert np.array_equal(drawn["gold"], own["gold"])
    assert drawn["eth"] == pytest.approx(0.8 * own["btc"] + 0.6 * own["eth"])


def test_adding_a_later_or_an_uncorrelated_price_changes_no_other():
    before = normals(["btc", "eth"], {("eth", "btc"): 0.8})
    after = normals(["sol", "btc", "arb", "eth"], {("eth", "btc"): 0.8, ("sol", "eth"): 0.7, ("sol", "btc"): 0.6})
    for name in before:
        assert np.array_equal(before[name], after[name])


def test_nested_in_time_and_independent_of_the_order_of_names():
    pairs = {("a", "b"): 0.5, ("b", "c"): -0.3}
    short, long = normals(["a", "b", "c"], pairs, 13), normals(["c", "a", "b"], pairs, 200)
    for name in short:
        assert np.array_equal(short[name], long[name][:13])


def test_singular_matrices_are_fine():
    drawn = normals(["a", "b", "c"], {("a", "b"): 1.0, ("a", "c"): -1.0, ("b", "c"): -1.0})
    assert drawn["b"] == pytest.approx(drawn["a"])
    assert drawn["c"] == pytest.approx(-drawn["a"])


@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_root_of_any_correlation_matrix(size, seed):
    factors = np.random.default_rng(seed).normal(size=(size, max(size - 1, 1)))
    factors /= np.linalg.norm(factors, axis=1, keepdims=True)
    matrix = factors @ factors.T
    np.fill_diagonal(matrix, 1.0)
    root = cholesky([f"p{i}" for i in range(size)], matrix)
    assert root @ root.T == pytest.approx(matrix, abs=1e-4)
    assert np.array_equal(root, np.tril(root))


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        ([[1, 0.5, 0], [0.4, 1, 0], [0, 0, 1]], "correlation of a and b: 0.5 one way, 0.4 the other"),
        ([[1, 1.2, 0], [1.2, 1, 0], [0, 0, 1]], "correlation of a and b: 1.2; allowed.*-1 to 1"),
        ([[1, 0.9, 0.9], [0.9, 1, -0.9], [0.9, -0.9, 1]], "correlation of b and c: -0.9; allowed.*0.62 to 1"),
        ([[1, 1, 0.5], [1, 1, 0.4], [0.5, 0.4, 1]], "correlation of b and c: 0.4; allowed.*0.5 to 0.5"),
        ([[1, 0, 0], [0, 2, 0], [0, 0, 1]], "correlation of b with itself: 2"),
        ([[1, 0, 0], [0, 1, float("nan")], [0, float("nan"), 1]], "correlation of b with itself.*finite"),
        ([[1, 0], [0, 1]], r"shape \(2, 2\)"),
    ],
)
def test_what_is_no_correlation_matrix_is_refused(matrix, words):
    with pytest.raises(ValueError, match=words):
        cholesky(["a", "b", "c"], np.array(matrix, dtype=float))


@pytest.mark.parametrize("pairs", [{("a", "x"): 0.1}, {("a", "a"): 1.0}, {("a", "b"): 0.1, ("b", "a"): 0.2}])
def test_what_is_no_pair_is_refused(pairs):
    with pytest.raises(ValueError, match="correlation of a and"):
        correlation_matrix(["a", "b"], pairs)
