"""Compound v3: absorb, then sell at a discount."""

import pytest

from model.core.errors import Refused
from model.liquidation import Absorption

kind = Absorption(Absorption.Params(store_front_price_factor=0.6))


def test_surplus_goes_to_the_borrower():
    told = kind.absorb(0.98, 900.0, 1.0, [1_000.0], [0.95])
    assert (told.credit, told.paid, told.surplus, told.uncovered) == (pytest.approx(950.0), 900.0, pytest.approx(50.0), 0.0)


def test_reserves_pay_what_the_credit_does_not_cover():
    told = kind.absorb(0.7, 500.0, 2.0, [600.0, 400.0], [0.95, 0.9])
    assert told.credit == pytest.approx((570.0 + 360.0) / 2.0)
    assert told.uncovered == pytest.approx(500.0 - 465.0)
    assert told.surplus == 0.0
    assert told.credit + told.uncovered == told.paid + told.surplus


def test_discount_is_a_share_of_the_penalty():
    assert kind.discount(0.95) == pytest.approx(0.03)
    assert kind.price(2_000.0, 0.95) == pytest.approx(1_940.0)
    assert kind.buy(194.0, 1.0, kind.price(2_000.0, 0.95), 1.0, reserves=-5.0, target_reserves=0.0) == pytest.approx(0.1)


def test_refusals():
    with pytest.raises(Refused, match="healthy"):
        kind.absorb(1.0, 900.0, 1.0, [1_000.0], [0.95])
    with pytest.raises(Refused, match="invalid_amount"):
        kind.absorb(0.9, 0.0, 1.0, [1_000.0], [0.95])
    with pytest.raises(Refused, match="not_for_sale"):
        kind.buy(1.0, 1.0, 1.0, 10.0, reserves=5.0, target_reserves=5.0)
    with pytest.raises(Refused, match="insufficient_collateral"):
        kind.buy(11.0, 1.0, 1.0, 10.0, reserves=0.0, target_reserves=5.0)
    with pytest.raises(Refused, match="invalid_amount"):
        kind.buy(0.0, 1.0, 1.0, 10.0, reserves=0.0, target_reserves=5.0)
