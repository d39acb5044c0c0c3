import math

import pytest

from model.core.units import GWEI
from model.ordering import Sequencer
from model.ordering.base import Ordering, Request
from model.ordering.sequencer import SequencerParams

TARGET, LIMIT, FEE = 8e6, 32e6, 0.1 * GWEI


def request(submitted: float, tip: float = 0.0, gas: float = 1e6, tie: int = 0) -> Request:
    return Request(gas, tip * GWEI, submitted, tie)


def make(**values: float) -> Sequencer:
    return Sequencer(SequencerParams(**values))


def test_first_come_first_served_whatever_the_tip() -> None:
    requests = [request(0.3), request(0.1, 50.0), request(0.2), request(0.2, tie=-1)]
    assert make().select(requests, FEE, FEE, TARGET, LIMIT) == [1, 3, 2, 0]
    assert make().price(requests[1], FEE, False) == pytest.approx(FEE)


def test_the_express_lane_is_a_head_start_and_no_more() -> None:
    lane = make(express_advantage=0.2, express_price=1.0)
    requests = [request(0.0), request(0.1, 2.0), request(0.22, 2.0), request(0.05, 0.5)]
    assert lane.select(requests, FEE, FEE, TARGET, LIMIT) == [1, 0, 2, 3]
    arrivals = [lane.arrival(item) for item in requests]
    assert arrivals == pytest.approx([0.2, 0.1, 0.22, 0.25])
    assert lane.price(requests[1], FEE, False) == pytest.approx(FEE + 2 * GWEI)
    assert lane.price(requests[3], FEE, False) == pytest.approx(FEE)


def test_nobody_overtakes_one_that_does_not_fit() -> None:
    requests = [request(0.1, gas=20e6), request(0.2, gas=10e6), request(0.3, gas=1e6)]
    assert make().select(requests, FEE, FEE, TARGET, LIMIT) == [0]


def test_a_crowded_block_waits_for_the_fee() -> None:
    sequencer, demand = make(), 10 * FEE
    assert sequencer.select([request(0.0)], FEE, demand, TARGET, LIMIT) == []
    assert sequencer.tip_for(1e6, FEE, demand, TARGET, LIMIT) == math.inf
    risen = sequencer.base_fee(FEE, demand, 0.0, TARGET, LIMIT, 40)
    assert sequencer.select([request(0.0)], risen, demand, TARGET, LIMIT) == [0]
    assert sequencer.tip_for(1e6, risen, demand, TARGET, LIMIT) == 0.0


def test_the_floor_holds() -> None:
    assert make(floor=0.01).base_fee(FEE, 0.001 * GWEI, 0.0, TARGET, LIMIT, 10_000) == pytest.approx(0.01 * GWEI)


def test_all_kinds_are_registered() -> None:
    assert {"base_fee", "first_price", "sealed_bid", "sequencer"} <= set(Ordering.kinds)
