"""A price that does not move."""

import numpy as np
import pytest

from model.core.draws import Draws
from model.core.errors import BadInput
from model.prices import Constant


def test_same_value_everywhere():
    path = Constant(Constant.Params(value=1.25)).path(np.arange(4.0), np.zeros(3), Draws(1)["x"])
    assert path.tolist() == [1.25] * 4


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_impossible_price_is_refused(value):
    with pytest.raises(BadInput, match=r"prices\.usdc\.value"):
        Constant.Params.read({"value": value}, "prices.usdc")
