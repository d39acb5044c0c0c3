import math

import pytest

from model.core.errors import BadInput
from model.feeds import Basket
from model.feeds.base import Observation


def make(**params):
    raw = {"units": ["claim:curve eth", "claim:curve steth"], "times": ["feed:one", "feed:steth_eth"]}
    return Basket(Basket.Params.read({**raw, **params}))


def test_a_share_is_worth_its_units_times_their_prices():
    assert make().sources() == ("claim:curve eth", "claim:curve steth", "feed:one", "feed:steth_eth")
    values = [0.4, 0.6, 1.0, 0.95]
    assert make().candidate([Observation(value, 0.0, 0.0) for value in values], 0.0, None) == pytest.approx(0.4 + 0.57)


def test_without_one_price_there_is_none():
    observations = [Observation(value, 0.0, 0.0) for value in (0.4, 0.6, 1.0, math.nan)]
    assert math.isnan(make().candidate(observations, 0.0, None))


def test_units_and_feeds_come_in_pairs():
    with pytest.raises(BadInput, match="one feed in `times` for each of the 2 units"):
        make(times=["feed:one"])
