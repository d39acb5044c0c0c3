import pytest

from model.bridges import Canonical, LockAndMint, Solvers
from model.core.errors import BadInput
from model.core.units import DAY, HOUR
from tests.bridges.stage import Stage


def solved(**via):
    stage = Stage(
        (Solvers, {"via": "bridge1", "inventory": {"home": 100.0}, "fee": 0.01}), (Canonical, {"delay": 60.0, **via}), tick=3_600.0
    )
    stage.send("alice", 500.0, "home", "left", bridge="bridge1")
    stage.wait(3_600)
    return stage


@pytest.mark.parametrize("claimed", [False, True])
def test_inventory_pays_at_once_and_comes_back_after_the_challenge_period(claimed):
    stage = solved(claimed=claimed)
    solvers = stage.bridge
    assert solvers.quote("left", "home", 80.0).seconds == 60.0
    assert stage.send("alice", 80.0, "left", "home").results == (pytest.approx(79.2),)
    stage.wait(3_600)
    assert stage.held("alice", "home") == pytest.approx(579.2)
    assert solvers.reserve("home") == pytest.approx(20.8)
    assert solvers.quote("left", "home", 80.0).seconds == 7 * DAY, "exhausted: the slow bridge's delay"
    stage.wait(7 * DAY)
    assert solvers.reserve("home") == pytest.approx(100.8)
    assert solvers.equity == pytest.approx(100.8)
    assert solvers.quote("left", "home", 80.0).seconds == 60.0


def test_beyond_the_inventory_the_slow_bridge_carries_it():
    stage = solved()
    assert stage.send("alice", 300.0, "left", "home").results == (300.0,)
    stage.wait(7 * DAY - 3_600)
    assert stage.held("alice", "home") == 500.0
    stage.wait(3_600)
    assert stage.held("alice", "home") == 800.0
    assert stage.bridge.reserve("home") == 100.0


def test_while_the_slow_bridge_is_halted_solvers_keep_what_was_sent():
    stage = solved()
    stage.bridges["bridge1"].halt()
    assert stage.send("alice", 50.0, "left", "home").ok
    assert stage.send("alice", 300.0, "left", "home").reason.startswith("halted")
    stage.wait(3_600)
    assert stage.bridge.reserve("left") == 50.0
    assert stage.bridge.drain(1_000.0, stage.people["thief"]) == pytest.approx(100.5)
    assert stage.world.audit() == []


def test_what_went_over_the_slow_bridge_instead_still_waits_for_its_recipient():
    stage = solved(claimed=True)
    alice = stage.people["alice"]
    assert stage.send("alice", 80.0, "left", "home").ok
    assert stage.send("alice", 300.0, "left", "home").ok
    coming = stage.bridge.waiting_for(alice, "home")
    assert [one.amount for one in coming] == pytest.approx([79.2, 300.0])
    assert stage.bridge.waiting_for(alice, "left") == []
    stage.wait(3_600)
    assert [one.amount for one in stage.bridge.waiting_for(alice)] == [300.0]
    assert stage.collect("alice", "home").reason.startswith("nothing_due")
    stage.wait(7 * DAY)
    assert stage.held("alice", "home") == pytest.approx(579.2)
    assert stage.collect("alice", "home", item=coming[1].number).results == (300.0,)
    assert stage.held("alice", "home") == pytest.approx(879.2)
    assert stage.bridge.waiting_for(alice) == []
    assert stage.world.audit() == []


def test_what_is_promised_is_not_promised_again():
    stage = solved()
    assert stage.send("alice", 80.0, "left", "home").ok
    assert stage.bridge.reserve("home") == pytest.approx(20.8)
    assert stage.bridge.quote("left", "home", 60.0).seconds == 7 * DAY
    assert stage.send("alice", 60.0, "left", "home").results == (60.0,), "over the slow bridge, without the fee"
    stage.wait(HOUR)
    assert stage.held("alice", "home") == pytest.approx(579.2)
    assert stage.world.audit() == []


@pytest.mark.parametrize("what", ["slow bridge", "chain", "solvers"])
def test_inventory_is_collected_after_the_halt_that_holds_it_up(what):
    stage = solved(claimed=True, challenge_period=2 * HOUR)
    slow = stage.bridges["bridge1"]
    assert stage.send("alice", 80.0, "left", "home").ok
    stage.wait(HOUR)
    halted = {"slow bridge": slow, "chain": stage.chains["home"], "solvers": stage.bridge}[what]
    until = stage.world.clock.now + 5 * HOUR
    halted.halt(until)
    (coming,) = slow.waiting_for(stage.bridge.account)
    assert coming.due < until
    assert stage.bridge.next_due() == until
    stage.wait(4 * HOUR)
    assert stage.bridge.reserve("home") == pytest.approx(20.8)
    stage.wait(2 * HOUR)
    assert stage.bridge.reserve("home") == pytest.approx(100.8)
    assert not slow.messages


def test_solvers_over_solvers_are_refused_with_the_path():
    def path(*kinds):
        with pytest.raises(BadInput) as caught:
            Stage(*kinds)
        return caught.value.faults[0].value

    assert path((Solvers, {"via": "bridge1"}), (Solvers, {"via": "bridge0"})) == "bridge0 -> bridge1 -> bridge0"
    assert path((Solvers, {"via": "bridge1"}), (Solvers, {"via": "bridge2"}), (LockAndMint, {})) == "bridge0 -> bridge1 -> bridge2"
    assert path((Solvers, {"via": "bridge0"})) == "bridge0 -> bridge0"
