"""A feed that states the middle of several sources."""

import math

import pytest

from model.core.errors import BadInput
from model.feeds import Median
from model.feeds.base import Observation

FEED = Median(Median.Params(sources=("feed:a", "feed:b", "feed:c")))


@pytest.mark.parametrize(
    ("values", "middle"), [([3.0, 1.0, 2.0], 2.0), ([3.0, math.nan, 2.0], 2.5), ([math.nan, 7.0, math.nan], 7.0), ([1.0, 1.0, 1e9], 1.0)]
)
def test_middle_of_what_is_stated(values, middle):
    assert FEED.candidate([Observation(value, 0.0, 0.0) for value in values], 0.0, None) == middle


def test_nothing_stated():
    assert math.isnan(FEED.candidate([Observation(math.nan, 0.0, 0.0)] * 3, 0.0, None))


def test_as_old_as_its_oldest_source():
    assert FEED.stated([Observation(1.0, 0.0, time) for time in (5.0, 3.0, 9.0)], 10.0, None) == 3.0


def test_a_source_twice_is_refused():
    with pytest.raises(BadInput, match="each named once"):
        Median.Params.read({"sources": ["feed:a", "feed:a", "feed:b"]})
