"""Target health, sliding bonus, dust."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core.actions import ALL
from model.core.errors import BadInput, Refused
from model.liquidation import TargetHealth
from tests.liquidation.positions import after, position


def spread(**params):
    return TargetHealth(TargetHealth.Params(**params))


@pytest.mark.parametrize(("health", "bonus"), [(0.5, 0.08), (0.9, 0.08), (0.95, 0.06), (0.999999999, 0.04), (1.0, 0.04)])
def test_bonus_slides_from_minimum_to_maximum(health, bonus):
    assert spread(full_bonus_health=0.9, bonus_factor=0.5).bonus(health, 0.08) == pytest.approx(bonus, abs=1e-9)


@given(ltv=st.floats(0.76, 0.85), size=st.floats(1e5, 1e9))
@settings(max_examples=40, deadline=None)
def test_repayment_restores_the_target_health(ltv, size):
    where = position(size, size * ltv, threshold=0.75)
    left = after(where, spread(target_health=1.05).settle(where, ALL))
    assert left.health == pytest.approx(1.05, rel=1e-9)


def test_a_smaller_offer_is_settled_as_asked():
    where = position(100_000.0, 80_000.0, threshold=0.75)
    assert spread().settle(where, 5_000.0).repaid == 5_000.0


def test_debt_dust_is_cleared_past_the_target():
    where = position(1_750.0, 1_400.0, threshold=0.78)
    assert spread().settle(where, ALL).repaid == 1_400.0
    with pytest.raises(Refused, match="must_not_leave_dust"):
        spread().settle(where, 700.0)


def test_collateral_dust_is_seized_past_the_target():
    where = position(3_000.0, 4_000.0, threshold=0.75, bonus=0.04)
    kind = spread(target_health=1.0)
    settled = kind.settle(where, ALL)
    assert settled.seized == 3_000.0
    assert settled.repaid == pytest.approx(3_000.0 / 1.04)
    with pytest.raises(Refused, match="must_not_leave_dust"):
        kind.settle(where, 2_000.0)
    assert kind.settle(where, 1_900.0).repaid == 1_900.0


def test_protocol_share_of_the_sliding_bonus():
    where = position(1e6, 1e6 * 0.75 / 0.95, threshold=0.75, bonus=0.08)
    settled = spread(full_bonus_health=0.9, bonus_factor=0.5, protocol_fee=0.1).settle(where, ALL)
    assert settled.bonus == pytest.approx(0.06)
    assert settled.seized == pytest.approx(settled.repaid * 1.06)
    assert settled.protocol_fee == pytest.approx(settled.repaid * 0.06 * 0.1)


def test_target_lies_above_full_bonus_and_trigger():
    with pytest.raises(BadInput, match="target_health"):
        TargetHealth.Params.read({"target_health": 0.99})
