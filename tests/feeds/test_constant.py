"""A feed that states a fixed number."""

import pytest

from model.core.errors import BadInput
from model.feeds import Constant


def test_states_its_number_without_looking():
    feed = Constant(Constant.Params())
    assert feed.sources() == ()
    assert feed.candidate([], 5.0, None) == 1.0
    assert feed.stated([], 5.0, None) == 5.0


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_impossible_number_is_refused(value):
    with pytest.raises(BadInput, match=r"f\.value"):
        Constant.Params.read({"value": value}, "f")
