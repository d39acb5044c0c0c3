import pytest

from model.bridges import Canonical
from model.core.units import DAY
from tests.bridges.stage import Stage


def test_in_within_minutes_home_after_the_challenge_period():
    stage = Stage((Canonical, {"claimed": True}), tick=3_600.0)
    stage.send("alice", 100.0, "home", "left")
    assert stage.bridge.quote("home", "left", 1.0).seconds == 900.0
    stage.wait(3_600)
    assert stage.held("alice", "left") == 100.0
    assert stage.bridge.quote("left", "home", 1.0).seconds == 7 * DAY
    stage.send("alice", 100.0, "left", "home")
    stage.wait(7 * DAY - 3_600)
    assert stage.collect("alice", "home").reason.startswith("nothing_due")
    stage.wait(3_600)
    assert stage.collect("alice", "home").results == (100.0,)


def test_genesis_tokens_of_a_rollup_are_backed_at_home():
    stage = Stage((Canonical, {}), (Canonical, {}))
    stage.ledgers["left"].create("tok_l", stage.people["bob"], 500.0, "genesis")
    for bridge in stage.bridges.values():
        bridge.open_native()
    assert [bridge.locked for bridge in stage.bridges.values()] == [500.0, 0.0], "once, whoever else brings the token"
    assert stage.world.audit() == []
    assert stage.send("bob", 500.0, "left", "home").ok
    stage.wait(60)
    assert stage.bridge.in_flight("home") == pytest.approx(500.0)
