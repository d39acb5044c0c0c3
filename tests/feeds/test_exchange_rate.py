"""A feed that prices a claim by its exchange rate."""

import math

import pytest

from model.core.errors import BadInput
from model.feeds import ExchangeRate
from model.feeds.base import Observation


def make(**params):
    return ExchangeRate(ExchangeRate.Params.read(params))


def test_rate_times_the_backing_s_feed():
    feed = make(claim="claim:wsteth", times="feed:eth_usd")
    assert feed.sources() == ("claim:wsteth", "feed:eth_usd")
    seen = [Observation(1.2, 0.0, 500.0), Observation(2000.0, 0.0, 300.0)]
    assert feed.candidate(seen, 500.0, None) == pytest.approx(2400.0)
    assert feed.stated(seen, 500.0, None) == 300.0
    assert not feed.posted
    # A source that states no price says nothing of its age either.
    assert feed.stated([Observation(1.2, 0.0, 500.0), Observation(math.nan, 0.0, 300.0)], 600.0, None) == 500.0


def test_declared_one_to_one_it_does_not_look_at_the_claim():
    feed = make(claim="claim:steth", times="feed:eth_usd", fixed_at_one=True)
    assert feed.sources() == ("feed:eth_usd",)
    assert feed.candidate([Observation(2000.0, 0.0, 0.0)], 0.0, None) == 2000.0
    assert make(fixed_at_one=True).candidate([], 0.0, None) == 1.0


def test_rate_alone():
    assert make(claim="claim:wsteth").candidate([Observation(1.2, 0.0, 0.0)], 0.0, None) == 1.2


def test_neither_claim_nor_fixed_is_refused():
    with pytest.raises(BadInput, match=r"feeds\.x\.claim.*fixed_at_one"):
        ExchangeRate.Params.read({"times": "feed:eth_usd"}, "feeds.x")
