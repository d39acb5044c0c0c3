"""A feed whose value comes from another chain."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core.errors import BadInput
from model.feeds import Relayed
from model.feeds.base import Observation

FEED = Relayed(Relayed.Params(source="feed:rate", delay=100.0))


def history(*steps, feed=FEED):
    state = feed.start()
    for now, value, *stated in steps:
        state = feed.observe([Observation(value, 0.0, stated[0] if stated else now)], now, state)
    return state


def read(state, now, value=9.0, feed=FEED):
    return feed.candidate([Observation(value, 0.0, now)], now, state)


def test_value_as_of_the_delay_ago():
    state = history((0.0, 1.0), (50.0, 2.0), (60.0, 3.0))
    assert [read(state, now) for now in (60.0, 149.0, 150.0, 159.0, 160.0, 1e6)] == [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]
    assert FEED.stated([Observation(9.0, 0.0, 155.0)], 155.0, state) == 50.0


def test_before_the_first_observation_the_source_itself():
    assert read(FEED.start(), 5.0, value=7.0) == 7.0
    assert read(history((0.0, 1.0)), 5.0) == 1.0


def test_a_post_counts_from_when_it_was_posted():
    state = history((0.0, 1.0), (80.0, 2.0, 30.0))
    assert [read(state, now) for now in (129.0, 130.0)] == [1.0, 2.0]


def test_history_holds_only_what_is_on_its_way():
    state = history(*((float(now), 1.0 + now // 10) for now in range(1000)))
    assert len(state.times) <= 12
    unchanged = history((0.0, 1.0), *((float(now), 1.0) for now in range(1, 50)))
    assert len(unchanged.times) == 1


def test_a_change_is_kept_while_another_is_forgotten():
    state = history((0.0, 1.0), (10.0, 2.0), (110.0, 3.0))
    assert (state.times, state.values) == ((10.0, 110.0), (2.0, 3.0))
    assert [read(state, now) for now in (209.0, 210.0)] == [2.0, 3.0]


def test_a_source_without_a_price_is_not_relayed():
    assert read(history((0.0, 1.0), (10.0, math.nan)), 500.0) == 1.0


@given(st.lists(st.tuples(st.floats(0.5, 80.0), st.floats(1.0, 9.0)), min_size=1, max_size=40), st.floats(0.0, 300.0))
@settings(max_examples=60, deadline=None)
def test_same_as_looking_up_the_past(gaps, later):
    now, steps = 0.0, []
    for gap, value in gaps:
        now += gap
        steps.append((now, value))
    # The hand-made look-up: every change kept, none forgotten.
    known = [value for time, value in steps if time <= now + later - 100.0] or [steps[0][1]]
    assert read(history(*steps), now + later) == known[-1]


def test_no_delay_relays_at_once_and_a_negative_one_is_refused():
    feed = Relayed(Relayed.Params(source="feed:rate", delay=0.0))
    assert read(history((0.0, 1.0), (5.0, 2.0), feed=feed), 5.0, feed=feed) == 2.0
    with pytest.raises(BadInput, match=r"f\.delay"):
        Relayed.Params.read({"source": "feed:x", "delay": -1}, "f")
