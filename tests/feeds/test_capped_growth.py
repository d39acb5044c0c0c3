"""A feed that lets an exchange rate grow only so fast."""

import math

import pytest

from model.core.errors import BadInput
from model.core.units import YEAR
from model.feeds import CappedGrowth
from model.feeds.base import Observation

T0 = 1.7e9


def make(**params):
    raw = {"rate": "claim:wsteth", "times": "feed:eth_usd", "snapshot_ratio": 1.15, "snapshot_time": T0, "growth_per_year": 0.0968}
    return CappedGrowth(CappedGrowth.Params.read({**raw, **params}))


def value(feed, rate, now, price=2000.0):
    return feed.candidate([Observation(rate, 0.0, now), Observation(price, 0.0, now)], now, None)


def test_below_the_cap_the_rate_itself():
    assert value(make(), 1.16, T0 + 0.2 * YEAR) == pytest.approx(1.16 * 2000.0, rel=1e-15)
    assert value(make(), 0.6, T0) == pytest.approx(1200.0)


def test_above_it_the_cap_linear_in_time():
    for share in (0.0, 0.5, 2.0):
        assert value(make(), 5.0, T0 + share * YEAR) == pytest.approx(2000.0 * 1.15 * (1 + 0.0968 * share), rel=1e-12)
    assert make().growth_per_second == pytest.approx(1.15 * 0.0968 / YEAR)


def test_a_snapshot_out_of_step_states_too_little():
    """Where ratio and time of the snapshot do not belong together, the cap falls below the true rate."""
    right, wrong = make(snapshot_ratio=1.15, snapshot_time=T0), make(snapshot_ratio=1.15, snapshot_time=T0 + 0.4 * YEAR)
    now, true = T0 + 0.4 * YEAR, 1.15 * (1 + 0.03 * 0.4)
    assert value(right, true, now) == pytest.approx(2000.0 * true)
    assert value(wrong, true, now) == pytest.approx(2000.0 * 1.15)


def test_unknown_stays_unknown():
    assert math.isnan(value(make(), math.nan, T0))
    assert math.isnan(value(make(), 1.0, T0, price=math.nan))


def test_snapshot_as_a_date_and_the_rate_alone():
    feed = make(snapshot_time="2024-01-01", times=None)
    assert feed.sources() == ("claim:wsteth",)
    assert feed.params.snapshot_time == 1704067200.0
    assert feed.candidate([Observation(9.0, 0.0, 0.0)], 1704067200.0, None) == 1.15


def test_faults_come_together():
    with pytest.raises(BadInput) as caught:
        CappedGrowth.Params.read({"rate": "wsteth", "snapshot_ratio": 0, "snapshot_time": "soon", "growth_per_year": -0.1}, "f")
    assert [fault.place for fault in caught.value.faults] == ["f.growth_per_year", "f.rate", "f.snapshot_ratio", "f.snapshot_time"]
