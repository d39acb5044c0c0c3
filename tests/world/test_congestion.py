"""A gas spike and a halted sequencer delay posts, repayments and liquidations alike; transactions wait, are outbid, fail and still pay."""

from __future__ import annotations

import math

import pytest

from experiments.inputs import Inputs
from experiments.load import read
from experiments.run import open_ecosystem, release
from model.core.actions import Post, Repay, Take, Transaction, Transfer
from model.core.units import GWEI
from model.markets.pooled_liquidation import Liquidate
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


ORDERINGS = ("first_price", "base_fee", "sealed_bid", "sequencer")
CHEAP = {"gas_price": 3.0, "block_time": 12.0}


def usual(kind):
    """Every sender with a tip that gets in while nothing happens."""
    return {name: {"tip": 6.0 if kind == "first_price" else 0.1} for name in ("oracles", "liquidators", "borrowers")}


def urgent(kind):
    return {name: {**entry, "urgency": 1.5, "highest_tip": 50_000.0, "purse": 1000.0} for name, entry in usual(kind).items()}


def crashed(kind, agents, spike=True):
    """Delays from a crash that comes with a spike of an hour: first post, repayment, liquidation."""
    shocks = {"spike": {"kind": "gas_spike", "on": "ethereum", "at": 1800, "lasts": 3600, "factor": 400.0}} if spike else {}
    return delays(shocks, agents, ticks=24, ordering={"kind": kind}, **CHEAP)


@pytest.mark.parametrize("kind", ORDERINGS)
def test_a_spike_delays_posts_repayments_and_liquidations_under_every_ordering(kind):
    calm, outbid = crashed(kind, usual(kind), spike=False), crashed(kind, usual(kind))
    # A first-price bid waits for the spike's end; a base fee lets everybody in once it has caught up with demand.
    least = 3600.0 if kind == "first_price" else math.log(200.0) / math.log(1.125) * 12.0 - 120.0
    assert max(calm) < 900.0
    assert min(outbid) > least
    for before, after in zip(calm, outbid, strict=True):
        assert after > before + least - 300.0


@pytest.mark.parametrize("kind", ORDERINGS)
def test_urgent_senders_outbid_a_spike_where_tips_count(kind):
    found = crashed(kind, urgent(kind))
    if kind == "sequencer":
        assert min(found) > 300.0  # first come, first served: no tip makes room
    else:
        assert max(found) < 400.0


@pytest.mark.parametrize("kind", ORDERINGS)
def test_a_post_a_repayment_and_a_liquidation_wait_alike(kind):
    """Submitted together at the usual tip, by senders who do not wait for each other."""
    model = opened(
        {}, {"oracles": {"latency": 1e9}, "borrowers": {"latency": 1e9}, "liquidators": {"latency": 1e9}}, ordering={"kind": kind}, **CHEAP
    )
    stepped(model, 8)
    world, chain = model.world, model.world.chains["ethereum"]
    market, feed = world.targets["aave"], world.targets["usdc_eth"]
    chain.pending.clear()
    row = next(row for row in range(len(market.book)) if market.debts_of(market.book.owners[row]).get("usdc", 0.0) > 1.0)
    borrower, taker = market.book.owners[row], world.accounts.of("liquidators")
    world.ledgers["ethereum"].create("usdc", borrower, 10.0, "genesis")
    tip = usual(kind)["oracles"]["tip"] * GWEI
    sent = {
        feed.reporters[0]: Post(target="usdc_eth", value=feed.candidate()),
        borrower: Repay(target="aave", token="usdc", amount=1.0),
        taker: Take(target="aave", item=Liquidate(borrower, "steth", "usdc"), amount=1.0),
    }
    chain.course.factor *= 400.0
    chain.move(world.clock.now)
    for account, action in sent.items():
        chain.submit(account, Transaction((action,), tip=tip), world.clock.now)
    done, start = {}, world.clock.now
    while len(done) < 3 and world.clock.now < start + 7200.0:
        if world.clock.now >= start + 3600.0 and chain.course.factor > 1.0:
            chain.course.factor = 1.0
            chain.move(world.clock.now)
        world.clock.advance(chain.next_time())
        chain.open_block(world.clock.now)
        done |= {account: world.clock.now - start for account, _ in chain.fill(world.clock.now)}
    assert len(done) == 3
    assert min(done.values()) > 300.0
    assert max(done.values()) - min(done.values()) <= 24.0
    release(model)


@pytest.mark.parametrize("kind", ORDERINGS)
def test_a_transaction_that_is_outbid_expires_and_pays_nothing(kind):
    model = opened({}, {"lenders": {"period": 1e9}}, ordering={"kind": kind}, **CHEAP)
    world, chain = model.world, model.world.chains["ethereum"]
    account = world.accounts.of("lenders")
    before = chain.purses.get(0, account)
    chain.course.factor = 400.0
    chain.move(world.clock.now)
    move = Transfer(target="ethereum", token="usdc", amount=0.0, to=account)
    chain.submit(account, Transaction((move,), tip=0.1 * GWEI, expires_at=world.clock.now + 60.0), world.clock.now)
    receipts = []
    while not receipts:
        world.clock.advance(chain.next_time())
        chain.open_block(world.clock.now)
        receipts = [receipt for _, receipt in chain.fill(world.clock.now)]
    assert [receipt.status for receipt in receipts] == ["expired"]
    assert 60.0 < world.clock.now - world.clock.start <= 72.0
    assert chain.purses.get(0, account) == before
    assert world.events.frame("refused")["reason"].tolist() == ["expired"]
    release(model)


def test_an_outbid_sender_bids_anew():
    """The spike comes while a post is on its way at the usual tip: it expires, and an urgent reporter makes it again with a better one."""
    shocks = {"spike": {"kind": "gas_spike", "on": "ethereum", "at": 1800, "lasts": 36_000, "factor": 400.0}}
    agents = urgent("first_price")
    agents["oracles"] |= {"patience": 120.0, "latency": 600.0}
    model = stepped(opened(shocks, agents, ordering={"kind": "first_price"}, **CHEAP), 24)
    refused = model.world.events.frame("refused")
    landed = first(model, "posts", 1800)
    assert landed < 36_000.0
    late = refused[(refused["reason"] == "expired") & refused["account"].str.startswith("oracles")]
    assert len(late) > 0
    release(model)


def test_only_borrowers_near_liquidation_are_urgent():
    model = opened({}, urgent("first_price"), ordering={"kind": "first_price"}, **CHEAP)
    chain = model.world.chains["ethereum"]
    chain.course.factor = 400.0
    chain.move(model.world.clock.now)
    manager = next(decider for decider in model.deciders if type(decider).__name__ == "HealthManager")
    assert manager.tip_at(1.09) > 100.0 * manager.tip_at(1.11) > 0.0
    assert manager.tip_at(1.11) == pytest.approx(6.0 * GWEI)
    release(model)


def test_liquidators_bid_a_share_of_their_profit_against_each_other():
    def tips(share):
        model = opened({}, {"liquidators": {"tip_share": share, "latency": 0.0}})
        seen = []
        chain = model.world.chains["ethereum"]
        submit = chain.submit

        def noted(sender, transaction, eligible):
            if any(action.verb == "take" for action in transaction.actions):
                seen.append(transaction.tip * chain.gas_of(transaction))
            return submit(sender, transaction, eligible)

        chain.submit = noted
        stepped(model, 16)
        paid = model.world.events.frame("liquidations")
        release(model)
        return seen, len(paid)

    usual_tips, few = tips(0.0)
    shared, many = tips(0.5)
    assert few > 0
    assert many > 0
    assert max(usual_tips) < 0.01
    assert max(shared) > 20.0 * max(usual_tips)
    assert max(shared) <= 2_000.0 * GWEI * 1e6


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
