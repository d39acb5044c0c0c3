"""A feed that reporters post from market prices."""

import math

import pytest

from model.core.errors import BadInput
from model.feeds import Market
from model.feeds.base import Observation

NAN = math.nan


def seen(*pairs):
    return [Observation(value, weight, 0.0) for value, weight in pairs]


def make(**params):
    return Market(Market.Params.read({"sources": ["venue:curve steth/eth", "venue:uniswap steth/eth"], **params}))


def test_weighted_by_depth():
    assert make().candidate(seen((1.0, 300.0), (0.9, 100.0)), 0.0, None) == pytest.approx(0.975)
    assert make().candidate(seen((1.0, 0.0), (0.9, 100.0)), 0.0, None) == pytest.approx(0.9)


def test_stated_weights_take_the_place_of_depths():
    assert make(weights=[3, 1]).candidate(seen((1.0, 0.0), (0.9, 100.0)), 0.0, None) == pytest.approx(0.975)
    assert make(weights=[0, 1]).candidate(seen((1.0, 300.0), (0.9, 0.0)), 0.0, None) == 0.9
    assert math.isnan(make(weights=[0, 1]).candidate(seen((1.0, 300.0), (NAN, 0.0)), 0.0, None))
    for wrong in ([1.0], [0.0, 0.0], [1.0, -1.0]):
        with pytest.raises(BadInput, match=r"f\.weights.*2 weights of 0 or more"):
            Market.Params.read({"sources": ["price:a", "price:b"], "weights": wrong}, "f")


def test_equal_weights_where_no_depth_is_known():
    assert make().candidate(seen((1.0, 0.0), (0.9, 0.0)), 0.0, None) == pytest.approx(0.95)


def test_one_source_is_stated_to_the_bit():
    assert make(sources=["price:eth"]).candidate(seen((0.1, 3.3)), 0.0, None) == 0.1
    assert make().candidate(seen((0.1, 3.3), (NAN, 5.0)), 0.0, None) == 0.1


def test_multiplied_by_another_feed():
    feed = make(times="feed:eth_usd")
    assert feed.sources() == ("venue:curve steth/eth", "venue:uniswap steth/eth", "feed:eth_usd")
    assert feed.candidate(seen((1.0, 1.0), (0.9, 1.0), (2000.0, 0.0)), 0.0, None) == pytest.approx(1900.0)
    assert math.isnan(feed.candidate(seen((1.0, 1.0), (0.9, 1.0), (NAN, 0.0)), 0.0, None))


def test_without_a_price_it_says_nothing_and_nothing_is_due():
    candidate = make().candidate(seen((NAN, 1.0), (0.0, 1.0)), 0.0, None)
    assert math.isnan(candidate)
    assert not make().due(1.0, 0.0, candidate, 1e9)


def test_deviation_and_heartbeat():
    feed = make(deviation=0.01, heartbeat=3600.0)
    assert feed.posted
    assert not feed.due(100.0, 0.0, 100.99, 3599.0)
    assert feed.due(100.0, 0.0, 101.01, 1.0)
    assert feed.due(100.0, 0.0, 98.99, 1.0)
    assert feed.due(100.0, 0.0, 100.0, 3600.0)
    assert feed.due(NAN, 0.0, 100.0, 1.0)


def test_faults_come_together():
    with pytest.raises(BadInput) as caught:
        Market.Params.read({"sources": ["uniswap", "venue:"], "deviation": -1, "heartbeat": 0, "times": "eth_usd"}, "feeds.steth")
    assert [fault.place for fault in caught.value.faults] == [
        "feeds.steth.deviation",
        "feeds.steth.heartbeat",
        "feeds.steth.sources.0",
        "feeds.steth.sources.1",
        "feeds.steth.times",
    ]
    assert "claim:<token>" in str(caught.value)


@pytest.mark.parametrize("sources", [[], ["price:eth", "price:eth"]])
def test_no_source_or_one_twice_is_refused(sources):
    with pytest.raises(BadInput, match=r"feeds\.eth\.sources"):
        Market.Params.read({"sources": sources}, "feeds.eth")
