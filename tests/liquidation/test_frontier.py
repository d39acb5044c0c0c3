"""The toxic frontier: closed forms with their figures, and every spread run to exhaustion."""

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from model.liquidation import DustAwareSpread, FixedSpread, HealthScaled, LltvIncentive, TargetHealth
from model.liquidation.frontier import (
    exhausted_bad_debt,
    halted_bad_debt,
    health_after,
    repay_to_target,
    seizing_helps,
    toxic_ltv,
)
from tests.liquidation.positions import exhaust, position


@pytest.mark.parametrize(("threshold", "bonus", "health"), [(0.83, 0.05, 1.1265), (0.81, 0.06, 1.1394), (0.95, 0.01, 1.0385)])
def test_health_after_one_half_close(threshold, bonus, health):
    assert health_after(0.999, 1.0, 0.5, threshold, bonus) == pytest.approx(health, abs=1e-12)


@pytest.mark.parametrize(("ltv", "left"), [(0.96, 0.762), (0.99, 3.762)])
def test_bad_debt_after_exhaustion(ltv, left):
    assert exhausted_bad_debt(100.0, 100.0 * ltv, 0.05) == pytest.approx(left, abs=5e-4)
    assert halted_bad_debt(100.0, 100.0 * ltv) == 0.0
    assert halted_bad_debt(100.0, 104.0) == pytest.approx(4.0)


@given(ltv=st.floats(0.3, 1.3), bonus=st.floats(0.0, 0.2), threshold=st.floats(0.3, 0.99), part=st.floats(0.01, 0.9))
@settings(max_examples=60, deadline=None)
def test_liquidating_raises_health_below_the_frontier_only(ltv, bonus, threshold, part):
    assume(abs(ltv * (1.0 + bonus) - 1.0) > 1e-6)
    health = threshold / ltv
    helps = health_after(health, ltv, part * ltv, threshold, bonus) > health
    assert helps == (ltv < toxic_ltv(bonus)) == seizing_helps(health, threshold, bonus)


@given(health=st.floats(0.8, 0.9999), target=st.floats(1.0, 1.5), threshold=st.floats(0.4, 0.75), bonus=st.floats(0.0, 0.05))
@settings(max_examples=60, deadline=None)
def test_repayment_to_target_reaches_it(health, target, threshold, bonus):
    repaid = repay_to_target(100.0, health, target, threshold, bonus)
    assume(repaid < 99.0)
    assert health_after(health, 100.0, repaid, threshold, bonus) == pytest.approx(target, rel=1e-9)


def test_repayment_to_target_at_its_edges():
    assert repay_to_target(100.0, 1.2, 1.1, 0.8, 0.05) == 0.0
    assert repay_to_target(100.0, 0.9, 1.0, 0.96, 0.05) == math.inf
    assert health_after(0.9, 100.0, 100.0, 0.8, 0.05) == math.inf
    with pytest.raises(ValueError, match="up to the debt"):
        health_after(0.9, 100.0, 101.0, 0.8, 0.05)


def lltv_with_bonus(bonus):
    """A Morpho market whose incentive at LLTV .83 is 1 + bonus."""
    return LltvIncentive(LltvIncentive.Params(max_incentive=1.0 + bonus, cursor=0.99))


SPREADS = {
    "aave_v2": lambda bonus: FixedSpread(FixedSpread.Params()),
    "aave_v3": lambda bonus: FixedSpread(FixedSpread.Params(full_close_health=0.95, protocol_fee=0.1)),
    "close_factor_10": lambda bonus: FixedSpread(FixedSpread.Params(close_factor=0.1)),
    "compound_v2": lambda bonus: FixedSpread(FixedSpread.Params(above="refuse", fee_on="seizure", protocol_fee=0.028)),
    "aave_v3_3": lambda bonus: DustAwareSpread(DustAwareSpread.Params()),
    "aave_v4": lambda bonus: TargetHealth(TargetHealth.Params(bonus_factor=1.0)),
    "euler_v2": lambda bonus: HealthScaled(HealthScaled.Params(max_discount=bonus / (1.0 + bonus))),
    "morpho_blue": lltv_with_bonus,
}


@pytest.mark.parametrize("name", SPREADS)
@given(ltv=st.floats(0.9, 1.4), bonus=st.floats(0.02, 0.1), size=st.floats(3e3, 1e8))
@settings(max_examples=25, deadline=None)
def test_exhaustion_leaves_the_same_bad_debt_whatever_the_close_factor(name, ltv, bonus, size):
    # From 1e-6 off the frontier the iterates stay apart from rounding; health is far enough below 1 for Euler's discount to be at its cap.
    assume(abs(ltv * (1.0 + bonus) - 1.0) > 1e-4)
    threshold = 0.8
    kind = SPREADS[name](bonus)
    end, count = exhaust(kind, position(size, size * ltv, threshold, bonus, collateral_price=2.0, debt_price=2.0))
    bad_debt = end.debt * end.debt_price if end.collateral == 0.0 else 0.0
    assert count >= 1
    assert bad_debt == pytest.approx(exhausted_bad_debt(2.0 * size, 2.0 * size * ltv, bonus), rel=1e-9, abs=1e-6 * size)


def test_close_factor_changes_the_number_of_liquidations_only():
    where = position(100.0, 99.0)
    ends = {name: exhaust(SPREADS[name](0.05), where) for name in ("aave_v2", "aave_v3", "close_factor_10")}
    assert [count for _, count in ends.values()] == [5, 1, 32]
    for end, _ in ends.values():
        assert end.debt == pytest.approx(3.7619047619, abs=1e-9)
