"""Shocks to feeds compose: each undoes only what it did itself, whatever else is in force."""

import itertools

import pytest

from experiments.inputs import Inputs
from experiments.run import open_ecosystem
from experiments.scenario import Scenario
from tests.experiments.small import small
from tests.shocks.test_shocks import opened, stepped

POSTED, READ = "steth_eth", "rate"
SHOCKS = {
    "freeze": {"kind": "oracle_freeze"},
    "value": {"kind": "oracle_value", "value": 0.5},
    "up": {"kind": "oracle_value", "factor": 1.3},
    "down": {"kind": "oracle_value", "factor": 0.7},
    "lag": {"kind": "oracle_lag", "lag": 1200},
}
FEEDS = {READ: {"chain": "ethereum", "mechanism": {"kind": "median", "sources": ["price:usdc/eth"]}}}
TABLE = {"kind": "table", "from_start": True, "times": [0, 1800, 1801, 3600, 3601], "values": [2000.0, 2000.0, 1000.0, 1000.0, 500.0]}
"""Price of ETH: the feed says .0005 until 1800 s, .001 until 3600 s, .002 afterwards."""


def seen(shocks, ticks=12):
    """Value of the read-through feed over 1/2000 at the end of each tick of 600 s, which begins 600 s before."""
    raw = small() | {"agents": {}, "shocks": {name: {"feeds": [READ], **shock} for name, shock in shocks.items()}, "headline": []}
    raw["prices"]["eth"], raw["feeds"], raw["markets"] = TABLE, FEEDS, {}
    # By the schema alone: the checks refuse a feed that sees true prices without a reporter, which here is what makes it easy to know.
    model = open_ecosystem(Scenario.read(raw), 1, Inputs())
    found = []
    for _ in range(ticks):
        model.step()
        found.append(round(model.world.targets[READ].value() * 2000.0, 6))
    assert model.world.audit() == []
    assert model.world.targets[READ].distortions == ()
    assert not model.world.targets[READ].freezes
    return found


def test_the_feed_alone():
    assert seen({}) == [1.0] * 4 + [2.0] * 3 + [4.0] * 5


def make(kind, values, begins, ends):
    """What one shock makes of the values at ticks (number of the tick from 0; in force from ``begins`` on, until ``ends``)."""
    if kind == "freeze":
        return [values[begins] if begins <= tick < ends else value for tick, value in enumerate(values)]
    if kind == "lag":
        return [values[max(tick - 2, begins)] if begins <= tick < ends else value for tick, value in enumerate(values)]
    change = {"value": lambda _: 1000.0, "up": lambda value: 1.3 * value, "down": lambda value: 0.7 * value}[kind]
    return [change(value) if begins <= tick < ends else value for tick, value in enumerate(values)]


@pytest.mark.parametrize("spans", [((1, 3), (2, 9)), ((1, 9), (2, 6)), ((2, 6), (2, 9)), ((2, 9), (1, 4))])
@pytest.mark.parametrize("pair", list(itertools.combinations_with_replacement(SHOCKS, 2)), ids="+".join)
def test_any_two_compose(pair, spans):
    shocks, order = {}, []
    for place, (kind, (begins, ends)) in enumerate(zip(pair, spans, strict=True)):
        shocks[f"{kind} {place}"] = {**SHOCKS[kind], "at": 600 * begins, "lasts": 600 * (ends - begins)}
        order.append((begins, place, kind, ends))
    expected = [1.0] * 4 + [2.0] * 3 + [4.0] * 5
    for begins, _, kind, ends in sorted(order):
        expected = make(kind, expected, begins, ends)
    assert seen(shocks) == pytest.approx(expected)


def test_two_freezes_of_a_posted_feed_last_until_the_later_one_ends():
    one = {"kind": "oracle_freeze", "at": 600, "lasts": 1200, "feeds": [POSTED]}
    two = {"kind": "oracle_freeze", "at": 1200, "lasts": 6000, "feeds": [POSTED]}
    seller = {"kind": "depeg_seller", "at": 2400, "venue": "curve", "token": "steth", "into": "eth", "amount": 15_000.0}
    model = opened({"one": one, "two": two, "seller": seller})
    feed = model.world.targets[POSTED]
    before = feed.value()
    stepped(model, 11)
    assert feed.value() == before
    assert feed.candidate() < before - 0.05
    stepped(model, 3)
    assert feed.value() < before - 0.05
    assert not feed.freezes


def test_a_posted_feed_that_is_frozen_and_wrong():
    freeze = {"kind": "oracle_freeze", "at": 600, "lasts": 1200, "feeds": [POSTED]}
    wrong = {"kind": "oracle_value", "at": 600, "lasts": 3000, "feeds": [POSTED], "factor": 1.3}
    model = opened({"freeze": freeze, "wrong": wrong})
    feed = model.world.targets[POSTED]
    stepped(model, 4)
    assert feed.value() == pytest.approx(1.3 * feed.last)
    stepped(model, 3)
    assert feed.value() == feed.last
