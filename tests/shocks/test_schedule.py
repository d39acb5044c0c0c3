"""Shocks strike at their second, whatever the tick, after others and on what can be seen."""

import pytest

from experiments.inputs import Inputs
from experiments.load import read
from experiments.run import open_ecosystem
from experiments.scenario import Scenario
from model.core.errors import BadInput
from tests.experiments.small import small
from tests.experiments.two_chains import two_chains
from tests.shocks.test_shocks import opened, stepped

MINUTE = {"tick": 60.0}


@pytest.mark.parametrize(("at", "lasts"), [(90.0, 20.0), (90.0, 600.0), (61.0, 3.0)])
def test_a_halt_lasts_as_long_as_it_says(at, lasts):
    model = opened({"halt": {"kind": "sequencer_halt", "at": at, "lasts": lasts, "on": "ethereum"}}, run=MINUTE)
    chain, start = model.world.chains["ethereum"], model.world.clock.start
    halts = []
    halt = chain.halt
    chain.halt = lambda until: (halts.append((model.world.clock.elapsed, until - start)), halt(until))
    stepped(model, 12)
    assert halts == [(at, at + lasts)]
    frame = model.world.events.frame("shocks")
    assert list(zip(frame["step"], frame["time"] - start, strict=True)) == [("start", at), ("end", at + lasts)]


def test_a_spike_shorter_than_a_tick_is_felt_and_ends():
    model = opened({"spike": {"kind": "gas_spike", "at": 90.0, "lasts": 20.0, "on": "ethereum", "factor": 50.0}}, run=MINUTE)
    chain, seen = model.world.chains["ethereum"], []
    move = chain.move
    chain.move = lambda now: (move(now), seen.append((now - model.world.clock.start, chain.demand)))
    calm = chain.demand
    stepped(model, 3)
    assert (90.0, pytest.approx(50.0 * calm)) in seen
    assert (110.0, pytest.approx(calm)) in seen
    assert chain.demand == pytest.approx(calm)


def test_a_crash_between_ticks_strikes_at_its_second():
    model = opened({"crash": {"kind": "price_crash", "at": 90.0, "lasts": 20.0, "tokens": ["eth"], "factor": 0.5}}, run=MINUTE)
    seen = []
    restate = model.world.board.restate
    model.world.board.restate = lambda token: (
        restate(token), seen.append((model.world.clock.elapsed, round(model.world.board.true[token], 6))),
    )  # fmt: skip
    stepped(model, 3)
    assert seen == [(90.0, 1000.0), (110.0, 2000.0)]


def test_what_is_due_at_a_tick_comes_after_its_prices():
    table = {"kind": "table", "from_start": True, "times": [0, 599, 600], "values": [2000.0, 2000.0, 1000.0]}
    freeze = {"kind": "oracle_freeze", "at": 600, "feeds": ["rate"]}
    raw = small() | {"shocks": {"freeze": freeze}}
    raw["prices"]["eth"] = table
    raw["feeds"]["rate"] = {"chain": "ethereum", "mechanism": {"kind": "median", "sources": ["price:usdc/eth"]}}
    # By the schema alone: the checks refuse a feed that sees true prices without a reporter.
    model = stepped(open_ecosystem(Scenario.read(raw), 1, Inputs()), 3)
    assert model.world.targets["rate"].value() == pytest.approx(1.0 / 1000.0)


def test_one_shock_follows_another():
    first = {"kind": "price_crash", "when": "price:eth", "level": 1500.0, "side": "below", "tokens": ["usdc"], "factor": 0.9}
    root = {"kind": "price_crash", "at": 1200, "tokens": ["eth"], "factor": 0.7}
    after = {"kind": "sequencer_halt", "after": "first", "delay": 90.0, "on": "ethereum", "lasts": 30.0}
    last = {"kind": "price_crash", "after": "after", "tokens": ["eth"], "factor": 0.5}
    model = stepped(opened({"last": last, "after": after, "first": first, "root": root}), 5)
    frame = model.world.events.frame("shocks")
    starts = frame[frame["step"] == "start"]
    began = dict(zip(starts["shock"], starts["time"] - model.world.clock.start, strict=True))
    assert began["root"] == 1200.0
    assert began["first"] in (1200.0, 1800.0)
    assert began["after"] == began["first"] + 90.0
    assert began["last"] == began["after"]
    assert model.world.board.true["eth"] == pytest.approx(2000.0 * 0.35)


def test_a_condition_counts_from_its_time_on():
    crash = {"kind": "price_crash", "at": 1800, "when": "price:eth", "level": 3000.0, "side": "below", "tokens": ["eth"], "factor": 0.5}
    model = opened({"crash": crash})
    stepped(model, 3)
    assert model.world.board.true["eth"] == 2000.0
    stepped(model, 1)
    assert model.world.board.true["eth"] == 1000.0


def test_faults_of_times():
    crash = {"kind": "price_crash", "tokens": ["eth"], "factor": 0.5}
    for shocks, told in (
        ({"a": {**crash, "at": 0, "recovery": 60.0}}, "recovery: needs lasts"),
        ({"a": {**crash, "at": 0, "after": "b"}, "b": {**crash, "at": 0}}, "not both"),
        ({"a": {**crash, "at": 0, "delay": 5.0}}, "a delay counts from another shock"),
        ({"a": {**crash, "after": "b"}}, "shocks.a.after: 'b'; allowed: a shock"),
        ({"a": {**crash, "after": "b"}, "b": {**crash, "after": "a"}}, "shocks.a.after: a after b after a"),
        ({"a": {**crash, "after": "a"}}, "shocks.a.after: a after a"),
        ({"a": crash}, "shocks.a: neither at nor when"),
    ):
        with pytest.raises(BadInput) as refused:
            opened(shocks)
        assert told in str(refused.value)


def on_two_chains(shocks):
    raw = two_chains()
    raw["shocks"] = shocks
    return open_ecosystem(read(raw).scenario, 1, Inputs())


def test_a_shock_sees_a_hole_and_the_price_of_gas():
    spike = {"kind": "gas_spike", "on": "ethereum", "at": 1200, "factor": 30.0}
    seen = {"kind": "price_crash", "when": "gas:ethereum", "level": 20.0, "tokens": ["eth"], "factor": 0.5}
    drain = {"kind": "bridge_drain", "at": 1200, "bridge": "layer", "amount": 100.0}
    halt = {"kind": "bridge_halt", "bridge": "layer", "when": "hole:layer", "level": 100.0 * (1.0 - 1e-9)}
    model = on_two_chains({"halt": halt, "seen": seen, "spike": spike, "drain": drain})
    for _ in range(2):
        model.step()
    assert all(shock.began_at is None for shock in model.shocks)
    for _ in range(4):
        model.step()
    assert all(shock.began_at is not None for shock in model.shocks)
    assert model.world.audit() == []


def test_a_shock_sees_the_lowest_health_and_bad_debt():
    crash = {"kind": "price_crash", "at": 600, "tokens": ["usdc"], "factor": 3.0}
    weak = {"kind": "sequencer_halt", "on": "ethereum", "when": "lowest_health:aave", "level": 1.0, "side": "below", "lasts": 60.0}
    model = opened({"weak": weak, "crash": crash})
    model.world.targets["aave"].reserves["usdc"].deficit = 0.0
    stepped(model, 6)
    assert model.shocks[0].began_at is not None
    lost = {"kind": "sequencer_halt", "on": "ethereum", "when": "bad_debt:aave", "level": 4_000.0, "lasts": 60.0}
    model = opened({"lost": lost})
    model.step()
    reserve, market = model.world.targets["aave"].reserves["eth"], model.world.targets["aave"]
    reserve.deficit, reserve.residue = reserve.deficit + 2.1, reserve.residue + 2.1
    assert market.totals()["eth"]["bad_debt"] == 2.1
    stepped(model, 1)
    assert model.shocks[0].began_at is not None


def test_conditions_that_nothing_can_meet_are_named():
    raw = two_chains()
    raw["shocks"] = {
        "a": {"kind": "gas_spike", "on": "ethereum", "when": "hole:gate"},
        "b": {"kind": "gas_spike", "on": "ethereum", "when": "gas:mars"},
        "c": {"kind": "gas_spike", "on": "ethereum", "when": "bad_debt:nowhere"},
    }
    with pytest.raises(BadInput) as refused:
        read(raw)
    for told in ("shocks.a.when: 'hole:gate'", "shocks.b.when: 'gas:mars'", "shocks.c.when: 'bad_debt:nowhere'"):
        assert told in str(refused.value)
