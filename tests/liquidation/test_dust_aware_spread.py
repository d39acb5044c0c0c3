"""Close factor of the total debt, small positions, no dust."""

import pytest

from model.core.actions import ALL
from model.core.errors import Refused
from model.liquidation import DustAwareSpread
from tests.liquidation.positions import position

spread = DustAwareSpread(DustAwareSpread.Params())


def near(collateral, debt, total_debt=None):
    """Health .98 with one of possibly several debts."""
    return position(collateral, debt)._replace(health=0.98, total_debt_value=total_debt or debt)


def test_close_factor_counts_the_whole_account():
    assert spread.settle(near(20_000.0, 10_000.0), ALL).repaid == 5_000.0
    assert spread.settle(near(20_000.0, 8_000.0, total_debt=12_000.0), ALL).repaid == 6_000.0
    assert spread.settle(near(20_000.0, 5_000.0, total_debt=12_000.0), ALL).repaid == 5_000.0


def test_small_or_deep_positions_are_closed_whole():
    assert spread.settle(near(2_500.0, 1_999.0), ALL).repaid == 1_999.0
    assert spread.settle(near(1_999.0, 30_000.0), ALL).seized == 1_999.0
    assert spread.settle(near(2_500.0, 2_000.0), ALL).repaid == 1_000.0
    deep = near(12_000.0, 10_000.0)._replace(health=0.95)
    assert spread.settle(deep, ALL).repaid == 10_000.0


def test_dust_may_not_be_left_on_either_side():
    where = near(12_000.0, 10_000.0)._replace(health=0.9)
    assert spread.settle(where, 9_000.0).repaid == 9_000.0
    with pytest.raises(Refused, match="must_not_leave_dust"):
        spread.settle(where, 9_000.01)
    thin = near(6_000.0, 10_000.0)._replace(health=0.9)
    assert spread.settle(thin, 5_000.0 / 1.05).repaid == pytest.approx(5_000.0 / 1.05)
    with pytest.raises(Refused, match="must_not_leave_dust"):
        spread.settle(thin, 5_001.0 / 1.05)
    assert spread.settle(thin, ALL).seized == 6_000.0


def test_protocol_share_of_the_bonus():
    settled = spread.settle(near(20_000.0, 10_000.0), ALL)
    assert settled.protocol_fee == pytest.approx(0.1 * 0.05 * 5_000.0)
