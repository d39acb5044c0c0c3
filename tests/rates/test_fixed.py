"""A fixed rate."""

import pytest

from model.core.errors import BadInput
from model.rates import Fixed


def test_same_rate_everywhere():
    model = Fixed(Fixed.Params(rate=0.05))
    assert [model.borrow_rate(u) for u in (0.0, 0.5, 1.0)] == [0.05] * 3
    assert model.advance(model.start(), 0.5, 3600.0) == (0.05, 0.0)
    assert model.supply_rate(0.5, 0.1) == pytest.approx(0.05 * 0.5 * 0.9)


@pytest.mark.parametrize("rate", [-0.01, float("nan"), float("inf")])
def test_impossible_rate_is_refused(rate):
    with pytest.raises(BadInput, match=r"markets\.m\.rate\.rate"):
        Fixed.Params.read({"rate": rate}, "markets.m.rate")
