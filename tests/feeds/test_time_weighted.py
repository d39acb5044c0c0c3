"""A feed that averages over time."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core.errors import BadInput
from model.feeds import TimeWeighted
from model.feeds.base import Observation


def make(**params):
    return TimeWeighted(TimeWeighted.Params.read({"source": "venue:pool a/b", "window": 100.0, **params}))


def ring(feed, steps):
    state = feed.start()
    for now, value in steps:
        state = feed.observe([Observation(value, 1.0, now)], now, state)
    return state


def read(feed, steps, now, value=1.0):
    return feed.candidate([Observation(value, 1.0, now)], now, ring(feed, steps))


def test_arithmetic_and_geometric_means_over_the_window():
    steps = [(0.0, 1.0), (200.0, 4.0)]
    assert read(make(mean="arithmetic"), steps, 225.0) == pytest.approx(0.75 * 1.0 + 0.25 * 4.0)
    assert read(make(mean="geometric"), steps, 225.0) == pytest.approx(4.0**0.25)
    assert read(make(), steps, 300.0) == pytest.approx(4.0)


def test_a_price_that_lasts_no_time_weighs_nothing():
    steps = [(0.0, 1.0), (150.0, 1000.0), (150.0, 1.0)]
    assert read(make(), steps, 150.0) == 1.0
    assert read(make(), steps[:2], 150.0, value=1000.0) == pytest.approx(1.0)
    assert read(make(), steps, 400.0) == pytest.approx(1.0)
    assert ring(make(), steps).times == (0.0, 150.0)


def test_younger_than_the_window():
    assert read(make(mean="arithmetic"), [(0.0, 2.0), (10.0, 4.0)], 20.0) == pytest.approx(3.0)
    assert read(make(), [(0.0, 2.0)], 0.0) == pytest.approx(2.0)
    assert read(make(), [], 0.0, value=5.0) == 5.0


def test_ring_forgets_what_lies_before_the_window():
    state = ring(make(), [(float(now), 1.0 + now % 7) for now in range(2000)])
    assert len(state.times) <= 102
    assert len(ring(make(), [(float(now), 3.0) for now in range(50)]).times) == 1


def test_a_full_ring_covers_what_it_remembers():
    steps = [(float(now), 1.0 + now) for now in range(50)]
    feed = make(cardinality=5, mean="arithmetic")
    assert len(ring(feed, steps).times) == 5
    assert read(feed, steps, 50.0) == pytest.approx(np.mean([46, 47, 48, 49, 50]))


def test_a_source_without_a_price_counts_on_with_its_last():
    assert read(make(), [(0.0, 2.0), (50.0, math.nan)], 100.0) == pytest.approx(2.0)


@given(
    st.lists(st.tuples(st.floats(0.0, 60.0), st.floats(0.5, 9.0)), min_size=1, max_size=40),
    st.floats(0.001, 300.0),
    st.sampled_from(["arithmetic", "geometric"]),
)
@settings(max_examples=100, deadline=None)
def test_same_as_the_integral(gaps, later, mean):
    now, steps = 0.0, []
    for gap, value in gaps:
        now += gap
        steps.append((now, value))
    now += later
    begin = max(now - 100.0, steps[0][0])
    total = 0.0
    for (start, value), stop in zip(steps, [time for time, _ in steps[1:]] + [now], strict=True):
        total += max(stop - max(start, begin), 0.0) * (math.log(value) if mean == "geometric" else value)
    exact = total / (now - begin)
    assert read(make(mean=mean), steps, now) == pytest.approx(math.exp(exact) if mean == "geometric" else exact, rel=1e-8)


def test_faults_come_together():
    with pytest.raises(BadInput) as caught:
        TimeWeighted.Params.read({"source": "pool", "window": 0, "mean": "harmonic", "cardinality": 1}, "f")
    assert [fault.place for fault in caught.value.faults] == ["f.cardinality", "f.mean", "f.source", "f.window"]
