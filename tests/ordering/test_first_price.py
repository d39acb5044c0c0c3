import math

import pytest

from model.core.units import GWEI
from model.ordering import FirstPrice
from model.ordering.base import Request
from model.ordering.first_price import FirstPriceParams

GAS, DEMAND = 10e6, 20 * GWEI


def bid(price: float, gas: float = 400e3, submitted: float = 0.0) -> Request:
    return Request(gas, price * GWEI, submitted, 0)


def test_there_is_no_base_fee_and_the_bid_is_the_price() -> None:
    market = FirstPrice(FirstPriceParams())
    assert market.base_fee(DEMAND, DEMAND, 1e6, GAS, GAS, 5) == 0.0
    assert market.price(bid(25.0), 0.0, True) == pytest.approx(25 * GWEI)


def test_bids_at_demand_and_above_just_fill_the_target() -> None:
    for pressure in (1.2, 2.0, 5.0):
        market = FirstPrice(FirstPriceParams(pressure=pressure, spread=0.7))
        assert market.background(DEMAND, DEMAND, GAS) == pytest.approx(GAS)
        assert market.background(0.0, DEMAND, GAS) == pytest.approx(pressure * GAS)
        assert market.background(1e3 * DEMAND, DEMAND, GAS) == pytest.approx(0.0, abs=1.0)
    one_deviation = FirstPrice(FirstPriceParams(spread=0.7)).background(DEMAND * math.exp(0.7), DEMAND, GAS)
    assert one_deviation / (2 * GAS) == pytest.approx(0.158655, abs=1e-6)


def test_a_low_bid_is_shut_out_until_demand_falls() -> None:
    market = FirstPrice(FirstPriceParams())
    assert market.select([bid(15.0)], 0.0, DEMAND, GAS, GAS) == []
    assert market.select([bid(15.0)], 0.0, DEMAND / 2, GAS, GAS) == [0]
    assert market.select([bid(15.0)], 0.0, DEMAND * 6, GAS, GAS) == []


def test_highest_bid_first() -> None:
    market = FirstPrice(FirstPriceParams())
    assert market.select([bid(40.0), bid(90.0), bid(40.0, submitted=-1.0)], 0.0, DEMAND, GAS, GAS) == [1, 2, 0]


def test_a_lower_bid_gets_what_higher_ones_leave() -> None:
    market = FirstPrice(FirstPriceParams())
    free = GAS - market.background(60 * GWEI, DEMAND, GAS)
    assert market.select([bid(90.0, free * 0.7), bid(60.0, free * 0.4), bid(60.0, free * 0.2)], 0.0, DEMAND, GAS, GAS) == [0, 2]


def test_tip_for_is_the_price_of_entry() -> None:
    market = FirstPrice(FirstPriceParams())
    price = market.tip_for(400e3, 0.0, DEMAND, GAS, GAS)
    assert price > DEMAND
    assert market.select([Request(400e3, price * 1.001, 0.0, 0)], 0.0, DEMAND, GAS, GAS) == [0]
    assert market.select([Request(400e3, price * 0.999, 0.0, 0)], 0.0, DEMAND, GAS, GAS) == []
    assert market.tip_for(400e3, 0.0, DEMAND, GAS, 3 * GAS) == 0.0
    assert market.tip_for(11e6, 0.0, DEMAND, GAS, GAS) == math.inf
