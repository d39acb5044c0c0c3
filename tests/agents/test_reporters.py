"""Reporters who are slow, faulty or corrupted, and the median of several of them in a run."""

from __future__ import annotations

import pytest

from experiments.inputs import Inputs
from experiments.load import read
from experiments.run import open_ecosystem
from model.core.errors import BadInput
from tests.experiments.small import small


def world_of(reporters, feeds=("one",)):
    """ETH falls from 2,000 by 30 % at 1,800 s; each feed states ETH in USD."""
    raw = small()
    raw["prices"]["eth"] = {"kind": "constant", "value": 2000.0}
    raw["shocks"] = {"crash": {"kind": "price_crash", "at": 1800, "tokens": ["eth"], "factor": 0.7}}
    raw["run"]["tick"] = 300.0
    mechanism = {"kind": "market", "sources": ["price:eth"], "deviation": 0.005, "heartbeat": 3600.0}
    raw["feeds"] |= {feed: {"chain": "ethereum", "mechanism": dict(mechanism)} for feed in feeds}
    raw["agents"] = {**reporters, **raw["agents"]}
    return raw


def played(raw, ticks, *names):
    """(value of each feed after each tick, posts)."""
    model = open_ecosystem(read(raw).scenario, 1, Inputs())
    seen = []
    for _ in range(ticks):
        model.step()
        seen.append(tuple(model.world.targets[name].value() for name in names))
    posts = model.world.events.frame("posts")
    posts["time"] -= model.world.clock.start
    return seen, posts


def test_a_slow_reporter_posts_what_it_read_a_delay_ago():
    raw = world_of({"slow": {"kind": "slow", "feeds": ["one"], "delay": 900.0}})
    raw["prices"]["eth"] = {"kind": "table", "from_start": True, "times": [0, 1800, 2100, 7200], "values": [2000.0, 2000.0, 1800.0, 1500.0]}
    raw["shocks"] = {}
    seen, posts = played(raw, 24, "one")
    posts = posts[posts["feed"] == "one"]
    first = posts.iloc[0]
    # Due at the tick of 2,100 s, when the price is 1,800; posted 900 s later in the block after, at what was read.
    assert 3000.0 <= first["time"] <= 3000.0 + 2 * 13.5
    assert first["value"] == pytest.approx(1800.0)
    assert seen[8] == (2000.0,)
    assert posts["time"].diff().min() >= 900.0


def test_faults_come_as_often_as_stated_and_stand_until_they_are_noticed():
    raw = world_of(
        {"faulty": {"kind": "faulty", "feeds": ["one"], "fault": "unit", "factor": 100.0, "probability": 0.25, "noticed": 600.0}}
    )
    raw["feeds"]["one"]["mechanism"]["heartbeat"] = 300.0
    raw["shocks"] = {}
    raw["run"]["days"] = 2.0
    _, posts = played(raw, 500, "one")
    posts = posts[posts["feed"] == "one"].reset_index(drop=True)
    assert set(posts["value"]) == {2000.0, 200_000.0}
    wrong = posts.index[posts["value"] == 200_000.0]
    assert 0.18 < len(wrong) / len(posts) < 0.32
    gaps = [posts["time"][place + 1] - posts["time"][place] for place in wrong if place + 1 < len(posts)]
    assert min(gaps) >= 600.0 - 14.0


def test_noise_and_repeated_posts():
    noisy = {"kind": "faulty", "feeds": ["one"], "fault": "noise", "noise": 0.05, "probability": 1.0}
    stuck = {"kind": "faulty", "feeds": ["two"], "fault": "stuck", "probability": 1.0}
    raw = world_of({"noisy": noisy, "stuck": stuck}, ("one", "two"))
    seen, posts = played(raw, 24, "one", "two")
    said = posts[posts["feed"] == "one"]["value"]
    assert len(set(said)) == len(said) > 3
    assert said[posts["time"] > 1900.0].between(1400.0 * 0.75, 1400.0 * 1.35).all()
    # The post is fresh and its value is not: a heartbeat hides it.
    assert {two for _, two in seen} == {2000.0}
    assert (posts["feed"] == "two").sum() > 3


def test_a_probability_of_none_is_an_honest_reporter():
    faulty = played(world_of({"some": {"kind": "faulty", "feeds": ["one"], "probability": 0.0}}), 12, "one")
    honest = played(world_of({"some": {"kind": "honest", "feeds": ["one"]}}), 12, "one")
    assert faulty[0] == honest[0]
    assert honest[0][-1] == (1400.0,)


def test_a_corrupted_reporter_serves_from_its_time_to_its_end():
    liar = {"kind": "corrupted", "feeds": ["one"], "at": 900.0, "lasts": 2700.0, "factor": 1.5}
    seen, _ = played(world_of({"liar": liar}), 14, "one")
    assert [value for (value,) in seen[:2]] == [2000.0, 2000.0]
    assert [value for (value,) in seen[4:6]] == [3000.0, 3000.0]
    assert seen[8] == (pytest.approx(2100.0),)
    assert seen[13] == (1400.0,)
    with pytest.raises(BadInput, match="either a value or a factor"):
        read(world_of({"liar": {**liar, "value": 5.0}}))


@pytest.mark.parametrize(("count", "liars", "moved"), [(3, 1, False), (3, 2, True), (5, 2, False), (5, 3, True)])
def test_corrupted_reporters_move_the_median_only_where_they_are_more_than_half(count, liars, moved):
    feeds = [f"reporter{place}" for place in range(count)]
    median = {"middle": {"chain": "ethereum", "mechanism": {"kind": "median", "sources": [f"feed:{feed}" for feed in feeds]}}}
    reporters = {
        "liars": {"kind": "corrupted", "feeds": feeds[:liars], "at": 600.0, "factor": 3.0},
        "others": {"kind": "honest", "feeds": feeds[liars:]},
    }
    raw = world_of(reporters, feeds)
    raw["feeds"] |= median
    seen, _ = played(raw, 10, "middle", feeds[0])
    assert seen[4][1] == 6000.0
    assert seen[4][0] == (6000.0 if moved else 2000.0)
    assert seen[9][0] == pytest.approx(4200.0 if moved else 1400.0)


def test_a_faulty_reporter_among_three_does_not_liquidate_anybody():
    """Its feed alone would: collateral at a hundredth of its price."""

    def liquidated(feed):
        feeds = ["a", "b", "c"]
        reporters = {
            "wrong": {"kind": "faulty", "feeds": ["a"], "fault": "unit", "factor": 0.01, "probability": 1.0},
            "right": {"kind": "honest", "feeds": ["b", "c"]},
        }
        raw = world_of(reporters, feeds)
        raw["shocks"] = {}
        for name in feeds:
            raw["feeds"][name]["mechanism"]["sources"] = ["venue:curve steth/eth"]
        raw["feeds"]["middle"] = {"chain": "ethereum", "mechanism": {"kind": "median", "sources": [f"feed:{name}" for name in feeds]}}
        raw["markets"]["aave"]["reserves"]["steth"]["feed"] = feed
        model = open_ecosystem(read(raw).scenario, 1, Inputs())
        for _ in range(16):
            model.step()
        return model.world.events.count("liquidations")

    assert liquidated("a") > 0
    assert liquidated("middle") == 0


def test_who_names_no_feed_takes_what_is_left():
    raw = world_of({"liar": {"kind": "corrupted", "feeds": ["one"], "factor": 2.0}})
    model = open_ecosystem(read(raw).scenario, 1, Inputs())
    names = {feed: [model.world.accounts.name(one) for one in model.world.targets[feed].reporters] for feed in ("one", "usdc_eth")}
    assert names["one"] == ["liar[0]"]
    assert len(names["usdc_eth"]) == 1
    assert names["usdc_eth"][0].startswith("oracles")


def test_two_populations_on_one_feed_are_a_warning():
    raw = world_of({})
    raw["agents"]["liar"] = {"kind": "corrupted", "feeds": ["one"], "factor": 2.0}
    assert [str(warning.place) for warning in read(raw).warnings if "reports too" in warning.value] == ["agents.liar.feeds"]


def test_a_posted_feed_that_nobody_posts_is_a_warning():
    raw = small()
    raw["agents"]["oracles"]["feeds"] = ["steth_eth"]
    assert [warning.place for warning in read(raw).warnings] == ["feeds.usdc_eth"]
    del raw["agents"]["oracles"]
    assert [warning.place for warning in read(raw).warnings] == ["feeds.steth_eth", "feeds.usdc_eth"]


def test_reports_of_what_is_not_posted_are_refused():
    raw = small()
    raw["chains"]["rollup"] = {}
    raw["feeds"] |= {
        "rate": {"chain": "ethereum", "mechanism": {"kind": "exchange_rate", "claim": "claim:steth"}},
        "far": {"chain": "rollup", "mechanism": {"kind": "market", "sources": ["price:eth"]}},
    }
    raw["agents"]["oracles"]["feeds"] = ["usdc_eth", "rate", "far"]
    with pytest.raises(BadInput) as found:
        read(raw)
    assert [fault.place for fault in found.value.faults] == ["agents.oracles.feeds.1", "agents.oracles.feeds.2"]


@pytest.mark.parametrize(
    "mechanism",
    [
        {"kind": "median", "sources": ["price:eth", "feed:usdc_eth"]},
        {"kind": "time_weighted", "source": "price:eth"},
        {"kind": "time_weighted", "source": "venue:book eth/usdc"},
        {"kind": "fallback", "sources": ["price:eth"]},
        {"kind": "exchange_rate", "claim": "claim:steth", "times": "price:eth"},
    ],
)
def test_only_what_a_reporter_posts_may_read_a_true_price(mechanism):
    raw = small()
    raw["feeds"]["sees"] = {"chain": "ethereum", "mechanism": mechanism}
    with pytest.raises(BadInput, match=r"read through; allowed: .* a feed of kind market"):
        read(raw)
