"""A feed that turns to the next source when the first grows stale."""

import math

import pytest

from model.core.errors import BadInput
from model.feeds import Fallback
from model.feeds.base import Observation

FEED = Fallback(Fallback.Params(sources=("feed:first", "feed:second"), max_age=100.0))


def seen(*pairs):
    return [Observation(value, 0.0, time) for value, time in pairs]


@pytest.mark.parametrize(
    ("observations", "value", "time"),
    [
        (seen((1.0, 950.0), (2.0, 999.0)), 1.0, 950.0),
        (seen((1.0, 900.0), (2.0, 999.0)), 1.0, 900.0),
        (seen((1.0, 899.0), (2.0, 950.0)), 2.0, 950.0),
        (seen((math.nan, 1000.0), (2.0, 950.0)), 2.0, 950.0),
        (seen((1.0, 800.0), (2.0, 700.0)), 1.0, 800.0),
        (seen((1.0, 700.0), (2.0, 800.0)), 2.0, 800.0),
        (seen((1.0, 100.0), (math.nan, 1000.0)), 1.0, 100.0),
    ],
)
def test_first_fresh_source_else_the_youngest(observations, value, time):
    assert FEED.candidate(observations, 1000.0, None) == value
    assert FEED.stated(observations, 1000.0, None) == time


def test_nothing_stated():
    assert math.isnan(FEED.candidate(seen((math.nan, 0.0), (math.nan, 0.0)), 0.0, None))


def test_impossible_age_is_refused():
    with pytest.raises(BadInput, match=r"f\.max_age"):
        Fallback.Params.read({"sources": ["feed:a"], "max_age": 0}, "f")
