"""Feeds that remember are told of what changes; relays, fallbacks and the blind spot over a small world."""

from __future__ import annotations

import pytest

from experiments.inputs import Inputs
from experiments.load import read
from experiments.run import open_ecosystem
from tests.experiments.small import small


def opened(feeds, shocks=None):
    raw = small()
    raw["prices"]["eth"] = {"kind": "constant", "value": 2000.0}
    raw["chains"]["rollup"] = {"block_time": 2.0}
    raw["feeds"] |= feeds
    raw["shocks"] = shocks or {}
    return open_ecosystem(read(raw).scenario, 1, Inputs())


def values(model, name, ticks):
    feed, seen = model.world.targets[name], []
    for _ in range(ticks):
        model.step()
        seen.append(feed.value())
    return seen


def test_a_relayed_feed_arrives_after_its_delay():
    relay = {"chain": "rollup", "mechanism": {"kind": "relayed", "source": "feed:usdc_eth", "delay": 1200.0}}
    model = opened({"relay": relay}, {"crash": {"kind": "price_crash", "at": 1200, "tokens": ["eth"], "factor": 0.5}})
    seen = [value * 2000.0 for value in values(model, "relay", 7)]
    assert seen[0] == pytest.approx(1.0)
    turned = next(place for place, value in enumerate(seen) if value > 1.5)
    assert turned in (3, 4)
    assert seen[-1] == pytest.approx(2.0)


def test_a_time_weighted_feed_follows_the_venue_it_averages():
    twap = {"chain": "ethereum", "mechanism": {"kind": "time_weighted", "source": "venue:curve steth/eth", "window": 3600.0}}
    seller = {"kind": "depeg_seller", "at": 600, "venue": "curve", "token": "steth", "into": "eth", "amount": 8000.0}
    model = opened({"twap": twap}, {"seller": seller})
    before = model.world.targets["curve"].spot("steth", "eth")
    seen = values(model, "twap", 9)
    after = model.world.targets["curve"].spot("steth", "eth")
    assert after < before
    assert before > seen[2] > seen[4] > after * 0.999
    assert seen[-1] == pytest.approx(after, rel=0.01)


def test_a_relay_of_an_average_is_told_after_it():
    twap = {"chain": "ethereum", "mechanism": {"kind": "time_weighted", "source": "venue:curve steth/eth", "window": 3600.0}}
    relay = {"chain": "rollup", "mechanism": {"kind": "relayed", "source": "feed:twap", "delay": 0.0}}
    model = opened({"relay": relay, "twap": twap})
    model.step()
    assert model.world.targets["relay"].value() == model.world.targets["twap"].value()


def test_a_frozen_feed_falls_back():
    fallback = {"chain": "ethereum", "mechanism": {"kind": "fallback", "sources": ["feed:usdc_eth", "feed:spare"], "max_age": 1800.0}}
    spare = {"chain": "ethereum", "mechanism": {"kind": "market", "sources": ["venue:book usdc/eth"]}}
    shocks = {
        "freeze": {"kind": "oracle_freeze", "at": 600, "feeds": ["usdc_eth"]},
        "crash": {"kind": "price_crash", "at": 600, "tokens": ["eth"], "factor": 0.5},
    }
    seen = [value * 2000.0 for value in values(opened({"safe": fallback, "spare": spare}, shocks), "safe", 8)]
    assert seen[1] == pytest.approx(1.0)
    assert seen[-1] == pytest.approx(2.0, rel=0.01)


def test_the_blind_spot_does_not_see_a_slashing():
    blind = {"chain": "ethereum", "mechanism": {"kind": "exchange_rate", "fixed_at_one": True}}
    sharp = {"chain": "ethereum", "mechanism": {"kind": "exchange_rate", "claim": "claim:wsteth"}}
    raw = small()
    raw["tokens"]["wsteth"] = {"chain": "ethereum", "claim": {"kind": "wrapped", "backing": "steth"}, "supply": 1000.0}
    raw["feeds"] |= {"blind": blind, "sharp": sharp}
    raw["shocks"] = {"slash": {"kind": "slashing", "at": 600, "claim": "steth", "severity": 0.2}}
    model = open_ecosystem(read(raw).scenario, 1, Inputs())
    before = model.world.targets["sharp"].value()
    values(model, "blind", 3)
    assert model.world.targets["blind"].value() == 1.0
    assert model.world.targets["sharp"].value() == pytest.approx(0.8 * before, rel=1e-3)


def test_a_deep_book_outweighs_a_shallow_pool():
    """14,000 USDC at 1,400 do not move a feed that also reads a book of 40 million at 2,000."""
    raw = small()
    raw["prices"]["eth"] = {"kind": "constant", "value": 2000.0}
    raw["venues"]["book"]["mechanism"]["depth"] = [40e6, 40e6]
    raw["venues"]["thin"] = {
        "chain": "ethereum", "tokens": ["eth", "usdc"], "mechanism": {"kind": "constant_product"},
        "reserves": {"eth": 10.0, "usdc": 14_000.0},
    }  # fmt: skip
    sources = ["venue:book eth/usdc", "venue:thin eth/usdc"]
    raw["feeds"]["eth_usd"] = {"chain": "ethereum", "mechanism": {"kind": "market", "sources": sources}}
    model = open_ecosystem(read(raw).scenario, 1, Inputs())
    assert model.world.targets["eth_usd"].value() == pytest.approx((40e6 * 2000.0 + 14e3 * 1400.0) / (40e6 + 14e3))


def test_a_relayed_post_that_is_repeated_stays_fresh():
    """A fallback over a relay of a steady posted price keeps to it: heartbeats at the same value count."""
    raw = small()
    raw["prices"]["eth"] = {"kind": "constant", "value": 2000.0}
    raw["chains"]["rollup"] = {"block_time": 2.0}
    raw["run"]["days"] = 0.5
    raw["feeds"] |= {
        "relay": {"chain": "rollup", "mechanism": {"kind": "relayed", "source": "feed:usdc_eth", "delay": 1200.0}},
        "spare": {"chain": "rollup", "mechanism": {"kind": "constant", "value": 7.0}},
        "safe": {"chain": "rollup", "mechanism": {"kind": "fallback", "sources": ["feed:relay", "feed:spare"], "max_age": 5400.0}},
    }
    model = open_ecosystem(read(raw).scenario, 1, Inputs())
    assert set(values(model, "safe", 72)) == {1.0 / 2000.0}
    relay = model.world.targets["relay"]
    assert model.world.clock.now - relay.stated() < 3600.0 + 1200.0 + 600.0


def test_nothing_arrives_on_a_halted_chain():
    """The post on the home chain goes on; the relay on the halted one says what it said, and all that waits arrives at the end."""
    relay = {"chain": "rollup", "mechanism": {"kind": "relayed", "source": "feed:usdc_eth", "delay": 600.0}}
    average = {"chain": "rollup", "mechanism": {"kind": "time_weighted", "source": "feed:relay", "window": 600.0}}
    shocks = {
        "crash": {"kind": "price_crash", "at": 1200, "tokens": ["eth"], "factor": 0.5},
        "halt": {"kind": "sequencer_halt", "on": "rollup", "at": 1200, "lasts": 2400},
        "again": {"kind": "sequencer_halt", "on": "rollup", "at": 2400, "lasts": 1800},
    }
    model = opened({"relay": relay, "average": average}, shocks)
    home, far, mean = [], [], []
    for _ in range(9):
        model.step()
        for name, seen in (("usdc_eth", home), ("relay", far), ("average", mean)):
            seen.append(model.world.targets[name].value() * 2000.0)
    assert home[2:] == pytest.approx([2.0] * 7)
    assert far == pytest.approx([1.0] * 6 + [2.0] * 3)
    assert mean[5] == pytest.approx(1.0)
    assert mean[8] == pytest.approx(2.0)
