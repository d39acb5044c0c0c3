"""A feed that states the middle of several sources."""

import math

import pytest

from model.core.errors import BadInput
from model.feeds import Fallback, Median
from model.feeds.base import Observation

FEED = Median(Median.Params(sources=("feed:a", "feed:b", "feed:c")))


@pytest.mark.parametrize(
    ("values", "middle"), [([3.0, 1.0, 2.0], 2.0), ([3.0, math.nan, 2.0], 2.5), ([math.nan, 7.0, math.nan], 7.0), ([1.0, 1.0, 1e9], 1.0)]
)
def test_middle_of_what_is_stated(values, middle):
    assert FEED.candidate([Observation(value, 0.0, 0.0) for value in values], 0.0, None) == middle


def test_nothing_stated():
    assert math.isnan(FEED.candidate([Observation(math.nan, 0.0, 0.0)] * 3, 0.0, None))


def at(*times, values=(1.0, 2.0, 3.0)):
    return [Observation(value, 0.0, time) for value, time in zip(values, times, strict=True)]


def test_as_old_as_the_middle_source():
    assert FEED.stated(at(5.0, 3.0, 9.0), 10.0, None) == 5.0
    assert FEED.stated(at(5.0, 3.0, 9.0, values=(1.0, math.nan, 3.0)), 10.0, None) == 5.0
    assert FEED.stated(at(5.0, 3.0, 9.0, values=(math.nan,) * 3), 10.0, None) == 10.0


def test_one_silent_reporter_does_not_make_it_stale():
    """Fallback over the median of three, one of which has not posted for days."""
    days = 1e6
    observations = at(days - 10.0, 0.0, days - 50.0)
    fallback = Fallback(Fallback.Params(sources=("feed:middle", "feed:second"), max_age=100.0))
    seen = [Observation(FEED.candidate(observations, days, None), 0.0, FEED.stated(observations, days, None)), Observation(7.0, 0.0, days)]
    assert fallback.candidate(seen, days, None) == 2.0


def test_a_source_that_is_too_old_is_left_out_unless_all_are():
    feed = Median(Median.Params(sources=("feed:a", "feed:b", "feed:c"), max_age=100.0))
    assert feed.candidate(at(899.0, 900.0, 950.0), 1000.0, None) == 2.5
    assert feed.stated(at(899.0, 900.0, 950.0), 1000.0, None) == 900.0
    assert feed.candidate(at(1.0, 2.0, 3.0), 1000.0, None) == 2.0
    with pytest.raises(BadInput, match="max_age"):
        Median.Params.read({"sources": ["feed:a"], "max_age": 0})


def test_a_source_twice_is_refused():
    with pytest.raises(BadInput, match="each named once"):
        Median.Params.read({"sources": ["feed:a", "feed:a", "feed:b"]})
