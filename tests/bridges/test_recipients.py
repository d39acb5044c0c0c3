"""Who may be sent to: an account that somebody has and that may hold the token; what is not theirs to take waits, and nothing is lost."""

import pytest

from model.bridges import Canonical, Liquidity, LockAndMint, Solvers
from model.core.actions import Bridge as Send
from model.core.actions import Transfer
from tests.bridges.stage import Stage


def sent_to(stage, recipient, bridge="bridge0"):
    receipt = stage.do("alice", "home", Send(target=bridge, token="tok", amount=60.0, to_chain="left", recipient=recipient))
    stage.wait(120)
    return receipt


@pytest.mark.parametrize("stranger", [-1, 10**6])
def test_accounts_that_nobody_has_get_nothing(stranger):
    stage = Stage((LockAndMint, {}))
    assert sent_to(stage, stranger).reason.startswith("not_a_holder: account")
    assert stage.held("alice", "home") == 1_000.0
    assert stage.do("alice", "home", Transfer(target="home", token="tok", amount=1.0, to=stranger)).reason.startswith("not_a_holder")


@pytest.mark.parametrize("name", ["bridge bridge0", "bridge bridge1", "chain left"])
def test_the_accounts_of_bridges_and_chains_get_nothing(name):
    stage = Stage((LockAndMint, {}), (LockAndMint, {}))
    assert sent_to(stage, stage.world.accounts.of(name)).reason == f"not_a_holder: {name}"
    assert not stage.bridge.messages


@pytest.mark.parametrize("inventory", [100.0, 10.0])
def test_solvers_pay_no_bridge_from_their_inventory_nor_over_the_slow_one(inventory):
    stage = Stage((Solvers, {"via": "bridge1", "inventory": {"left": inventory}}), (Canonical, {}))
    stage.bridges["bridge1"].open_native()
    for account in (stage.bridge.account, stage.bridges["bridge1"].account, 10**6):
        assert sent_to(stage, account).reason.startswith("not_a_holder")
    assert sent_to(stage, stage.people["bob"]).ok


def test_a_holding_beside_what_is_locked_is_found():
    stage = Stage((LockAndMint, {}))
    stage.send("alice", 100.0, "home", "left")
    stage.ledgers["home"].move("tok", stage.people["bob"], stage.bridge.account, 1.0)
    assert [identity.place for identity in stage.world.audit()] == ["bridge.bridge0 locked"]


@pytest.mark.parametrize("source", ["outside", "claim", "debt", "genesis"])
@pytest.mark.parametrize("claim", [False, True])
def test_supply_of_a_form_that_no_bridge_minted_is_found(source, claim):
    stage = Stage((LockAndMint, {}), claim=True) if claim else Stage((LockAndMint, {}), (Canonical, {}))
    stage.send("alice", 100.0, "home", "left")
    stage.wait(60)
    stage.ledgers["left"].create("tok_l", stage.people["bob"], 1e-4, source)
    assert [identity.place for identity in stage.world.audit()] == ["bridge.bridge0 supply of tok_l on left"]


def restricted(kind, **given):
    """A stage on which only those named may hold the token at home."""
    stage = Stage((kind, given))
    admitted = {stage.bridge.account, stage.bridge.treasury, *stage.people.values()}
    stage.ledgers["home"].admit("tok", admitted.__contains__)
    return stage, admitted


@pytest.mark.parametrize(("kind", "given"), [(LockAndMint, {}), (Liquidity, {"reserves": {"home": 100.0, "left": 100.0}})])
def test_admission_is_checked_before_departure(kind, given):
    stage, admitted = restricted(kind, **given)
    stage.send("alice", 50.0, "home", "left")
    stage.wait(60)
    held = stage.held("alice", "left")
    admitted.discard(stage.people["bob"])
    assert stage.send("alice", 20.0, "left", "home", to="bob").reason == "not_admitted: tok to bob"
    assert stage.held("alice", "left") == held
    assert stage.send("alice", 20.0, "left", "home").ok


def test_a_bridge_keeps_no_fee_where_there_is_none():
    stage, admitted = restricted(LockAndMint)
    admitted.discard(stage.bridge.treasury)
    assert stage.send("alice", 50.0, "home", "left").ok


def test_who_may_no_longer_hold_the_token_at_arrival_is_owed_it_until_they_may():
    stage, admitted = restricted(LockAndMint)
    stage.send("alice", 50.0, "home", "left")
    stage.wait(60)
    stage.send("alice", 30.0, "left", "home")
    stage.send("alice", 20.0, "left", "home", to="bob")
    admitted.discard(stage.people["alice"])
    stage.wait(180)
    assert stage.held("bob", "home") == 1_020.0, "nobody waits for her"
    assert (stage.held("alice", "home"), stage.bridge.in_flight("home"), stage.bridge.locked) == (950.0, 30.0, 30.0)
    assert stage.collect("alice", "home").reason.startswith("not_admitted")
    admitted.add(stage.people["alice"])
    assert stage.collect("alice", "home").results == (30.0,)
    assert stage.held("alice", "home") == 980.0


def test_inventory_that_solvers_may_no_longer_hold_waits_on_the_slow_bridge():
    stage = Stage((Solvers, {"via": "bridge1", "inventory": {"home": 100.0}}), (Canonical, {"claimed": True, "challenge_period": 600.0}))
    stage.send("alice", 100.0, "home", "left", bridge="bridge1")
    stage.wait(960)
    accounts = {*stage.people.values(), *(account for one in stage.bridges.values() for account in (one.account, one.treasury))}
    stage.ledgers["home"].admit("tok", accounts.__contains__)
    assert stage.send("alice", 50.0, "left", "home").ok
    accounts.discard(stage.bridge.account)
    stage.wait(1_200)
    assert stage.bridges["bridge1"].in_flight("home") == pytest.approx(50.0)
    assert stage.bridge.next_due() == float("inf")
    accounts.add(stage.bridge.account)
    stage.bridge.settle(stage.world.clock.now)
    assert stage.bridges["bridge1"].in_flight("home") == 0.0
