"""Euler's discount."""

import pytest

from model.core.actions import ALL
from model.core.errors import Refused
from model.liquidation import HealthScaled
from tests.liquidation.positions import position

spread = HealthScaled(HealthScaled.Params(max_discount=0.15))


@pytest.mark.parametrize(("health", "bonus"), [(0.99, 0.01 / 0.99), (0.9, 0.1 / 0.9), (0.85, 0.15 / 0.85), (0.4, 0.15 / 0.85)])
def test_bonus_is_the_discount_over_its_complement(health, bonus):
    assert spread.bonus(health) == pytest.approx(bonus)
    assert spread.settle(position(1e6, 10.0)._replace(health=health), ALL).bonus == pytest.approx(bonus)


def test_whole_debt_or_any_part_at_the_same_price():
    where = position(200.0, 100.0)._replace(health=0.95)
    whole, half = spread.settle(where, ALL), spread.settle(where, 50.0)
    assert (whole.repaid, whole.seized) == (100.0, pytest.approx(100.0 / 0.95))
    assert half.seized == pytest.approx(whole.seized / 2)
    with pytest.raises(Refused, match="invalid_amount"):
        spread.settle(where, 100.1)


def test_short_or_worthless_collateral():
    short = position(85.0, 100.0)._replace(health=0.8)
    assert spread.settle(short, ALL).repaid == pytest.approx(85.0 * 0.85)
    with pytest.raises(Refused, match="seize_too_much"):
        spread.settle(short, 80.0)
    worthless = position(85.0, 100.0, collateral_price=0.0)
    settled = spread.settle(worthless, ALL)
    assert (settled.repaid, settled.seized) == (0.0, 85.0)
