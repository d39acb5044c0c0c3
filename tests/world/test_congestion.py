"""A gas spike and a halted sequencer delay posts, repayments and liquidations alike; transactions wait, are outbid, fail and still pay."""

from __future__ import annotations

import pytest

from experiments.inputs import Inputs
from experiments.load import read
from experiments.run import open_ecosystem
from model.core.actions import Transaction, Transfer
from model.core.units import GWEI
from tests.experiments.small import small

CRASH = {"kind": "price_crash", "at": 1800, "tokens": ["eth"], "factor": 0.45}


def opened(shocks, agents=None, **chain):
    raw = small()
    raw["run"]["tick"] = 300.0
    raw["prices"]["eth"] = {"kind": "constant", "value": 2000.0}
    raw["shocks"] = {"crash": CRASH, **shocks}
    raw["chains"]["ethereum"] |= chain
    for name, changes in (agents or {}).items():
        raw["agents"][name] |= changes
    return open_ecosystem(read(raw).scenario, 1, Inputs())


def stepped(model, ticks):
    for _ in range(ticks):
        model.step()
    assert model.world.audit() == []
    return model


def first(model, kind, after):
    times = model.world.events.frame(kind)["time"] - model.world.clock.start
    found = times[times > after]
    return float(found.min()) if len(found) else float("inf")


def delays(shocks, agents=None, ticks=24, **chain):
    """Seconds from the crash to the first post, to the first repayment or swap of a borrower, to the first liquidation."""
    model = stepped(opened(shocks, agents, **chain), ticks)
    lending = model.world.events.frame("lending")
    repaid = lending[lending["verb"] == "repay"]["time"] - model.world.clock.start
    return first(model, "posts", 1799) - 1800, float(repaid[repaid > 1800].min()) - 1800, first(model, "liquidations", 1799) - 1800


def test_a_halt_delays_posts_repayments_and_liquidations_alike():
    calm = delays({})
    halted = delays({"halt": {"kind": "sequencer_halt", "on": "ethereum", "at": 1500, "lasts": 3600}})
    for before, after in zip(calm, halted, strict=True):
        assert before < 600.0
        assert 3300.0 <= after < 3300.0 + 900.0


def test_a_gas_spike_delays_whoever_pays_the_usual_tip():
    spike = {"spike": {"kind": "gas_spike", "on": "ethereum", "at": 1500, "lasts": 3600, "factor": 40.0}}
    first_price = {"ordering": {"kind": "first_price"}, "gas_price": 30.0}
    usual = {name: {"tip": 60.0} for name in ("oracles", "liquidators", "borrowers")}
    calm = delays({}, usual, **first_price)
    outbid = delays(spike, usual, **first_price)
    for before, after in zip(calm, outbid, strict=True):
        assert before < 900.0
        assert after > 3300.0


def test_the_urgent_post_in_spite_of_the_spike():
    spike = {"spike": {"kind": "gas_spike", "on": "ethereum", "at": 1500, "lasts": 3600, "factor": 40.0}}
    first_price = {"ordering": {"kind": "first_price"}, "gas_price": 30.0}
    urgent = {name: {"tip": 60.0, "urgency": 1.5, "highest_tip": 50_000.0} for name in ("oracles", "liquidators", "borrowers")}
    assert delays(spike, urgent, **first_price)[0] < 900.0


def test_the_grace_period_runs_after_a_halt_and_ends():
    halt = {"halt": {"kind": "sequencer_halt", "on": "ethereum", "at": 1500, "lasts": 1800}}
    model = opened(halt, grace_period=1800.0)
    stepped(model, 11)
    assert model.world.chains["ethereum"].in_grace
    stepped(model, 8)
    assert not model.world.chains["ethereum"].in_grace


@pytest.mark.parametrize(("kind", "pays"), [("base_fee", True), ("sealed_bid", False)])
def test_who_fails_pays_and_takes_room_unless_bids_are_sealed(kind, pays):
    model = opened({}, {"lenders": {"period": 1e9}}, ordering={"kind": kind})
    chain = model.world.chains["ethereum"]
    loser = model.world.accounts.of("lenders")
    before = chain.purses.get(0, loser)
    move = Transfer(target="ethereum", token="usdc", amount=1e15, to=0)
    chain.submit(loser, Transaction((move,), tip=2 * GWEI), model.world.clock.now)
    model.world.clock.advance(chain.next_time())
    chain.open_block(model.world.clock.now)
    (receipt,) = [receipt for _, receipt in chain.fill(model.world.clock.now)]
    assert receipt.status == "reverted"
    assert (chain.purses.get(0, loser) < before) is pays
    assert (chain._last_used > 0.0) is pays


def test_the_express_lane_overtakes():
    ordering = {"kind": "sequencer", "express_advantage": 0.2, "express_price": 1.0}
    model = opened({}, ordering=ordering, block_time=0.25)
    world, chain = model.world, model.world.chains["ethereum"]
    slow, fast = world.accounts.of("lenders"), world.accounts.of("lenders") + 1
    order = []
    for account, tip in ((slow, 0.0), (fast, 2 * GWEI)):
        move = Transfer(target="ethereum", token="usdc", amount=0.0, to=account)
        chain.submit(account, Transaction((move,), tip=tip), world.clock.now)
        model._pending[account] = 1
    world.clock.advance(chain.next_time())
    chain.open_block(world.clock.now)
    order = [account for account, _ in chain.fill(world.clock.now)]
    assert order == [fast, slow]
