"""Close factor, cap or refusal, the protocol's share."""

import pytest

from model.core.actions import ALL
from model.core.errors import BadInput, Refused
from model.liquidation import FixedSpread
from tests.liquidation.positions import position


def spread(**params):
    return FixedSpread(FixedSpread.Params(**params))


def test_half_of_the_debt_and_its_value_with_bonus():
    settled = spread().settle(position(10.0, 800.0, collateral_price=95.0), ALL)
    assert settled.repaid == 400.0
    assert settled.seized == pytest.approx(400.0 * 1.05 / 95.0, rel=1e-15)
    assert settled.protocol_fee == 0.0
    assert settled.bonus == 0.05


@pytest.mark.parametrize(("health", "part"), [(0.951, 0.5), (0.95, 1.0), (0.5, 1.0)])
def test_whole_debt_at_or_below_the_full_close_health(health, part):
    where = position(100.0, 80.0)._replace(health=health)
    assert spread(full_close_health=0.95).settle(where, ALL).repaid == 80.0 * part


def test_cap_and_refusal_of_what_is_above_the_close_factor():
    where = position(100.0, 90.0)
    assert spread().settle(where, 80.0).repaid == 45.0
    strict = spread(above="refuse")
    assert strict.settle(where, 45.0).repaid == strict.settle(where, ALL).repaid == 45.0
    with pytest.raises(Refused, match="close_factor"):
        strict.settle(where, 45.0001)


def test_collateral_limits_the_repayment_or_refuses_it():
    where = position(21.0, 100.0)
    settled = spread().settle(where, ALL)
    assert (settled.repaid, settled.seized) == (pytest.approx(20.0), 21.0)
    with pytest.raises(Refused, match="seize_too_much"):
        spread(above="refuse").settle(where, 21.0)
    assert spread(above="refuse").settle(where, ALL).seized == 21.0


def test_protocol_share_of_the_bonus_and_of_the_seizure():
    where = position(200.0, 180.0, bonus=0.1)
    assert spread(protocol_fee=0.1).settle(where, ALL).protocol_fee == pytest.approx(90.0 * 0.1 * 0.1)
    assert spread(protocol_fee=0.028, fee_on="seizure").settle(where, ALL).protocol_fee == pytest.approx(99.0 * 0.028)


def test_refusals():
    with pytest.raises(Refused, match="healthy"):
        spread().settle(position(100.0, 83.0), ALL)
    for repay in (0.0, -1.0, float("nan")):
        with pytest.raises(Refused, match="invalid_amount"):
            spread().settle(position(100.0, 90.0), repay)
    with pytest.raises(Refused, match="no_collateral"):
        spread().settle(position(100.0, 90.0, collateral_price=0.0), ALL)
    with pytest.raises(BadInput, match="close_factor"):
        FixedSpread.Params.read({"close_factor": 0.0})
