import math

import pytest

from model.bridges import LockAndMint
from model.core.actions import ALL, Govern
from tests.bridges.stage import SUPPLY, Stage


def test_a_message_arrives_at_its_second_and_not_at_the_tick():
    stage = Stage((LockAndMint, {"delay": 61.0, "finality": {"home": 30.0}}))
    assert stage.send("alice", 100.0, "home", "left").results == (100.0,)
    stage.wait(60)
    assert (stage.held("alice", "left"), stage.bridge.locked, stage.bridge.in_flight("left")) == (0.0, 100.0, 100.0)
    stage.wait(60)
    assert stage.held("alice", "left") == 100.0
    arrived = stage.world.events.frame("bridge_messages").query("step == 'arrived'")
    assert arrived.time.tolist() == [91.0]
    assert stage.bridge.in_flight() == 0.0


def test_between_two_other_chains_the_backing_stays_locked():
    stage = Stage((LockAndMint, {}))
    stage.send("alice", 100.0, "home", "left")
    stage.wait(60)
    assert stage.send("alice", 40.0, "left", "right", to="bob").ok
    stage.wait(60)
    assert stage.held("bob", "right") == 40.0
    assert dict(stage.bridge.minted) == {"left": 60.0, "right": 40.0}
    assert stage.bridge.locked == 100.0


def test_all_there_and_back_leaves_exact_zeros():
    stage = Stage((LockAndMint, {}))
    stage.send("alice", ALL, "home", "left")
    assert stage.held("alice", "home") == 0.0
    stage.wait(60)
    stage.send("alice", ALL, "left", "home")
    stage.wait(60)
    assert (stage.held("alice", "home"), stage.held("alice", "left"), stage.bridge.locked) == (1_000.0, 0.0, 0.0)


def test_fees_go_to_the_treasury_of_the_chain_of_departure():
    stage = Stage((LockAndMint, {"fee": 0.01, "flat_fee": 2.0}))
    quoted = stage.bridge.quote("home", "left", 100.0)
    assert (quoted.received, quoted.fee, quoted.seconds) == (97.0, 3.0, 60.0)
    assert stage.send("alice", 100.0, "home", "left").results == (97.0,)
    assert stage.ledgers["home"].balance("tok", stage.bridge.treasury) == 3.0


@pytest.mark.parametrize(
    ("start", "end", "amount", "reason"),
    [
        ("home", "home", 1.0, "no_route"),
        ("home", "nowhere", 1.0, "no_route"),
        ("home", "left", 0.0, "invalid_amount"),
        ("home", "left", 1e6, "insufficient_balance"),
    ],
)
def test_what_cannot_be_sent_is_refused(start, end, amount, reason):
    assert stage_reason(Stage((LockAndMint, {})), amount, start, end) == reason


def stage_reason(stage, amount, start="home", end="left"):
    receipt = stage.send("alice", amount, start, end)
    assert not stage.bridge.messages
    return receipt.reason.partition(":")[0]


def test_a_pause_and_a_halt():
    stage = Stage((LockAndMint, {}))
    stage.send("alice", 10.0, "home", "left")
    stage.bridge.governors = (stage.people["bob"],)
    pause = Govern(target="bridge0", changes=(("paused", True),))
    assert stage.do("alice", "left", pause).reason.startswith("not_a_governor")
    assert stage.do("bob", "left", pause).ok
    assert stage.send("alice", 1.0, "home", "left").reason.startswith("paused")
    stage.bridge.halt(300.0)
    stage.wait(240)
    assert stage.held("alice", "left") == 0.0
    stage.wait(120)
    assert stage.held("alice", "left") == 10.0
    assert stage.do("bob", "home", Govern(target="bridge0", changes=(("home", "left"),))).reason.startswith("invalid_parameters")
    assert stage.do("bob", "home", Govern(target="bridge0", changes=(("delays.right", 5.0), ("paused", False)))).ok
    assert stage.bridge.quote("home", "right", 1.0).seconds == 5.0


def test_a_chain_that_builds_no_blocks_holds_its_messages_up():
    stage = Stage((LockAndMint, {}))
    stage.send("alice", 10.0, "home", "left")
    stage.chains["left"].halt(500.0)
    stage.wait(480)
    assert stage.held("alice", "left") == 0.0
    stage.wait(60)
    assert stage.world.events.frame("bridge_messages").time.tolist() == [0.0, 500.0]


def test_the_rate_limit_is_a_bucket():
    limits = {"limit": 100.0, "limit_refill": 86_400.0}
    stage = Stage((LockAndMint, limits))
    assert stage.send("alice", 80.0, "home", "left").ok
    assert stage.send("alice", 30.0, "home", "left").reason.startswith("rate_limited")
    assert stage.send("alice", 30.0, "home", "right").ok, "each direction has its own"
    stage.world.clock.advance(10.0)
    assert stage.bridge.room("home", "left") == pytest.approx(30.0)
    assert stage.send("alice", 30.0, "home", "left").ok
    late = Stage((LockAndMint, {**limits, "over_limit": "wait"}))
    assert late.send("alice", 400.0, "home", "left").ok
    assert next(iter(late.bridge.messages.values())).due == pytest.approx(60.0 + 300.0)


def test_a_message_is_processed_once_whatever_its_order():
    stage = Stage((LockAndMint, {}))
    for amount in (10.0, 20.0):
        stage.send("alice", amount, "home", "left")
    first, second = list(stage.bridge.messages)
    assert stage.bridge.deliver(second) == 20.0
    assert stage.bridge.deliver(second) == 0.0
    stage.bridge.postpone(first, 120.0)
    stage.wait(60)
    assert stage.held("alice", "left") == 20.0
    stage.wait(120)
    assert stage.held("alice", "left") == 30.0
    assert stage.bridge.deliver(first) == 0.0


def test_a_claimed_message_waits_to_be_collected():
    stage = Stage((LockAndMint, {"claimed": True}))
    stage.send("alice", 50.0, "home", "left")
    stage.wait(60)
    stage.send("alice", 50.0, "left", "home")
    assert stage.collect("alice", "home").reason.startswith("nothing_due")
    stage.wait(120)
    assert stage.held("alice", "home") == 950.0
    assert stage.collect("bob", "home").reason.startswith("nothing_due")
    assert stage.collect("alice", "home").results == (50.0,)


def drained(**given):
    """Alice and Bob have 100 each on the left and on the right; half of it all is drained."""
    stage = Stage((LockAndMint, given), claim=True)
    stage.send("alice", 100.0, "home", "left")
    stage.send("bob", 100.0, "home", "right")
    stage.wait(60)
    assert stage.bridge.drain(100.0, stage.people["thief"]) == 100.0
    return stage


def test_after_a_drain_the_first_are_paid_and_the_last_are_owed():
    stage = drained()
    assert (stage.bridge.hole, stage.held("thief", "home")) == (100.0, 100.0)
    stage.send("alice", 80.0, "left", "home")
    stage.send("bob", 100.0, "right", "home")
    stage.wait(60)
    assert (stage.held("alice", "home"), stage.held("bob", "home")) == (980.0, 920.0)
    owed = stage.bridge.waiting_for(stage.people["bob"])
    assert [message.amount for message in owed] == [80.0]
    assert stage.bridge.next_due() == math.inf
    stage.send("thief", 90.0, "home", "left")
    stage.wait(120)
    assert stage.held("bob", "home") == 1_000.0, "what comes in pays what is owed"
    assert stage.bridge.locked == pytest.approx(10.0)


def test_the_bridged_supply_alone_bears_it_alike():
    stage = drained(loss="bridged", allocation_delay=600.0)
    assert stage.world.targets["tok_l"].price_of_one() == pytest.approx(0.5)
    assert stage.world.targets["tok"].price_of_one() == 1.0
    stage.wait(660)
    assert stage.bridge.rule == "bridged"
    for who, chain in (("alice", "left"), ("bob", "right")):
        assert stage.send(who, 100.0, chain, "home").results == (pytest.approx(50.0),)
    stage.wait(60)
    assert stage.bridge.hole == pytest.approx(0.0, abs=1e-9)
    assert stage.bridge.locked == pytest.approx(0.0, abs=1e-9)


def test_one_chain_bears_it_and_nobody_gains_by_crossing():
    stage = drained(loss="chain", loss_chain="right")
    stage.bridge.allocate_loss()
    forms = [stage.world.targets[token] for token in ("tok_l", "tok_r")]
    assert [form.price_of_one() for form in forms] == pytest.approx([1.0, 0.0])
    half = drained(loss="chain", loss_chain="right")
    half.bridge.allocate_loss()
    half.bridge.hole, half.bridge.locked = 50.0, 150.0
    half.ledgers["home"].move("tok", half.people["thief"], half.bridge.account, 50.0)
    right = half.world.targets["tok_r"]
    assert half.bridge.haircuts().forms == {"left": 0.0, "right": 0.5}
    assert half.send("alice", 40.0, "left", "right").results == (pytest.approx(80.0),)
    assert right.price_of_one() == pytest.approx(0.5)
    half.wait(60)
    assert right.price_of_one() == pytest.approx(0.5)
    assert half.send("bob", 100.0, "right", "left").results == (pytest.approx(50.0),)
    half.wait(60)
    assert right.price_of_one() == pytest.approx(0.5)


def test_all_holders_bear_it_through_the_rate_at_home():
    stage = drained(loss="spread")
    share = 100.0 / (SUPPLY + 100.0)
    assert stage.bridge.haircuts().home == pytest.approx(share)
    assert stage.bridge.allocate_loss() == 0.0
    assert stage.world.targets["tok"].price_of_one() == pytest.approx(1.0 - share)
    assert stage.world.targets["tok_l"].price_of_one() == 1.0, "the form is whole; what it stands on has fallen"
    assert stage.send("alice", 100.0, "left", "home").results == (100.0,)


def test_an_insurer_pays_as_far_as_the_cover_goes():
    stage = drained(loss="insured", cover=60.0)
    assert stage.bridge.haircuts().insured == 60.0
    assert stage.bridge.allocate_loss() == pytest.approx(40.0)
    assert stage.world.targets["tok_l"].price_of_one() == pytest.approx(0.8)
    assert stage.bridge.allocate_loss() == pytest.approx(40.0), "cover pays once"


def test_a_spread_over_a_native_token_falls_to_its_forms():
    stage = Stage((LockAndMint, {"loss": "spread"}))
    stage.send("alice", 100.0, "home", "left")
    stage.wait(60)
    stage.bridge.drain(25.0)
    assert stage.bridge.allocate_loss() == 25.0
    assert stage.send("alice", 100.0, "left", "home").results == (pytest.approx(75.0),)


def test_an_unbacked_mint_is_a_declared_hole():
    stage = drained()
    before = stage.world.targets["tok_l"].impaired
    assert stage.bridge.mint_unbacked("left", 300.0, stage.people["thief"]) == 300.0
    assert (stage.bridge.hole, stage.held("thief", "left")) == (400.0, 300.0)
    assert stage.world.targets["tok_l"].impaired > before
    assert stage.world.audit() == []


def test_a_book_that_does_not_add_up_is_found():
    stage = drained()
    stage.bridge.hole -= 1.0
    assert [identity.place for identity in stage.world.audit()] == ["bridge.bridge0 backing"]
