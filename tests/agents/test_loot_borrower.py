"""Stolen tokens as collateral on two chains: handed out, supplied, borrowed against, the proceeds carried home."""

from __future__ import annotations

from typing import Any

import pytest

from tests.agents.two_chains import opened, run_for

RESERVES = {
    "eth": {"ltv": 0.8, "liquidation_threshold": 0.83, "reserve_factor": 0.0},
    "usdc": {"feed": "usdc_eth", "ltv": 0.7, "liquidation_threshold": 0.75},
}
COLLATERAL = {"ltv": 0.93, "liquidation_threshold": 0.95, "bonus": 0.01, "borrowable": False}
FEEDS = {
    "rate": {"chain": "ethereum", "mechanism": {"kind": "exchange_rate", "claim": "claim:lst"}},
    "rate_r": {"chain": "rollup", "mechanism": {"kind": "relayed", "source": "feed:rate", "delay": 600.0}},
    "usdc_eth": {"chain": "ethereum", "mechanism": {"kind": "market", "sources": ["price:usdc/eth"]}},
}
MARKETS = {
    "pool_e": {
        "kind": "pooled", "chain": "ethereum", "numeraire": "eth", "rules": {"kind": "aave_v3_3"},
        "reserves": {**RESERVES, "lst": {**COLLATERAL, "feed": "rate"}},
    },
    "lend_r": {
        "kind": "pooled", "chain": "rollup", "numeraire": "eth", "rules": {"kind": "aave_v3_3"},
        "reserves": {"eth": RESERVES["eth"], "lst_r": {**COLLATERAL, "feed": "rate_r"}},
    },
}  # fmt: skip
LENDERS = {
    "lenders": {"kind": "depositor", "market": "pool_e", "token": "eth", "supplied": 50_000.0},
    "usdc_lenders": {"kind": "depositor", "market": "pool_e", "token": "usdc", "supplied": 20e6},
    "far_lenders": {"kind": "depositor", "chain": "rollup", "market": "lend_r", "token": "eth", "supplied": 10_000.0},
    "oracles": {"kind": "honest"},
}
HERE = {"amount": 8_000.0, "market": "pool_e", "chain": "ethereum", "token": "lst", "positions": 2, "borrows": {"eth": 0.9, "usdc": 0.1}}
THERE = {
    "amount": 6_000.0, "market": "lend_r", "chain": "rollup", "token": "lst_r", "bridge": "lane", "positions": 2, "borrows": {"eth": 1.0},
    "carry_home": {"eth": "eth_lane"},
}  # fmt: skip
THIEF: dict[str, Any] = {
    "kind": "loot_borrower", "loot": "lst", "after": "theft", "tranches": [HERE, THERE], "preparation": 600.0, "spacing": 60.0,
}  # fmt: skip
THEFT = {"theft": {"kind": "bridge_drain", "at": 1200.0, "bridge": "lane", "amount": 15_000.0, "to": "thief"}}


def stage(thief=THIEF, shocks=THEFT, **agents):
    return opened({**LENDERS, "thief": thief, **agents}, feeds=FEEDS, markets=MARKETS, shocks=shocks)


def test_the_loot_is_spread_over_chains_and_borrowed_against_to_the_health_aimed_at():
    model = stage()
    run_for(model, 3_600.0)
    world, first = model.world, model.world.accounts.of("thief")
    for place in range(4):
        market = world.targets["pool_e" if place < 2 else "lend_r"]
        assert sum(market.debts_of(first + place).values()) > 0.0
        assert 1.0 < market.health_of(market.book.find(first + place)) < 1.031
    here = [world.targets["pool_e"].debts_of(first + place) for place in range(2)]
    assert all(owed["usdc"] / 2_000.0 / owed["eth"] == pytest.approx(1 / 9, rel=1e-3) for owed in here)
    supplied = world.targets["lend_r"].totals()["lst_r"]["supplied"]
    assert supplied == pytest.approx(6_000.0 * (1.0 - 1e-4))  # less the bridge's fee
    assert world.ledgers["ethereum"].balance("lst", first) == pytest.approx(1_000.0), "what is no part stays with the first account"
    assert world.audit() == []


def test_the_proceeds_come_home():
    model = stage()
    run_for(model, 7_200.0)
    world, first = model.world, model.world.accounts.of("thief")
    home = sum(world.ledgers["ethereum"].balance("eth", first + place) for place in (2, 3))
    owed = sum(world.targets["lend_r"].debts_of(first + place)["eth"] for place in (2, 3))
    assert home == pytest.approx(owed, rel=1e-3)
    assert sum(world.ledgers["rollup"].balance("eth", first + place) for place in (2, 3)) < 1e-6


def test_cash_bounds_what_is_borrowed_and_a_smaller_loot_shrinks_every_part():
    far = {**LENDERS["far_lenders"], "supplied": 2_000.0}
    small = {"theft": {**THEFT["theft"], "amount": 7_000.0}}
    model = stage(shocks=small, far_lenders=far)
    run_for(model, 3_600.0)
    pool, far_pool = model.world.targets["pool_e"], model.world.targets["lend_r"]
    assert pool.totals()["lst"]["supplied"] == pytest.approx(4_000.0)
    assert far_pool.totals()["eth"]["cash"] < 1.0
    assert far_pool.totals()["eth"]["borrowed"] == pytest.approx(2_000.0, rel=1e-3)


def test_a_freeze_in_time_stops_it():
    guardian = {"kind": "guardian", "target": "pool_e", "after": "theft", "changes": {"reserves.lst.frozen": True}}
    model = stage(guardian=guardian)
    run_for(model, 3_600.0)
    assert model.world.targets["pool_e"].totals()["lst"]["supplied"] == 0.0
    assert model.world.targets["lend_r"].totals()["lst_r"]["supplied"] > 0.0


def test_without_a_theft_nothing_happens():
    model = stage(shocks={})
    run_for(model, 3_600.0)
    assert model.world.events.count("lending") == 3
    assert model.world.events.count("bridge_messages") == 0
