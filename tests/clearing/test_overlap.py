import numpy as np
import pytest

from model.clearing.overlap import cosine_overlap, indirect_contagion_index, liquidity_weighted_overlap, sale_losses

HOLDINGS = np.array([[100.0, 0.0, 50.0], [200.0, 10.0, 0.0], [0.0, 0.0, 400.0]])
DEPTH = np.array([1_000.0, 100.0, 2_000.0])


def test_overlap_by_hand() -> None:
    overlap = liquidity_weighted_overlap(HOLDINGS, DEPTH)
    assert overlap[0, 1] == pytest.approx(100 * 200 / 1_000)
    assert overlap[0, 2] == pytest.approx(50 * 400 / 2_000)
    assert overlap[1, 2] == 0.0
    assert overlap[1, 1] == pytest.approx(200**2 / 1_000 + 10**2 / 100)
    assert overlap == pytest.approx(overlap.T)


def test_losses_follow_from_linear_impact() -> None:
    sold = np.array([0.0, 0.5, 0.0])
    falls = (HOLDINGS * sold[:, None]).sum(axis=0) / DEPTH
    assert sale_losses(liquidity_weighted_overlap(HOLDINGS, DEPTH), sold) == pytest.approx(HOLDINGS @ falls)


def test_thin_assets_weigh_more() -> None:
    deep = liquidity_weighted_overlap([[100, 0], [100, 0]], [1_000, 1])[0, 1]
    thin = liquidity_weighted_overlap([[0, 100], [0, 100]], [1_000, 1])[0, 1]
    assert thin == pytest.approx(1_000 * deep)


def test_cosine_is_one_for_the_same_mix_and_zero_for_disjoint_ones() -> None:
    scaled = cosine_overlap(liquidity_weighted_overlap([[1, 2, 0], [3, 6, 0], [0, 0, 5], [0, 0, 0]], DEPTH))
    assert scaled[0, 1] == pytest.approx(1.0)
    assert scaled[0, 2] == 0.0
    assert not scaled[3].any()


def test_index_is_the_perron_eigenvector() -> None:
    overlap = liquidity_weighted_overlap(HOLDINGS, DEPTH)
    index = indirect_contagion_index(overlap)
    assert index.sum() == pytest.approx(1.0)
    assert (index >= 0.0).all()
    ratios = (overlap @ index) / index
    assert ratios == pytest.approx(np.full(3, np.linalg.eigvalsh(overlap)[-1]))
    assert indirect_contagion_index(np.zeros((2, 2))) == pytest.approx([0.0, 0.0])


@pytest.mark.parametrize(("holdings", "depth"), [([[1, 2]], [1]), ([[1, -2]], [1, 1]), ([[1, 2]], [1, 0])])
def test_bad_input_is_refused(holdings: list[list[float]], depth: list[float]) -> None:
    with pytest.raises(ValueError, match="allowed are"):
        liquidity_weighted_overlap(holdings, depth)
