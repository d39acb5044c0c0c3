"""Messages that are late, overtake each other and come twice, in running ecosystems whose books are audited after each tick."""

from __future__ import annotations

import pytest

from experiments.load import read
from model.bridges.base import Bridge
from model.core.actions import Bridge as Send
from model.core.actions import Transaction
from model.core.draws import Draws
from model.core.errors import BadInput
from model.world.mail import Lateness
from tests.agents.test_hub_borrowers import AGENTS, WORLD
from tests.agents.two_chains import opened, run_for
from tests.experiments.small import small
from tests.experiments.two_chains import two_chains
from tests.shocks.test_bridge_shocks import KINDS, strike

TO_ARBITRUM = ("ethereum", "arbitrum")


def delay(bridge: str, **given: object) -> dict:
    return {"delay": {"kind": "message_delay", "at": 0.0, "bridges": [bridge], **given}}


def arrivals(model, bridge: str):
    steps = model.world.events.frame("bridge_messages").query(f"bridge == '{bridge}'")
    return steps[steps["step"] == "arrived"].sort_values("time", kind="stable"), steps[steps["step"] == "came again"]


@pytest.mark.parametrize("bridge", sorted(KINDS))
def test_messages_of_every_kind_are_late_by_what_is_said_and_all_arrive_once(bridge):
    sent = [(bridge, 10.0, *TO_ARBITRUM), (bridge, 20.0, *TO_ARBITRUM)]
    late, user, seen = strike(delay(bridge, extra=1_800.0, repeated=1.0), sent=sent, ticks=16)
    prompt, other, _ = strike({}, sent=sent, ticks=16)
    one, again = arrivals(late, bridge)
    two, _ = arrivals(prompt, bridge)
    both = one.merge(two, on="message", suffixes=("", "_prompt")).head(2)
    assert (both["time"] - both["time_prompt"]).tolist() == pytest.approx([1_800.0, 1_800.0])
    form = late.world.targets[bridge].tokens["arbitrum"]
    held = [model.world.ledgers["arbitrum"].balance(form, who) for model, who in ((late, user), (prompt, other))]
    assert held[0] == pytest.approx(held[1])
    assert held[0] > 29.0
    assert set(both["message"]) <= set(again["message"]), "the second copies came, and changed nothing"
    assert seen[-1][bridge] == pytest.approx(0.0, abs=1e-9)


def test_messages_overtake_each_other():
    sent = [("layer", 10.0 + number, *TO_ARBITRUM) for number in range(8)]
    model, user, _ = strike(delay("layer", shuffle=3_000.0), sent=sent, ticks=12)
    order = arrivals(model, "layer")[0]["message"].tolist()[:8]
    assert len(set(order)) == 8
    assert order != sorted(order)
    times = arrivals(model, "layer")[0]["time"].head(8)
    assert times.max() - times.min() > 1_000.0
    assert model.world.ledgers["arbitrum"].balance("rseth_arb", user) == pytest.approx(sum(10.0 + number for number in range(8)))


def test_what_is_sent_after_its_end_is_in_time():
    shocks = delay("layer", extra=3_000.0, lasts=600.0)
    model, user, _ = strike(shocks, ticks=2)
    layer = model.world.targets["layer"]
    assert layer.late == ()
    world = model.world
    world.ledgers["ethereum"].move("rseth", 0, user, 10.0)
    crossing = Transaction((Send(target="layer", token="rseth", amount=10.0, to_chain="arbitrum"),))
    assert world.chains["ethereum"].execute(user, crossing, world.clock.now).ok
    (message,) = layer.messages.values()
    assert message.due - message.sent == pytest.approx(900.0)


def test_draws_are_those_of_the_messages_number():
    stream = Draws(3)["shocks.delay"]
    lateness = Lateness(stream, 100.0, 50.0, 0.5)
    found = [lateness.seconds(number) for number in range(200)]
    assert found == [lateness.seconds(number) for number in range(200)]
    assert all(100.0 <= one <= 150.0 for one in found)
    assert len(set(found)) == 200
    again = [lateness.comes_again(number) for number in range(400)]
    assert 160 < sum(one is not None for one in again) < 240
    assert Lateness(stream, 100.0, 0.0, 0.0).comes_again(1) is None


def test_a_hub_in_a_crash_with_messages_late_shuffled_and_doubled():
    """Every tick is audited; each message is processed once, and liquidations wait for their messages as long as they take."""
    shock = {"kind": "message_delay", "at": 0.0, "lasts": 14_400.0, "hubs": ["hub"], "extra": 600.0, "shuffle": 1_800.0, "repeated": 0.5}
    model = opened(AGENTS, **WORLD, shocks={"delay": shock})
    run_for(model, 8 * 3600.0)
    steps = model.world.events.frame("bridge_messages").query("bridge == 'hub'")
    sent = steps[steps["step"].str.endswith(" sent")].set_index("message")
    done = steps[~steps["step"].str.endswith((" sent", " came again"))].set_index("message")
    assert (steps["step"].str.endswith("came again")).sum() > 5
    assert done.index.is_unique
    assert set(sent.index) - set(done.index) == set(model.world.targets["hub"].messages)
    waits = (done["time"] - sent["time"]).dropna()
    disturbed = waits[sent.loc[waits.index, "time"] < model.world.clock.start + 14_400.0]
    calm = waits[sent.loc[waits.index, "time"] > model.world.clock.start + 14_400.0]
    assert disturbed.min() >= 1_500.0 - 1e-6
    assert disturbed.max() > 2_400.0
    assert len(calm) == 0 or calm.max() == pytest.approx(900.0)
    assert model.world.events.count("liquidations") > 0


def test_targets_that_send_nothing_and_delays_of_nothing_are_refused():
    raw = small()
    raw["shocks"] = {
        "one": {"kind": "message_delay", "at": 0.0, "hubs": ["aave"], "extra": 1.0},
        "two": {"kind": "message_delay", "at": 0.0, "extra": 1.0},
        "three": {"kind": "message_delay", "at": 0.0, "hubs": ["nowhere"], "extra": 1.0},
        "four": {"kind": "message_delay", "at": 0.0, "hubs": ["aave"]},
    }
    with pytest.raises(BadInput) as caught:
        read(raw)
    found = {fault.place: str(fault) for fault in caught.value.faults}
    assert "sends no messages" in found["shocks.one.hubs"]
    assert "at least one bridge" in found["shocks.two.hubs"]
    assert "nowhere" in found["shocks.three.hubs"]
    assert "else nothing happens" in found["shocks.four.repeated"]
    assert set(found) == {"shocks.one.hubs", "shocks.two.hubs", "shocks.three.hubs", "shocks.four.repeated", "shocks.four.hubs"}


def test_bridges_of_a_scenario_can_be_named():
    raw = two_chains()
    raw["shocks"] = delay("layer", extra=60.0)
    assert read(raw).scenario.shocks["delay"].kind == "message_delay"
    assert set(Bridge.kinds) == set(KINDS.values())


@pytest.mark.parametrize("bridge", sorted(KINDS))
def test_no_extreme_ends_a_run(bridge):
    sent = [(bridge, 10.0, *TO_ARBITRUM), (bridge, 20.0, *TO_ARBITRUM)]
    model, _, seen = strike(delay(bridge, extra=1e9, shuffle=1e9, repeated=1.0), sent=sent)
    assert seen[-1][bridge] > 29.0
    assert len(model.world.targets[bridge].copies) >= 2
