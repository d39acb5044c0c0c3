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
    # A source that is looked at anew at every moment: what arrives now was still said a delay ago.
    assert FEED.stated([Observation(9.0, 0.0, 155.0)], 155.0, state) == 55.0
    assert FEED.stated([Observation(9.0, 0.0, 155.0)], 1e6, state) == 1e6 - 100.0


def test_before_the_first_observation_the_source_itself():
    assert read(FEED.start(), 5.0, value=7.0) == 7.0
    assert read(history((0.0, 1.0)), 5.0) == 1.0


def aged(now, state):
    return FEED.stated([Observation(9.0, 0.0, now)], now, state)


def test_a_post_arrives_a_delay_after_it_is_seen_and_is_as_old_as_it_was_posted():
    state = history((0.0, 1.0), (80.0, 2.0, 30.0))
    assert [read(state, now) for now in (179.0, 180.0)] == [1.0, 2.0]
    assert aged(180.0, state) == 30.0


def test_a_source_that_is_late_itself_arrives_after_both_delays():
    """What another relay, or a delayed feed, states is older than the delay when it leaves."""
    state = history((0.0, 1.0, -400.0), (50.0, 2.0, -350.0))
    assert [read(state, now) for now in (149.0, 150.0)] == [1.0, 2.0]
    assert aged(150.0, state) == -350.0
    assert aged(170.0, state) == -330.0


def test_a_heartbeat_at_the_same_price_makes_what_arrives_younger():
    """Posted at 0 and, with the same value, at 500; looked at in between, and when it stands."""
    state = history((0.0, 1.0), (60.0, 1.0, 0.0), (500.0, 1.0, 500.0), (560.0, 1.0, 500.0))
    assert [aged(now, state) for now in (599.0, 600.0, 660.0, 5000.0)] == [0.0, 500.0, 500.0, 500.0]
    silent = history((0.0, 1.0), (60.0, 1.0, 0.0), (500.0, 1.0, 0.0))
    assert aged(5000.0, silent) == 0.0


def test_what_is_stated_anew_at_every_moment_ages_by_the_delay_alone_and_writes_nothing():
    first = history((0.0, 1.0))
    state = first
    for now in range(10, 1000, 10):
        state = FEED.observe([Observation(1.0, 0.0, float(now))], float(now), state)
    assert state is first
    assert aged(990.0, state) == 890.0


def test_a_source_that_has_died_ages_from_its_last_word():
    state = history((0.0, 1.0), (300.0, math.nan), (310.0, math.nan))
    assert [aged(now, state) for now in (390.0, 400.0, 900.0)] == [290.0, 300.0, 300.0]
    state = FEED.observe([Observation(1.0, 0.0, 700.0)], 700.0, state)
    assert [aged(now, state) for now in (790.0, 800.0, 900.0)] == [300.0, 700.0, 800.0]


def test_history_holds_only_what_is_on_its_way():
    state = history(*((float(now), 1.0 + now // 10) for now in range(1000)))
    assert len(state.times) <= 12
    unchanged = history((0.0, 1.0), *((float(now), 1.0) for now in range(1, 50)))
    assert len(unchanged.times) == 1


def test_a_change_is_kept_while_another_is_forgotten():
    state = history((0.0, 1.0), (10.0, 2.0), (110.0, 3.0))
    assert (state.times, [message.value for message in state.messages]) == ((10.0, 110.0), [2.0, 3.0])
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
