"""Curves of Dutch auctions."""

import pytest

from model.liquidation.curves import Exponential, Linear, Stairstep


def test_shapes():
    assert Linear(100.0).price(8.0, 25.0) == 6.0
    assert Linear(100.0).price(8.0, 100.0) == Linear(100.0).price(8.0, 101.0) == 0.0
    stairs = Stairstep(0.5, 60.0)
    assert [stairs.price(8.0, t) for t in (0.0, 59.9, 60.0, 120.0)] == [8.0, 8.0, 4.0, 2.0]
    assert Exponential(0.5).price(8.0, 1.5) == pytest.approx(8.0 * 0.5**1.5)


def test_a_step_is_not_missed_for_the_rounding_of_a_block_time():
    start = 1_700_000_000.1
    assert Stairstep(0.5, 90.0).price(8.0, (start + 90.0) - start) == 4.0


@pytest.mark.parametrize(
    "curve",
    [
        lambda: Linear(0.0), lambda: Linear(float("inf")), lambda: Stairstep(1.0, 60.0), lambda: Stairstep(0.5, 0.0),
        lambda: Stairstep(0.5, float("inf")), lambda: Exponential(1.0), lambda: Exponential(0.0),
    ],
)  # fmt: skip
def test_what_never_falls_is_refused(curve):
    with pytest.raises(ValueError, match="never falls"):
        curve()
