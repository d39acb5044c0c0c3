import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.clearing.eisenberg_noe import clear, clear_least, equity
from model.clearing.rogers_veraart import greatest_clearing, least_clearing

MUTUAL = [[0.0, 2.2], [2.2, 0.0]]


@st.composite
def networks(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    size = draw(st.integers(1, 6))
    amounts = st.one_of(st.just(0.0), st.floats(0.01, 10.0))
    matrix = np.array(draw(st.lists(amounts, min_size=size * size, max_size=size * size))).reshape(size, size)
    np.fill_diagonal(matrix, 0.0)
    return matrix, *(np.array(draw(st.lists(amounts, min_size=size, max_size=size))) for _ in range(2))


def clearing_map(network: tuple[np.ndarray, ...], paid: np.ndarray, recoveries: tuple[float, float]) -> np.ndarray:
    """The map of Rogers and Veraart written out node by node."""
    matrix, assets, outside = network
    owed = matrix.sum(axis=1) + outside
    result = np.zeros_like(owed)
    for i in range(owed.size):
        received = sum(paid[j] * matrix[j, i] / owed[j] for j in range(owed.size) if owed[j] > 0)
        full = assets[i] + received >= owed[i] * (1 - 1e-9)
        result[i] = owed[i] if full else recoveries[0] * assets[i] + recoveries[1] * received
    return result


def test_mutual_debts_with_half_recoveries_have_two_clearing_vectors() -> None:
    assert greatest_clearing(MUTUAL, [1, 1], 0.5, 0.5) == pytest.approx([2.2, 2.2])
    assert least_clearing(MUTUAL, [1, 1], 0.5, 0.5) == pytest.approx([1.0, 1.0])


def test_with_full_recoveries_only_the_greatest_is_left() -> None:
    assert greatest_clearing(MUTUAL, [1, 1]) == pytest.approx([2.2, 2.2])
    assert least_clearing(MUTUAL, [1, 1]) == pytest.approx([2.2, 2.2])
    assert clear(MUTUAL, [1, 1]) == pytest.approx(clear_least(MUTUAL, [1, 1]))


def test_a_chain_of_defaults_by_hand() -> None:
    matrix = [[0, 10, 0], [0, 0, 9], [0, 0, 0]]
    paid = clear(matrix, [4, 1, 2])
    assert paid == pytest.approx([4.0, 5.0, 0.0])
    assert equity(matrix, [4, 1, 2], paid) == pytest.approx([0.0, 0.0, 7.0])
    assert greatest_clearing(matrix, [4, 1, 2], 0.5, 0.5) == pytest.approx([2.0, 1.5, 0.0])


@given(network=networks(), asset_recovery=st.sampled_from([0.0, 0.5, 1.0]), claim_recovery=st.sampled_from([0.0, 0.7, 1.0]))
@settings(max_examples=50, deadline=None)
def test_both_vectors_clear_and_enclose_each_other(network: tuple[np.ndarray, ...], asset_recovery: float, claim_recovery: float) -> None:
    matrix, assets, outside = network
    owed, recoveries = matrix.sum(axis=1) + outside, (asset_recovery, claim_recovery)
    greatest = greatest_clearing(matrix, assets, *recoveries, outside=outside)
    least = least_clearing(matrix, assets, *recoveries, outside=outside)
    assert (least <= greatest + 1e-8).all()
    for paid in (greatest, least):
        assert paid == pytest.approx(clearing_map(network, paid, recoveries), rel=1e-6, abs=1e-8)
        assert (paid <= owed + 1e-9).all()
        assert (paid >= 0.0).all()
        assert (equity(matrix, assets, paid, outside) >= -1e-8).all()
    above, below = owed, np.zeros_like(owed)
    for _ in range(100):
        above, below = clearing_map(network, above, recoveries), clearing_map(network, below, recoveries)
        assert (above >= greatest - 1e-7).all()
        assert (below <= least + 1e-7).all()


def test_full_recovery_dominates() -> None:
    matrix = [[0, 3, 2], [4, 0, 1], [1, 2, 0]]
    full = clear(matrix, [0.2, 0.1, 0.5], outside=[1, 1, 1])
    assert (greatest_clearing(matrix, [0.2, 0.1, 0.5], 0.6, 0.6, outside=[1, 1, 1]) <= full + 1e-12).all()


def test_recoveries_are_fractions() -> None:
    with pytest.raises(ValueError, match="recoveries"):
        greatest_clearing(MUTUAL, [1, 1], 1.1, 0.5)
