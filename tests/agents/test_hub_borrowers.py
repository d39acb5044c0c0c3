"""A hub in a run: eth on one chain backs dollars on another, its price falls, and everybody waits for messages."""

from __future__ import annotations

import numpy as np
import pytest

from tests.agents.two_chains import opened, run_for

FIXED = {"kind": "fixed", "rate": 0.02}
FALL = {"kind": "table", "from_start": True, "times": [0, 7200, 14_400, 86_400], "values": [2000.0, 2000.0, 1450.0, 1450.0]}
BOOK = {"kind": "reference_book", "depth": [5_000_000.0, 40_000_000.0], "steady": [1], "permanent": 0.0}
HUB = {
    "kind": "hub", "chain": "ethereum",
    "spokes": {
        "ethereum": {"delay": 0.0, "assets": {"eth": {"feed": "eth_usd", "ltv": 0.8, "liquidation_threshold": 0.83, "rate": FIXED}}},
        "rollup": {"delay": 900.0, "assets": {"usdc_r": {"feed": "usdc_usd", "rate": FIXED}}},
    },
}  # fmt: skip
WORLD = {
    "prices": {"eth": FALL, "usdc_r": {"kind": "constant", "value": 1.0}},
    "tokens": {"usdc_r": {"chain": "rollup"}},
    "feeds": {
        "eth_usd": {"chain": "ethereum", "mechanism": {"kind": "market", "sources": ["price:eth"], "deviation": 0.005}},
        "usdc_usd": {"chain": "ethereum", "mechanism": {"kind": "constant", "value": 1.0}},
    },
    "venues": {
        "book": {"chain": "ethereum", "tokens": ["eth", "usdc"], "mechanism": BOOK},
        "book_r": {"chain": "rollup", "tokens": ["eth", "usdc_r"], "mechanism": BOOK},
    },
    "markets": {"hub": HUB},
}  # fmt: skip
AGENTS = {
    "oracles": {"kind": "honest"},
    "lenders": {"kind": "yield_seeker", "chain": "rollup", "market": "hub", "token": "usdc_r", "supplied": 60e6, "count": 3},
    "borrowers": {
        "kind": "hub_borrowers", "chain": "rollup", "market": "hub", "collateral": "eth", "collateral_chain": "ethereum", "debt": "usdc_r",
        "total": 20_000.0, "count": 40,
    },
    "liquidators": {
        "kind": "cross_chain_liquidator", "count": 2, "chain": "rollup", "cash": "usdc_r", "capital": {"usdc_r": 20e6}, "latency": 0.0,
        "retry": 600.0, "elsewhere": {"ethereum": {"cash": "usdc", "capital": {"usdc": 0.0}}},
    },
}  # fmt: skip


def crash(**borrowers: object):
    return opened({**AGENTS, "borrowers": {**AGENTS["borrowers"], **borrowers}}, **WORLD)


@pytest.fixture(scope="module")
def model():
    found = crash()
    run_for(found, 6 * 3600.0)
    return found


def test_positions_start_as_drawn():
    fresh = crash()
    hub = fresh.world.targets["hub"]
    health = hub.health()
    assert np.isfinite(health).sum() == 40
    assert health.min() >= 1.05 * (1.0 - 1e-9)
    assert hub.totals()["eth"]["supplied"] == pytest.approx(20_000.0)


def test_a_fall_liquidates_over_two_chains(model):
    """Every step is audited: collateral, debt and what is in flight add up throughout."""
    world = model.world
    liquidations = world.events.frame("liquidations")
    assert len(liquidations) > 0
    assert set(liquidations["debt_token"]) == {"usdc_r"}
    accounts = [world.accounts.of("liquidators") + index for index in range(2)]
    assert sum(world.ledgers["ethereum"].balance("usdc", account) for account in accounts) > 0.0  # collateral sold where it is
    steps = world.events.frame("bridge_messages")
    asked = steps[steps["step"] == "liquidate sent"]
    arrived = steps[steps["step"] == "liquidate arrived"]
    assert len(arrived) > 0
    sent = dict(zip(asked["message"], asked["time"], strict=True))
    waits = [row.time - sent[row.message] for row in arrived.itertuples()]
    assert min(waits) >= 900.0 - 1e-6


def test_managers_repay_and_have_to_wait(model):
    steps = model.world.events.frame("bridge_messages")
    assert (steps["step"] == "repay arrived").sum() > 0
    active, passive = crash(managers=1.0, wallet=[0.5, 0.5]), crash(managers=0.0)
    for one in (active, passive):
        run_for(one, 6 * 3600.0)
    assert len(active.world.events.frame("liquidations")) < len(passive.world.events.frame("liquidations"))
