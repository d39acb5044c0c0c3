"""Timelocks, guardians and stewards over a small world."""

from __future__ import annotations

import pytest

from experiments.inputs import Inputs
from experiments.load import read
from experiments.run import open_ecosystem
from model.core.actions import Govern, Transaction
from model.core.errors import BadInput
from model.world.timelock import Aim
from tests.experiments.small import small

FREEZE = {"reserves.steth.frozen": True, "reserves.steth.ltv": 0.0}


def raw_with(agents=None, governance=None, **sections):
    raw = small()
    raw["prices"]["eth"] = {"kind": "constant", "value": 2000.0}
    raw["agents"] |= agents or {}
    if governance:
        raw["governance"] = governance
    for name, value in sections.items():
        raw[name] = {**raw.get(name, {}), **value}
    return raw


def opened(*args, **sections):
    return open_ecosystem(read(raw_with(*args, **sections)).scenario, 1, Inputs())


def stepped(model, ticks):
    for _ in range(ticks):
        model.step()
    assert model.world.audit() == []
    return model


def reserve(model, token="steth"):
    return model.world.targets["aave"].params.reserves[token]


def faults(*args, **sections):
    with pytest.raises(BadInput) as refused:
        opened(*args, **sections)
    return "\n".join(map(str, refused.value.faults))


LOCK = {"lock": {"chain": "ethereum", "delay": 3600.0, "targets": ["aave"]}}


def test_a_guardian_freezes_after_its_reaction_to_a_shock():
    guardian = {"kind": "guardian", "target": "aave", "changes": FREEZE, "after": "crash", "reaction": 1800.0}
    crash = {"kind": "price_crash", "at": 600, "tokens": ["eth"], "factor": 0.9}
    model = opened({"guardian": guardian}, shocks={"crash": crash})
    stepped(model, 4)
    assert not reserve(model).frozen
    stepped(model, 2)
    assert reserve(model).frozen
    assert reserve(model).ltv == 0.0
    events = model.world.events.frame("governance")
    assert set(events["place"]) == set(FREEZE)
    start = model.world.events.frame("shocks")["time"].iloc[0]
    assert events["time"].min() == pytest.approx(start + 1800.0, abs=30.0)


def test_a_guardian_acts_on_a_condition():
    guardian = {
        "kind": "guardian", "target": "aave", "changes": {"reserves.usdc.borrow_cap": 1.0}, "when": "price:eth", "level": 1500.0,
        "side": "below",
    }  # fmt: skip
    crash = {"kind": "price_crash", "at": 1200, "tokens": ["eth"], "factor": 0.7}
    model = stepped(opened({"guardian": guardian}, shocks={"crash": crash}), 2)
    assert reserve(model, "usdc").borrow_cap is None
    stepped(model, 3)
    assert reserve(model, "usdc").borrow_cap == 1.0


def test_a_circuit_breaker_lifts():
    breaker = {
        "kind": "guardian", "target": "aave", "changes": {"reserves.steth.paused": True}, "when": "price:eth", "level": 1500.0,
        "side": "below", "lifts": 1800.0,
    }  # fmt: skip
    crash = {"kind": "price_crash", "at": 600, "tokens": ["eth"], "factor": 0.7, "lasts": 600}
    model = stepped(opened({"breaker": breaker}, shocks={"crash": crash}), 3)
    assert reserve(model).paused
    stepped(model, 5)
    assert not reserve(model).paused
    assert len(model.world.events.frame("governance")) == 2


def test_a_rate_curve_can_be_replaced():
    curve = {"kind": "kinked", "optimal_utilisation": 0.5, "slope1": 0.1, "slope2": 2.0}
    guardian = {"kind": "guardian", "target": "aave", "changes": {"reserves.usdc.rate": curve}, "at": 600}
    model = stepped(opened({"guardian": guardian}), 3)
    assert reserve(model, "usdc").rate.params.slope2 == 2.0


def test_a_proposal_waits_for_its_timelock():
    guardian = {"kind": "guardian", "target": "aave", "changes": FREEZE, "through": "lock", "at": 600}
    model = stepped(opened({"guardian": guardian}, LOCK), 6)
    assert len(model.world.targets["lock"].queue) == 1
    assert not reserve(model).frozen
    stepped(model, 2)
    assert reserve(model).frozen
    events = model.world.events.frame("governance")
    queued, done = events[events["target"] == "lock"], events[events["target"] == "aave"]
    assert done["time"].min() - queued["time"].min() == pytest.approx(3600.0)


def test_nobody_else_may_govern_what_a_timelock_governs():
    guardian = {"kind": "guardian", "target": "aave", "changes": FREEZE, "through": "lock", "at": 60_000}
    model = opened({"guardian": guardian}, LOCK)
    chain, stranger = model.world.chains["ethereum"], model.world.accounts.of("lenders")
    direct = Govern(target="aave", changes=tuple(FREEZE.items()))
    proposed = Govern(target="lock", changes=tuple(FREEZE.items()), terms=Aim("aave"))
    now = model.world.clock.now
    assert chain.execute(stranger, Transaction((direct,)), now).reason.startswith("not_a_governor")
    assert chain.execute(stranger, Transaction((proposed,)), now).reason.startswith("not_a_proposer")


def test_what_a_target_refuses_is_a_revert():
    model = opened({}, LOCK)
    chain, account = model.world.chains["ethereum"], model.world.accounts.of("lenders")
    proposed = Govern(target="lock", changes=(("reserves.steth.ltv", 7.0),), terms=Aim("aave"))
    assert chain.execute(account, Transaction((proposed,)), model.world.clock.now).ok
    stepped(model, 7)
    assert "invalid_parameters" in set(model.world.events.frame("reverts")["reason"])
    assert reserve(model).ltv == 0.7


def test_a_venue_is_governed_too():
    guardian = {"kind": "guardian", "target": "curve", "changes": {"fee": 0.01}, "at": 600}
    model = stepped(opened({"guardian": guardian}), 2)
    assert model.world.targets["curve"].mechanism.params.fee == 0.01


def test_faults_of_governance_are_named():
    lock = {"lock": {"chain": "ethereum", "targets": ["aave", "nothing"]}, "other": {"chain": "mars", "targets": []}}
    text = faults({}, lock)
    assert "governance.lock.targets.1: 'nothing'" in text
    assert "governance.other.chain: 'mars'" in text


def test_faults_of_guardians_are_named():
    guardian = {"kind": "guardian", "target": "aave", "changes": FREEZE, "after": "nothing"}
    assert "agents.g.after: 'nothing'; allowed: a shock" in faults({"g": guardian})
    guardian = {"kind": "guardian", "target": "aave", "changes": {"reserves.steth.froze": True}, "at": 1.0}
    assert "agents.g.changes.reserves.steth.froze: no such parameter" in faults({"g": guardian})
    guardian = {"kind": "guardian", "target": "aave", "changes": FREEZE, "at": 1.0, "after": "crash"}
    assert "one reason" in faults({"g": guardian})
    guardian = {"kind": "guardian", "target": "curve", "changes": {"fee": 0.1}, "at": 1.0, "through": "lock"}
    assert "agents.g.through: 'lock'; allowed: a timelock that governs curve" in faults({"g": guardian}, LOCK)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reserves.steth.feed": "nope"}, "no feed 'nope' on ethereum: steth_eth, usdc_eth"),
        ({"reserves.steth.ltv": 7.0}, "less than 1"),
        ({"reserves.steth.liquidation_threshold": 0.5}, "a threshold above ltv 0.7"),
        ({"numeraire": "usd"}, "numeraire is fixed at genesis"),
    ],
)
@pytest.mark.parametrize("through", [None, "lock"])
def test_what_a_target_would_refuse_is_refused_before_the_run(changes, reason, through):
    guardian = {"kind": "guardian", "target": "aave", "changes": changes, "at": 1.0, **({"through": through} if through else {})}
    text = faults({"g": guardian}, LOCK)
    assert "agents.g.changes: " in text
    assert reason in text


def test_a_trial_leaves_no_trace():
    guardian = {"kind": "guardian", "target": "aave", "changes": FREEZE, "at": 60_000.0}
    model = opened({"guardian": guardian})
    assert reserve(model).ltv == 0.7
    assert model.world.events.count("governance") == 0
    assert not model.world.journal.open


def test_a_guardian_acts_from_a_chain_that_reaches_its_target():
    far = {"far": {"ordering": {"kind": "sequencer"}}}
    guardian = {"kind": "guardian", "chain": "far", "target": "aave", "changes": FREEZE, "at": 1.0}
    assert "agents.g.chain: 'far'; allowed: a chain from which aave is reached: ethereum" in faults({"g": guardian}, chains=far)
    text = faults({"g": {**guardian, "through": "lock"}}, LOCK, chains=far)
    assert "agents.g.chain: 'far'; allowed: a chain from which lock is reached: ethereum" in text


def test_what_is_not_governed_is_no_target():
    guardian = {"kind": "guardian", "target": "usdc_eth", "changes": {"deviation": 0.01}, "at": 1.0}
    model = opened()
    if "govern" not in model.world.targets["usdc_eth"].verbs:
        assert "agents.g.target: 'usdc_eth'; allowed: something that is governed" in faults({"g": guardian})
    trove = {"kind": "liquity", "chain": "ethereum", "collateral": "eth", "stablecoin": "lusd", "numeraire": "eth"}
    lock = {"lock": {"chain": "ethereum", "targets": ["troves"]}}
    tokens = {"lusd": {"chain": "ethereum"}}
    prices = {"lusd": {"kind": "constant", "value": 1.0}}
    text = faults({}, lock, markets={"troves": trove}, tokens=tokens, prices=prices)
    assert "governance.lock.targets.0: 'troves' of kind liquity: the contracts are immutable" in text
    guardian |= {"target": "troves", "changes": {"least_ratio": 1.2}}
    text = faults({"g": guardian}, markets={"troves": trove}, tokens=tokens, prices=prices)
    assert "agents.g.target: 'troves'; allowed: something that is governed (troves: the contracts are immutable" in text


def test_faults_of_shocks_are_named():
    text = faults(shocks={
        "a": {"kind": "price_crash", "tokens": ["eth", "gold"]},
        "b": {"kind": "gas_spike", "on": "mars", "at": 0},
        "c": {"kind": "slashing", "claim": "usdc", "when": "mood:eth"},
        "d": {"kind": "depth_collapse", "venue": "book", "when": "utilisation:aave dai"},
    })  # fmt: skip
    for part in (
        "shocks.a: neither at nor when", "shocks.a.tokens: 'gold'", "shocks.b.on: 'mars'", "shocks.c.claim: 'usdc'",
        "shocks.c.when: 'mood:eth'", "shocks.d.when: 'utilisation:aave dai'",
    ):  # fmt: skip
        assert part in text
