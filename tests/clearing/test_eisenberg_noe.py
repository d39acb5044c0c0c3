import numpy as np
import pytest

from model.clearing.eisenberg_noe import clear, clear_least, equity

MUTUAL = [[0.0, 2.2], [2.2, 0.0]]


def test_a_circle_without_outside_assets_is_not_unique_even_at_full_recovery() -> None:
    assert clear(MUTUAL, [0, 0]) == pytest.approx([2.2, 2.2])
    assert clear_least(MUTUAL, [0, 0]) == pytest.approx([0.0, 0.0])


def test_creditors_outside_rank_equally() -> None:
    paid = clear([[0, 6], [0, 0]], [4, 0], outside=[2, 1])
    assert paid == pytest.approx([4.0, 1.0])
    assert equity([[0, 6], [0, 0]], [4, 0], paid, outside=[2, 1]) == pytest.approx([0.0, 2.0])


def test_tiny_assets_in_a_circle_still_clear_it_in_full() -> None:
    assert clear_least([[0, 1e6], [1e6, 0]], [1e-6, 0]) == pytest.approx([1e6, 1e6])


@pytest.mark.parametrize(
    ("matrix", "assets", "match"),
    [
        ([[0, 1]], [1, 1], "shapes"),
        ([[0, -1], [0, 0]], [1, 1], "finite numbers of 0 or more"),
        ([[0, np.nan], [0, 0]], [1, 1], "finite numbers"),
        ([[1, 0], [0, 0]], [1, 1], "cannot owe itself"),
    ],
)
def test_bad_networks_are_refused(matrix: list[list[float]], assets: list[float], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        clear(matrix, assets)
