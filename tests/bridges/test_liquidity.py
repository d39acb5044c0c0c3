import pytest

from model.bridges import Liquidity
from tests.bridges.stage import Stage

POOLS = {"reserves": {"home": 300.0, "left": 300.0, "right": 300.0}, "fee": 0.001, "imbalance_fee": 0.1}


def test_the_fee_rises_as_the_paying_pool_empties():
    stage = Stage((Liquidity, POOLS))
    small = stage.bridge.quote("home", "left", 1.0)
    assert small.fee == pytest.approx(0.001 + 0.1 * 0.5 / 300.0)
    whole = stage.bridge.quote("home", "left", 300.0)
    assert whole.fee == pytest.approx(0.3 + 0.1 * 150.0), "the mean marginal fee is half of the largest"
    stage.send("alice", 150.0, "home", "left")
    assert stage.bridge.quote("home", "left", 1.0).fee > 10 * small.fee
    assert stage.bridge.quote("left", "home", 1.0).fee == pytest.approx(0.001), "towards the fuller pool only the base fee"


def test_a_quote_is_what_is_paid_and_the_fee_stays_in_the_pools():
    stage = Stage((Liquidity, POOLS))
    quoted = stage.bridge.quote("home", "left", 200.0)
    stage.send("alice", 200.0, "home", "left")
    stage.wait(60)
    assert stage.held("alice", "left") == pytest.approx(quoted.received)
    assert stage.bridge.liquidity == pytest.approx(900.0 + quoted.fee)


def test_beyond_the_pool_nothing_crosses_and_promises_are_kept():
    stage = Stage((Liquidity, POOLS))
    assert stage.send("alice", 301.0, "home", "left").reason.startswith("insufficient_liquidity")
    stage.send("alice", 250.0, "home", "left")
    promised = stage.bridge.in_flight("left")
    assert stage.bridge.leave("left", 1e6, stage.people["thief"]) == pytest.approx(300.0 - promised)
    assert stage.bridge.drain(1e6, stage.people["thief"]) == pytest.approx(850.0)
    stage.wait(60)
    assert stage.held("alice", "left") == pytest.approx(promised)
    assert stage.bridge.liquidity == pytest.approx(0.0, abs=1e-9)
