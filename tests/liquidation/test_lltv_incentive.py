"""Morpho's incentive, either side given."""

import pytest

from model.core.actions import ALL
from model.core.errors import Refused
from model.liquidation import LltvIncentive
from tests.liquidation.positions import position

spread = LltvIncentive(LltvIncentive.Params())


@pytest.mark.parametrize(("lltv", "incentive"), [(0.98, 1.00604), (0.945, 1.01678), (0.86, 1.04384), (0.77, 1.07411), (0.385, 1.15)])
def test_incentive_of_the_listed_markets(lltv, incentive):
    assert 1.0 + spread.bonus(lltv) == pytest.approx(incentive, abs=5e-6)


def test_both_sides_name_the_same_settlement():
    where = position(100.0, 90.0, threshold=0.86)
    repaid = spread.settle(where, 40.0)
    seized = spread.settle_seizing(where, repaid.seized)
    assert seized.repaid == pytest.approx(40.0, rel=1e-14)
    assert spread.settle(where, ALL).repaid == 90.0


def test_more_than_there_is_is_refused():
    short = position(90.0, 90.0, threshold=0.86)
    with pytest.raises(Refused, match="seize_too_much"):
        spread.settle(short, 90.0)
    with pytest.raises(Refused, match="invalid_amount"):
        spread.settle(short, 91.0)
    with pytest.raises(Refused, match="seize_too_much"):
        spread.settle_seizing(short, 91.0)
    with pytest.raises(Refused, match="invalid_amount"):
        spread.settle_seizing(position(100.0, 90.0, threshold=0.86), 99.0)
    assert spread.settle(short, ALL).seized == spread.settle_seizing(short, ALL).seized == 90.0


def test_worthless_collateral_may_be_seized_for_nothing():
    settled = spread.settle_seizing(position(90.0, 90.0, collateral_price=0.0), ALL)
    assert (settled.repaid, settled.seized) == (0.0, 90.0)
