"""A feed that publishes a price one period after it was read."""

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core.errors import BadInput
from model.feeds import Delayed
from model.feeds.base import Observation

HOUR = 3600.0
T0 = 1000 * HOUR
FEED = Delayed(Delayed.Params(source="feed:eth"))


def play(steps, feed=FEED):
    """Values read after each (time, value of the source)."""
    state, read = feed.start(), []
    for now, value in steps:
        seen = [Observation(value, 0.0, now)]
        state = feed.observe(seen, now, state)
        read.append(feed.candidate(seen, now, state))
    return read


def test_one_period_behind_updated_on_the_hour():
    steps = [(T0, 100.0), (T0 + 1800, 90.0), (T0 + HOUR - 1, 80.0), (T0 + HOUR, 70.0), (T0 + HOUR + 1, 60.0), (T0 + 2 * HOUR, 50.0)]
    assert play(steps) == [100.0, 100.0, 100.0, 100.0, 100.0, 70.0]


def test_a_late_update_keeps_to_the_hour():
    steps = [(T0, 100.0), (T0 + HOUR + 600, 90.0), (T0 + 2 * HOUR, 80.0), (T0 + 3 * HOUR - 1, 70.0), (T0 + 3 * HOUR, 60.0)]
    assert play(steps) == [100.0, 100.0, 90.0, 90.0, 80.0]


def test_several_periods_missed_are_one_update():
    assert play([(T0, 100.0), (T0 + HOUR, 90.0), (T0 + 9 * HOUR, 20.0), (T0 + 10 * HOUR, 10.0)]) == [100.0, 100.0, 90.0, 20.0]


def test_a_source_without_a_price_is_waited_for():
    assert play([(T0, 100.0), (T0 + HOUR, math.nan), (T0 + HOUR + 5, 80.0), (T0 + 2 * HOUR, 70.0)]) == [100.0, 100.0, 100.0, 80.0]
    assert math.isnan(play([(T0, math.nan)])[0])


def test_age_is_that_of_what_is_read():
    state = FEED.start()
    for now, value in [(T0, 100.0), (T0 + HOUR, 90.0), (T0 + 2 * HOUR, 80.0)]:
        state = FEED.observe([Observation(value, 0.0, now - 7.0)], now, state)
    assert (state.current, state.next) == (90.0, 80.0)
    assert FEED.stated([Observation(1.0, 0.0, 0.0)], T0 + 2 * HOUR, state) == T0 + HOUR - 7.0


@given(st.lists(st.tuples(st.floats(1.0, 2000.0), st.floats(1.0, 9.0)), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_reads_only_what_the_source_said_and_changes_at_most_once_a_period(gaps):
    now, state, said, changes = T0, FEED.start(), set(), []
    for gap, value in gaps:
        now += gap
        before, state = state, FEED.observe([Observation(value, 0.0, now)], now, state)
        said.add(value)
        assert state.current in said
        if state != before:
            changes.append(now // HOUR)
    assert len(changes) == len(set(changes))


def test_state_is_frozen_and_parameters_are_bounded():
    with pytest.raises(dataclasses.FrozenInstanceError):
        FEED.start().current = 1.0
    with pytest.raises(BadInput) as caught:
        Delayed.Params.read({"source": "x", "period": 0}, "f")
    assert [fault.place for fault in caught.value.faults] == ["f.period", "f.source"]
