"""Morpho's adaptive curve: published values of its own test suite, and its arithmetic in the contract's integers."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core.errors import BadInput
from model.core.units import DAY, YEAR
from model.rates import AdaptiveCurve

WAD = 10**18
PER_SECOND = 365 * 86_400
MODEL = AdaptiveCurve(AdaptiveCurve.Params())


def toward_zero(a, b):
    return a // b if (a >= 0) == (b >= 0) else -(-a // b)


def in_integers(state, utilisation, seconds):
    """Mean rate and rate at target after, both per second in wad: the fixed-point recipe, written from its specification."""
    target, steepness, speed = 9 * WAD // 10, 4 * WAD, 50 * WAD // PER_SECOND
    low, high = WAD // 1000 // PER_SECOND, 2 * WAD // PER_SECOND
    error = toward_zero((utilisation - target) * WAD, WAD - target if utilisation > target else target)
    exponent = toward_zero(speed * error, WAD) * seconds

    def exp(x):
        if x < -41446531673892822312:
            return 0
        if x > 93 * WAD:
            return 10**58
        ln2 = 693147180559945309
        q = toward_zero(x + (-(ln2 // 2) if x < 0 else ln2 // 2), ln2)
        r = x - q * ln2
        e = WAD + r + toward_zero(r * r, WAD) // 2
        return e << q if q >= 0 else e >> -q

    def moved(x):
        return min(max(toward_zero(state * exp(x), WAD), low), high)

    if exponent == 0:
        mean = after = state
    else:
        after = moved(exponent)
        mean = (state + after + 2 * moved(toward_zero(exponent, 2))) // 4
    slope = WAD - toward_zero(WAD * WAD, steepness) if error < 0 else steepness - WAD
    return toward_zero((toward_zero(slope * error, WAD) + WAD) * mean, WAD), after


@given(
    rate=st.floats(0.001, 2.0),
    utilisation=st.integers(0, WAD),
    seconds=st.one_of(st.integers(1, 3600), st.integers(1, int(YEAR))),
)
@settings(max_examples=200, deadline=None)
def test_agrees_with_the_fixed_point_arithmetic(rate, utilisation, seconds):
    state = max(int(rate * WAD) // PER_SECOND, WAD // 1000 // PER_SECOND)
    mean, after = in_integers(state, utilisation, seconds)
    model_mean, model_after = MODEL.advance(state / WAD * YEAR, utilisation / WAD, seconds)
    # The contract keeps integers of 10^-18 per second, 3e-8 of the lowest rate; the exponent's fraction of ln 2 may round either way
    # where both quadratics meet, so points at that edge are compared to its jump.
    edge = 50 * MODEL.error(utilisation / WAD) * seconds / YEAR / math.log(2)
    near = any(abs(abs(e) % 1 - 0.5) < 1e-9 for e in (edge, edge / 2))
    allowed = 1e-2 if near else 1e-6
    assert model_after == pytest.approx(after / WAD * YEAR, rel=allowed, abs=4 / WAD * YEAR)
    assert model_mean == pytest.approx(mean / WAD * YEAR, rel=allowed, abs=4 / WAD * YEAR)


def test_curve_at_its_corners():
    assert MODEL.start() == 0.04
    assert MODEL.borrow_rate(0.0, 0.04) == pytest.approx(0.01, rel=1e-12)
    assert MODEL.borrow_rate(0.9, 0.04) == pytest.approx(0.04, rel=1e-12)
    assert MODEL.borrow_rate(1.0, 0.04) == pytest.approx(0.16, rel=1e-12)


def test_published_examples():
    """Expectations and tolerances of morpho-blue-irm's AdaptiveCurveIrmTest."""
    _, after = MODEL.advance(0.04, 0.95, 45 * DAY)
    assert after == pytest.approx(0.8722, rel=0.005)
    mean, _ = MODEL.advance(0.04, 1.0, 5 * DAY)
    assert mean == pytest.approx(0.22976, rel=0.1)
    mean, _ = MODEL.advance(0.04, 0.0, 5 * DAY)
    assert mean == pytest.approx(0.00724, rel=0.1)


def test_rests_at_target_and_after_no_time():
    assert MODEL.advance(0.07, 0.9, YEAR) == (pytest.approx(0.07), pytest.approx(0.07))
    assert MODEL.advance(0.07, 1.0, 0.0) == (pytest.approx(0.28), 0.07)


def test_level_stays_within_its_bounds():
    assert MODEL.advance(0.04, 1.0, 100 * YEAR)[1] == 2.0
    assert MODEL.advance(0.04, 0.0, 100 * YEAR)[1] == 0.001


def test_short_intervals_follow_the_exponential():
    state = 0.04
    for _ in range(24):
        _, state = MODEL.advance(state, 1.0, 3600.0)
    assert state == pytest.approx(0.04 * math.exp(50 / 365), rel=1e-6)


def test_faults_come_together():
    with pytest.raises(BadInput) as caught:
        AdaptiveCurve.Params.read(
            {"target_utilisation": 1, "steepness": 0.5, "initial_rate_at_target": 3, "min_rate_at_target": 0.01}, "rate"
        )
    assert [fault.place for fault in caught.value.faults] == ["rate.initial_rate_at_target", "rate.steepness", "rate.target_utilisation"]
    with pytest.raises(BadInput, match=r"max_rate_at_target.*at least min_rate_at_target"):
        AdaptiveCurve.Params.read({"min_rate_at_target": 0.5, "max_rate_at_target": 0.1, "initial_rate_at_target": 0.3})
