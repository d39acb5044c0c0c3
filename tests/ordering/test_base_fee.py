import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core.errors import BadInput
from model.core.units import GWEI
from model.ordering import BaseFee
from model.ordering.base import Request
from model.ordering.base_fee import BaseFeeParams

TARGET, LIMIT = 15e6, 30e6


def make(**values: float) -> BaseFee:
    return BaseFee(BaseFeeParams(**values))


def iterate(market: BaseFee, fee: float, demand: float, used: float, sizes: tuple[float, float], blocks: int) -> float:
    """EIP-1559 block by block."""
    target, limit = sizes
    share, floor = market.params.elasticity, market.params.floor * GWEI
    for block in range(blocks):
        wanted = max(0.0, target * (1 - share + share * demand / fee)) + (used if block == 0 else 0.0)
        fee = max(floor, fee + fee * (min(wanted, limit) - target) / target / market.params.denominator)
    return fee


@given(
    start=st.floats(1e-3, 1e3),
    used=st.floats(0.0, 40e6),
    elasticity=st.floats(0.05, 8.0),
    multiple=st.sampled_from([1.0, 1.5, 2.0, 6.0]),
    blocks=st.integers(1, 400),
    floor=st.sampled_from([0.0, 20.0, 60.0]),
)
@settings(max_examples=150, deadline=None)
def test_closed_form_equals_the_blocks(start: float, used: float, elasticity: float, multiple: float, blocks: int, floor: float) -> None:
    market, demand = make(elasticity=elasticity, floor=floor), 30 * GWEI
    fee = max(demand * start, floor * GWEI)
    limit = TARGET * multiple
    expected = iterate(market, fee, demand, used, (TARGET, limit), blocks)
    assert market.base_fee(fee, demand, used, TARGET, limit, blocks) == pytest.approx(expected, rel=1e-9)


def test_an_eighth_a_block_at_most() -> None:
    market, demand = make(elasticity=2.0), 30 * GWEI
    assert market.base_fee(GWEI, demand, 0.0, TARGET, LIMIT, 1) == pytest.approx(1.125 * GWEI)
    assert market.base_fee(300 * GWEI, demand, 0.0, TARGET, LIMIT, 3) == pytest.approx(300 * GWEI * 0.875**3)


def test_rests_at_demand_and_returns_to_it() -> None:
    market, demand = make(), 30 * GWEI
    assert market.base_fee(demand, demand, 0.0, TARGET, LIMIT, 10_000) == pytest.approx(demand)
    assert market.base_fee(demand / 7, demand, 0.0, TARGET, LIMIT, 10_000) == pytest.approx(demand)
    assert market.base_fee(demand, demand, 15e6, TARGET, LIMIT, 1) == pytest.approx(1.125 * demand)


def test_a_sixfold_demand_needs_sixteen_blocks_to_be_nearly_reached() -> None:
    market, demand = make(), 180 * GWEI
    fees = [market.base_fee(30 * GWEI, demand, 0.0, TARGET, LIMIT, blocks) for blocks in range(1, 40)]
    assert next(n for n, fee in enumerate(fees, 1) if fee > 0.5 * demand) == math.ceil(math.log(3) / math.log(1.125))
    assert fees == sorted(fees)
    assert fees[-1] == pytest.approx(demand, rel=0.03)


def test_background_fills_the_target_at_demand_with_the_stated_elasticity() -> None:
    for elasticity in (0.3, 1.0, 2.5):
        market = make(elasticity=elasticity)
        assert market.background(30.0, 30.0, TARGET) == pytest.approx(TARGET)
        slope = math.log(market.background(30.003, 30.0, TARGET) / TARGET) / math.log(30.003 / 30.0)
        assert slope == pytest.approx(-elasticity, rel=1e-3)
    assert make(elasticity=2.0).background(1e9, 30.0, TARGET) == 0.0


def test_fee_that_would_overshoot_is_refused() -> None:
    with pytest.raises(BadInput, match="overshoots"):
        BaseFeeParams.read({"elasticity": 9.0})


def request(gas: float, tip: float, submitted: float = 0.0, tie: int = 0) -> Request:
    return Request(gas, tip * GWEI, submitted, tie)


def test_tips_order_then_time_then_tie() -> None:
    requests = [request(1e5, 1.0, 5.0), request(1e5, 3.0, 9.0, 2), request(1e5, 3.0, 9.0, 1), request(1e5, 1.0, 4.0)]
    assert make().select(requests, 30 * GWEI, 30 * GWEI, TARGET, LIMIT) == [2, 1, 3, 0]


def test_a_full_block_takes_the_best_and_fills_the_gap() -> None:
    requests = [request(10e6, 5.0), request(8e6, 4.0), request(4e6, 3.0)]
    assert make().select(requests, 30 * GWEI, 30 * GWEI, TARGET, LIMIT) == [0, 2]


def test_only_a_tip_beats_a_crowd_that_the_fee_has_not_caught_up_with() -> None:
    market, fee, demand = make(), 10 * GWEI, 100 * GWEI
    tip = market.tip_for(500e3, fee, demand, TARGET, LIMIT)
    assert tip > 0.0
    assert market.select([Request(500e3, tip * 1.001, 0.0, 0)], fee, demand, TARGET, LIMIT) == [0]
    assert market.select([Request(500e3, tip * 0.999, 0.0, 0)], fee, demand, TARGET, LIMIT) == []
    assert market.tip_for(500e3, demand, demand, TARGET, LIMIT) == 0.0
    assert market.tip_for(31e6, demand, demand, TARGET, LIMIT) == math.inf
