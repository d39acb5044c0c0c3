"""What a broken bridge owes: paid first come, first served, by the time of sending, as soon as something comes in; quotes say so."""

import math

import pytest

from model.bridges import Canonical, LockAndMint
from model.core.actions import Govern
from model.core.units import DAY
from tests.bridges.stage import Stage
from tests.bridges.test_lock_and_mint import drained


def owing(**given):
    """Bob is owed 80 on the home chain; nothing is locked."""
    stage = drained(**given)
    stage.send("alice", 80.0, "left", "home")
    stage.send("bob", 100.0, "right", "home")
    stage.wait(60)
    assert [message.amount for message in stage.bridge.waiting_for(stage.people["bob"])] == [80.0]
    return stage


def test_who_is_owed_is_paid_before_those_who_come_later():
    stage = owing()
    stage.send("thief", 20.0, "home", "left")
    stage.send("alice", 20.0, "left", "home")
    stage.wait(120)
    assert stage.held("bob", "home") == 940.0
    assert stage.held("alice", "home") == 980.0, "she sent later"
    assert {message.recipient: message.amount for message in stage.bridge.messages.values()} == {
        stage.people["bob"]: 60.0,
        stage.people["alice"]: 20.0,
    }


def test_a_collector_does_not_overtake_who_is_owed():
    stage = Stage((LockAndMint, {"claimed": True, "allocation_delay": None}))
    for who in ("alice", "bob"):
        stage.send(who, 100.0, "home", "left")
    stage.wait(60)
    stage.bridge.drain(150.0, stage.people["thief"])
    for who in ("bob", "alice"):
        stage.send(who, 100.0, "left", "home")
    stage.wait(60)
    assert stage.collect("bob", "home").results == (50.0,)
    stage.send("thief", 40.0, "home", "left")
    assert stage.collect("alice", "home").results == (0.0,)
    assert stage.held("bob", "home") == 990.0


def test_an_insurer_pays_those_who_are_owed_at_once():
    stage = owing(loss="insured", cover=60.0)
    stage.bridge.allocate_loss()
    assert stage.bridge.next_due() <= stage.world.clock.now
    stage.wait(60)
    assert stage.held("bob", "home") == 980.0
    assert [message.amount for message in stage.bridge.messages.values()] == [20.0]
    assert stage.bridge.locked == 0.0
    assert stage.bridge.next_due() == math.inf


@pytest.mark.parametrize("allocation_delay", [300.0, None])
def test_a_later_failure_does_not_postpone_the_allocation(allocation_delay):
    stage = drained(allocation_delay=allocation_delay)
    stage.wait(240)
    stage.bridge.drain(10.0, stage.people["thief"])
    stage.wait(60)
    assert stage.bridge.rule == ("bridged" if allocation_delay else None)


def test_quotes_from_an_emptied_bridge_promise_no_time():
    stage = drained()
    assert stage.bridge.quote("left", "home", 100.0).seconds == 60.0
    assert stage.bridge.quote("left", "home", 101.0).seconds == math.inf
    stage.send("bob", 60.0, "right", "home")
    assert stage.bridge.quote("left", "home", 40.0).seconds == 60.0
    assert stage.bridge.quote("left", "home", 41.0).seconds == math.inf, "who has sent comes before"
    assert stage.bridge.quote("left", "right", 100.0).seconds == 60.0, "forms are minted"
    stage.bridge.allocate_loss("bridged")
    assert stage.bridge.quote("left", "home", 40.0).seconds == 60.0


def test_quotes_count_the_wait_for_the_limit():
    stage = Stage((LockAndMint, {"limit": 100.0, "limit_refill": DAY, "over_limit": "wait"}))
    quoted = [stage.bridge.quote("home", "left", amount).seconds for amount in (100.0, 400.0)]
    assert quoted == pytest.approx([60.0, 360.0])
    stage.send("alice", 400.0, "home", "left")
    assert next(iter(stage.bridge.messages.values())).due == pytest.approx(360.0)
    assert stage.bridge.quote("home", "left", 100.0).seconds == pytest.approx(460.0)


def test_a_wait_for_a_limit_that_never_refills_is_refused():
    stage = Stage((LockAndMint, {"limit": 100.0, "over_limit": "wait"}))
    assert stage.send("alice", 101.0, "home", "left").reason == "rate_limited: a limit that never refills"
    assert stage.send("alice", 100.0, "home", "left").ok


def test_from_one_rollup_to_another_the_challenge_period_passes_first():
    stage = Stage((Canonical, {"finality": {"left": 12.0}, "delays": {"right": 300.0}}), tick=3_600.0)
    stage.send("alice", 100.0, "home", "left")
    stage.wait(3_600)
    assert stage.bridge.quote("left", "right", 10.0).seconds == pytest.approx(12.0 + 7 * DAY + 300.0)
    assert stage.bridge.quote("left", "home", 10.0).seconds == pytest.approx(12.0 + 7 * DAY)
    assert stage.bridge.quote("home", "right", 10.0).seconds == pytest.approx(300.0)
    stage.send("alice", 100.0, "left", "right")
    stage.wait(7 * DAY)
    assert stage.held("alice", "right") == 0.0
    stage.wait(3_600)
    assert stage.held("alice", "right") == 100.0


@pytest.mark.parametrize("parts", [1, 2, 4])
def test_a_claim_is_impaired_by_what_each_failure_adds(parts):
    stage = drained()
    left = stage.world.targets["tok_l"]
    assert left.impaired == pytest.approx(0.5), "half of the 100 there"
    for _ in range(parts):
        stage.bridge.drain(60.0 / parts, stage.people["thief"])
    assert left.impaired == pytest.approx(0.8)
    stage.bridge.mint_unbacked("right", 200.0, stage.people["thief"])
    assert stage.bridge.haircuts().forms["left"] == pytest.approx(0.9)
    assert left.impaired == pytest.approx(0.9)


def test_after_a_refill_a_new_failure_counts_anew():
    stage = drained(loss="insured", cover=1_000.0)
    stage.bridge.allocate_loss()
    before = stage.world.targets["tok_l"].impaired
    stage.bridge.drain(20.0, stage.people["thief"])
    assert stage.world.targets["tok_l"].impaired == before, "the insurer pays"
    stage.bridge.allocate_loss("bridged")
    assert stage.world.targets["tok_l"].impaired == pytest.approx(before + 0.1), "20 of 200 on both chains"
    stage.bridge.drain(20.0, stage.people["thief"])
    assert stage.world.targets["tok_l"].impaired == pytest.approx(before + 0.2), "20 of the 100 there, half of it told before"


def test_a_spread_over_a_native_token_is_told_as_what_it_will_be():
    stage = Stage((LockAndMint, {"loss": "spread"}))
    stage.send("alice", 100.0, "home", "left")
    stage.wait(60)
    stage.bridge.drain(50.0)
    told = stage.bridge.haircuts(), stage.bridge.standing("left")
    stage.bridge.allocate_loss()
    assert told == (stage.bridge.haircuts(), stage.bridge.standing("left"))
    assert told[0].forms == {"left": 0.5, "right": 0.5}
    assert told[1] == 50.0


@pytest.mark.parametrize(
    "change",
    [("fee.x", 1.0), ("finality.mars", 3.0), ("delays.mars", 3.0), ("delays.left.x", 3.0), ("loss_chain", "mars"), ("loss_chain", "home"),
     ("delays.left", -1.0), ("limit", -5), ("delay", math.nan), ("forms.left", "tok_r"), ("nothing", 1.0)],
)  # fmt: skip
def test_governance_cannot_make_a_bridge_impossible(change):
    stage = Stage((LockAndMint, {}))
    assert stage.do("bob", "left", Govern(target="bridge0", changes=(change,))).reason.startswith("invalid_parameters")
    assert stage.do("bob", "left", Govern(target="bridge0", changes=(("delays.left", 5.0), ("loss_chain", "right")))).ok


def test_where_both_waited_for_a_chain_who_is_owed_comes_first():
    stage = owing()
    stage.chains["home"].halt(stage.world.clock.now + 600.0)
    stage.send("thief", 20.0, "home", "left")
    stage.send("alice", 20.0, "left", "home")
    stage.wait(540)
    assert (stage.held("bob", "home"), stage.held("alice", "home")) == (920.0, 980.0)
    stage.wait(120)
    assert (stage.held("bob", "home"), stage.held("alice", "home")) == (940.0, 980.0), "he sent before, though hers was due"
