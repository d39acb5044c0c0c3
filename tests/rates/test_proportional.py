"""A rate in proportion to utilisation."""

import pytest

from model.core.errors import BadInput
from model.rates import Proportional


def test_full_utilisation_costs_the_factor():
    assert Proportional(Proportional.Params()).borrow_rate(1.0) == 1.0
    model = Proportional(Proportional.Params(factor=0.2))
    assert model.borrow_rate(0.5) == pytest.approx(0.1)
    assert model.borrow_rate(0.0) == 0.0


def test_negative_factor_is_refused():
    with pytest.raises(BadInput, match=r"rate\.factor"):
        Proportional.Params.read({"factor": -1}, "rate")
