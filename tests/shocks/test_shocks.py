"""Every shock over a small world: what it does, what it undoes, and that the books still balance."""

from __future__ import annotations

import math

import pytest

from experiments.inputs import Inputs
from experiments.load import read
from experiments.run import open_ecosystem, run
from model.core.errors import BadInput
from model.shocks.base import Shock
from tests.experiments.small import small


def opened(shocks, **changes):
    raw = small()
    raw["prices"]["eth"] = {"kind": "constant", "value": 2000.0}
    raw["shocks"] = shocks
    for section, value in changes.items():
        raw[section] = {**raw[section], **value} if isinstance(value, dict) else value
    return open_ecosystem(read(raw).scenario, 1, Inputs())


def stepped(model, ticks):
    for _ in range(ticks):
        model.step()
    assert model.world.audit() == []
    return model


def kinds_of(model):
    return list(model.world.events.frame("shocks")["step"])


def test_price_crash_is_log_linear_and_recovers():
    crash = {"kind": "price_crash", "at": 600, "tokens": ["eth"], "factor": 0.25, "over": 1200, "lasts": 2400, "recovery": 1200}
    model = opened({"crash": crash})
    seen = []
    for _ in range(9):
        model.step()
        seen.append(model.world.board.true["eth"])
    expected = [2000.0, 2000.0, 1000.0, 500.0, 500.0, 500.0, 1000.0, 2000.0, 2000.0]
    assert seen == pytest.approx(expected)
    assert kinds_of(model) == ["start", "end"]


def test_two_crashes_multiply():
    one = {"kind": "price_crash", "at": 600, "tokens": ["eth"], "factor": 0.5}
    two = {"kind": "price_crash", "at": 1200, "tokens": ["eth"], "factor": 0.5, "lasts": 600}
    model = opened({"one": one, "two": two})
    seen = []
    for _ in range(5):
        model.step()
        seen.append(model.world.board.true["eth"])
    assert seen == pytest.approx([2000.0, 1000.0, 500.0, 1000.0, 1000.0])


def test_a_crash_begins_on_a_condition():
    crash = {"kind": "price_crash", "when": "price:eth", "level": 1500.0, "side": "below", "tokens": ["eth"], "factor": 0.5}
    first = {"kind": "price_crash", "at": 1200, "tokens": ["eth"], "factor": 0.7}
    model = stepped(opened({"first": first, "crash": crash}), 4)
    assert model.world.board.true["eth"] == pytest.approx(2000.0 * 0.35)


def test_volatility_multiplies_returns_and_stays_where_it_came_to():
    table = {"kind": "table", "from_start": True, "times": [0, 1200, 2400, 3600], "values": [2000.0, 1800.0, 1620.0, 1458.0]}
    regime = {"kind": "volatility_regime", "at": 1200, "lasts": 1200, "tokens": ["eth"], "multiple": 2.0}
    model = opened({"regime": regime}, prices={"eth": table})
    seen = []
    for _ in range(7):
        model.step()
        seen.append(model.world.board.true["eth"])
    assert seen[2] == pytest.approx(1800.0)
    assert seen[3] == pytest.approx(1800.0 * 0.9)
    assert seen[4] == pytest.approx(1800.0 * 0.81)
    assert seen[6] / seen[4] == pytest.approx(0.9)


def test_a_seller_from_outside_depegs():
    seller = {"kind": "depeg_seller", "at": 600, "venue": "curve", "token": "steth", "into": "eth", "amount": 6000.0, "over": 1800}
    model = opened({"seller": seller})
    before = model.world.targets["curve"].spot("steth", "eth")
    stepped(model, 6)
    assert model.shocks[0].sold == pytest.approx(6000.0)
    assert model.world.targets["curve"].spot("steth", "eth") < before - 0.01
    ledger = model.world.ledgers["ethereum"]
    assert ledger.balance("eth", model.world.accounts.of("seller seller")) == 0.0


def test_a_seller_waits_below_its_price():
    seller = {
        "kind": "depeg_seller", "at": 0, "venue": "curve", "token": "steth", "into": "eth", "amount": 6000.0, "least_price": 1.5,
    }  # fmt: skip
    assert stepped(opened({"seller": seller}), 2).shocks[0].sold == 0.0


def test_slashing_impairs_every_holder():
    model = opened({"slash": {"kind": "slashing", "at": 600, "claim": "steth", "severity": 0.1}})
    ledger, claim = model.world.ledgers["ethereum"], model.world.targets["steth"]
    before = ledger.supply("steth")
    stepped(model, 2)
    assert claim.impaired == pytest.approx(0.1)
    assert ledger.supply("steth") == pytest.approx(0.9 * before, rel=1e-3)


def test_a_frozen_feed_keeps_its_value_and_goes_on():
    freeze = {"kind": "oracle_freeze", "at": 600, "lasts": 1200, "feeds": ["usdc_eth", "steth_eth"]}
    crash = {"kind": "price_crash", "at": 1200, "tokens": ["eth"], "factor": 0.5}
    model = opened({"freeze": freeze, "crash": crash})
    feed = model.world.targets["usdc_eth"]
    stepped(model, 3)
    assert feed.value() == pytest.approx(1.0 / 2000.0)
    stepped(model, 2)
    assert feed.value() == pytest.approx(1.0 / 1000.0)


def test_a_wrong_value_and_a_multiple():
    wrong = {"kind": "oracle_value", "at": 600, "lasts": 600, "feeds": ["usdc_eth"], "value": 0.001}
    model = opened({"wrong": wrong})
    feed = model.world.targets["usdc_eth"]
    stepped(model, 2)
    assert feed.value() == 0.001
    stepped(model, 1)
    assert feed.value() == pytest.approx(1.0 / 2000.0)
    multiple = {"kind": "oracle_value", "at": 0, "feeds": ["usdc_eth"], "factor": 1.3}
    assert stepped(opened({"wrong": multiple}), 1).world.targets["usdc_eth"].value() == pytest.approx(1.3 / 2000.0)


def test_value_and_factor_are_refused_together():
    with pytest.raises(BadInput, match="either a value or a factor"):
        opened({"wrong": {"kind": "oracle_value", "at": 0, "feeds": ["usdc_eth"], "value": 1.0, "factor": 1.3}})


def test_a_lagging_feed_says_what_it_said():
    lag = {"kind": "oracle_lag", "at": 0, "feeds": ["usdc_eth"], "lag": 1200}
    crash = {"kind": "price_crash", "at": 1200, "tokens": ["eth"], "factor": 0.5}
    model = opened({"lag": lag, "crash": crash})
    feed = model.world.targets["usdc_eth"]
    seen = []
    for _ in range(6):
        model.step()
        seen.append(feed.value() * 2000.0)
    turned = next(place for place, value in enumerate(seen) if value > 1.5)
    assert turned in (4, 5)
    assert seen[turned] == pytest.approx(2.0)


def test_a_gas_spike_raises_demand_and_ends():
    model = opened({"spike": {"kind": "gas_spike", "at": 600, "lasts": 1200, "on": "ethereum", "factor": 20.0}})
    chain = model.world.chains["ethereum"]
    calm = chain.demand
    stepped(model, 2)
    assert chain.demand == pytest.approx(20.0 * calm)
    stepped(model, 3)
    assert chain.demand == pytest.approx(calm)


def test_liquidity_leaves_through_the_ledger():
    model = opened({"leave": {"kind": "liquidity_leaving", "at": 600, "venue": "curve", "share": 0.5, "over": 1200}})
    venue = model.world.targets["curve"]
    before = venue.pool()
    stepped(model, 5)
    assert venue.pool().shares == pytest.approx(0.5 * before.shares)
    assert sum(venue.pool().balances) == pytest.approx(0.5 * sum(before.balances), rel=0.05)


def test_whales_wait_at_the_exit():
    model = opened({"whale": {"kind": "whale_leaving", "at": 600, "market": "aave", "token": "usdc", "share": 1.0}})
    market = model.world.targets["aave"]
    cash = market.totals()["usdc"]["cash"]
    stepped(model, 3)
    shock = model.shocks[0]
    assert shock.left == pytest.approx(cash, rel=1e-3)
    assert shock.left < shock.wanted
    assert market.totals()["usdc"]["utilisation"] == pytest.approx(1.0, abs=1e-3)


def test_the_largest_whales_leave_first():
    keepers = {
        f"keeper{size}": {"kind": "depositor", "market": "aave", "token": "dai", "supplied": 1_000.0 * size} for size in (1, 4, 2, 3)
    }
    dai = {"tokens": {"dai": {"chain": "ethereum"}}, "prices": {"dai": {"kind": "constant", "value": 1.0}}}
    feeds = {"dai_eth": {"chain": "ethereum", "mechanism": {"kind": "market", "sources": ["price:dai/eth"]}}}
    raw = small()
    reserves = raw["markets"]["aave"]["reserves"] | {"dai": {"feed": "dai_eth", "ltv": 0.7, "liquidation_threshold": 0.75}}
    aave = raw["markets"]["aave"] | {"reserves": reserves}
    whale = {"kind": "whale_leaving", "at": 600, "market": "aave", "token": "dai", "share": 0.55}
    model = opened({"whale": whale}, agents={**keepers}, feeds=feeds, markets={"aave": aave}, **dai)
    market, accounts = model.world.targets["aave"], model.world.accounts
    stepped(model, 3)
    left = {size: market.deposits_of(accounts.of(f"keeper{size}")).get("dai", 0.0) for size in (1, 2, 3, 4)}
    assert left == {1: pytest.approx(1_000.0), 2: pytest.approx(2_000.0), 3: pytest.approx(1_500.0), 4: pytest.approx(0.0, abs=1e-6)}


def test_a_thin_book_moves_further():
    model = opened({"thin": {"kind": "depth_collapse", "at": 600, "lasts": 600, "venue": "book", "factor": 0.1}})
    book = model.world.targets["book"]
    calm = book.quote("eth", "usdc", 10.0).received
    stepped(model, 2)
    assert book.quote("eth", "usdc", 10.0).received < calm
    stepped(model, 1)
    assert book.quote("eth", "usdc", 10.0).received == pytest.approx(calm)


def test_shocks_do_not_depend_on_the_tick():
    crash = {"kind": "price_crash", "at": 900, "tokens": ["eth"], "factor": 0.5, "over": 1800}
    coarse, fine = opened({"c": crash}), opened({"c": crash}, run={"tick": 300.0})
    stepped(coarse, 4), stepped(fine, 7)
    assert fine.world.board.true["eth"] == pytest.approx(coarse.world.board.true["eth"])


def test_a_run_with_every_shock_keeps_its_books():
    raw = small()
    raw["shocks"] = {
        "crash": {"kind": "price_crash", "at": 3600, "tokens": ["eth"], "factor": 0.7, "over": 3600},
        "seller": {"kind": "depeg_seller", "at": 3600, "venue": "curve", "token": "steth", "into": "eth", "amount": 3000.0},
        "slash": {"kind": "slashing", "at": 7200, "claim": "steth", "severity": 0.02},
        "halt": {"kind": "sequencer_halt", "at": 9000, "on": "ethereum", "lasts": 1800},
        "spike": {"kind": "gas_spike", "at": 9000, "on": "ethereum", "lasts": 7200, "factor": 15.0},
        "leave": {"kind": "liquidity_leaving", "at": 9000, "venue": "curve", "share": 0.3},
        "whale": {"kind": "whale_leaving", "at": 9000, "market": "aave", "token": "eth", "share": 0.3},
    }
    done = run(read(raw).scenario, 1)
    assert len(done.events("shocks")) >= 8
    assert math.isfinite(done.summary["liquidated_value"].value)


EXTREMES = {
    "slashing": {"claim": "steth", "severity": 1.0},
    "issuer_default": {"claim": "fund"},
    "liquidity_leaving": {"venue": "curve", "share": 1.0},
    "depeg_seller": {"venue": "curve", "token": "steth", "into": "eth", "amount": 1e7, "over": 1_800.0},
    "price_crash": {"tokens": ["eth", "usdc"], "factor": 1e-6},
    "depth_collapse": {"venue": "book", "factor": 1e-9},
    "whale_leaving": {"market": "aave", "token": "eth", "share": 1.0},
    "gas_spike": {"on": "ethereum", "factor": 1e6},
    "sequencer_halt": {"on": "ethereum", "lasts": 1e7},
    "oracle_value": {"feeds": ["usdc_eth", "steth_eth"], "factor": 1e-6},
    "oracle_freeze": {"feeds": ["usdc_eth"]},
    "oracle_lag": {"feeds": ["steth_eth"], "lag": 1e6},
    "volatility_regime": {"tokens": ["eth"], "multiple": 50.0},
}


@pytest.mark.parametrize("kind", EXTREMES)
def test_no_extreme_ends_a_run(kind):
    watched = {"kind": "price_crash", "when": "discount:curve steth/eth", "level": 0.9, "tokens": ["usdc"], "factor": 0.99}
    raw = small()
    raw["run"]["days"] = 0.1
    raw["agents"]["demand"] = {"kind": "elastic_demand", "venue": "curve", "claim": "steth", "backing": "eth", "depth": 1e3, "slope": 0.1}
    raw["agents"]["buyers"] = {"kind": "discount_buyer", "venue": "curve", "claim": "steth", "backing": "eth", "capital": 1e3}
    fund = {"kind": "tokenised_real_world", "backing": "usdc", "recovery": 0.0}
    raw["tokens"]["fund"] = {"chain": "ethereum", "supply": 1e6, "claim": fund}
    raw["shocks"] = {"blow": {"kind": kind, "at": 3_600.0, **EXTREMES[kind]}, "watched": watched}
    assert len(run(read(raw).scenario, 1).events("shocks")) >= 1


def test_all_shocks_are_tried_at_their_extremes():
    elsewhere = {"message_delay"}  # where there are messages: test_message_delay
    assert set(EXTREMES) | elsewhere == {name for name, kind in Shock.kinds.items() if not kind.failure}
