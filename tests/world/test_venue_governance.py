"""Governance of venues: a ramp of the amplification, replaced fees, what nobody may change."""

import pytest

from model.core.actions import AddLiquidity, Govern, Swap
from model.core.units import DAY
from model.venues import ConstantProduct, StableSwap
from model.venues.stableswap import Ramp
from model.world.venue import TradingVenue
from tests.markets.stage import Stage


def placed(mechanism):
    stage = Stage()
    pool = TradingVenue(stage.world, "pool", "chain", ("one", "two"), mechanism)
    stage.world.add(pool)
    for token in pool.tokens:
        stage.fund("lp", token, 1000.0)
    stage.do("lp", AddLiquidity(target="pool", amounts=(("one", 1000.0), ("two", 800.0))))
    stage.warp(2 * DAY)
    return stage, pool


def govern(terms=None, **changes):
    return Govern(target="pool", changes=tuple(changes.items()), terms=terms)


def test_a_ramp_moves_the_price_and_not_the_genesis_figure():
    stage, pool = placed(StableSwap(StableSwap.Params(amplification=100.0)))
    before, start = pool.spot("one", "two"), stage.world.clock.now
    assert stage.do("gov", govern(Ramp(start + 20 * DAY), amplification=50.0, fee=0.001)) == 2
    assert pool.spot("one", "two") == before
    assert pool.mechanism.params.amplification == 100.0
    assert pool.mechanism.params.fee == 0.001
    stage.warp(10 * DAY)
    assert pool.mechanism.amplification(pool.state, stage.world.clock.now) == 75.0
    assert pool.spot("one", "two") < before
    assert stage.world.events.count("governance") == 2


def test_a_ramp_without_terms_is_the_shortest_allowed():
    stage, pool = placed(StableSwap(StableSwap.Params()))
    stage.do("gov", govern(amplification=150.0))
    assert pool.state.until == stage.world.clock.now + 14 * DAY


@pytest.mark.parametrize(
    ("changes", "terms", "reason"),
    [
        ({"amplification": 500.0}, None, "invalid_amplification"),
        ({"amplification": -1.0}, None, "invalid_amplification"),
        ({"amplification": "high"}, None, "invalid_parameters"),
        ({"amplification": 120.0}, Ramp(0.0), "ramp_too_short"),
        ({"fee": 1.5}, None, "invalid_parameters"),
        ({"nonsense": 1.0}, None, "invalid_parameters"),
        ({"rates": (1.0, 1.1)}, None, "invalid_parameters"),
    ],
)
def test_refusals_change_nothing(changes, terms, reason):
    stage, pool = placed(StableSwap(StableSwap.Params()))
    held = pool.mechanism.params, pool.state
    assert stage.refused("gov", govern(terms, **changes)) == reason
    assert (pool.mechanism.params, pool.state) == held


def test_only_governors_where_there_are_any_and_a_revert_puts_the_fee_back():
    stage, pool = placed(ConstantProduct(ConstantProduct.Params()))
    pool.governors = (stage.account("dao"),)
    assert stage.refused("gov", govern(fee=0.001)) == "not_a_governor"
    assert stage.refused("dao", govern(fee=0.001), Swap(target="pool", sell="one", buy="two", amount=5.0)) == "insufficient_balance"
    assert pool.mechanism.params.fee == 0.003
    assert stage.do("dao", govern(fee=0.001)) == 1
    assert pool.mechanism.params.fee == 0.001


def test_a_pair_with_decimals_pays_no_less_than_a_base_unit():
    stage, _ = placed(ConstantProduct(ConstantProduct.Params(decimals=(6, 2))))
    stage.fund("trader", "one", 1.0)
    assert stage.refused("trader", Swap(target="pool", sell="one", buy="two", amount=0.001)) == "invalid_amount"
    assert stage.do("trader", Swap(target="pool", sell="one", buy="two", amount=0.1)) > 0.01
