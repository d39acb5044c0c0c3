"""At full utilisation cash is gone while shares can be seized and rates accrue; a debt asset that loses its peg; a run on the exit."""

from __future__ import annotations

import pytest

from experiments.inputs import Inputs
from experiments.load import read
from experiments.run import open_ecosystem
from model.core.actions import Borrow, Supply, Transaction
from model.world.accounts import OUTSIDE
from tests.experiments.small import small
from tests.markets.small_pool import SmallPool, refused


def full():
    """A pool in which bob's debt is all that the lender supplied, and alice's debt is no longer covered by her usdc."""
    pool = SmallPool()
    pool.supply("alice", "usdc", 200_000.0)
    pool.borrow("alice", "eth", 70.0)
    pool.supply("bob", "eth", 1000.0)
    pool.borrow("bob", "usdc", 1_200_000.0)
    assert pool.market.cash("usdc") == pytest.approx(0.0)
    pool.price("eth", 2400.0)
    assert pool.health("alice") < 1.0
    return pool


def test_cash_cannot_be_paid_but_shares_can_be_seized():
    pool = full()
    assert refused(pool.withdraw("lender", "usdc", 1000.0), "insufficient_liquidity")
    assert refused(pool.take("liquidator", "alice", "usdc", "eth", 10.0), "insufficient_liquidity")
    before = pool.supplied("liquidator", "usdc") if pool.market.book.find(pool.account("liquidator")) is not None else 0.0
    assert pool.take("liquidator", "alice", "usdc", "eth", 10.0, shares=True).ok
    assert pool.supplied("liquidator", "usdc") > before + 10.0 * 2400.0
    assert pool.sound()


def test_rates_accrue_at_full_utilisation():
    pool = full()
    owed, deposit = pool.owed("bob", "usdc"), pool.supplied("lender", "usdc")
    pool.warp(86_400.0)
    assert pool.owed("bob", "usdc") > owed * 1.002
    assert pool.supplied("lender", "usdc") > deposit
    assert pool.repay("bob", "usdc", 50_000.0).ok
    assert pool.withdraw("lender", "usdc", 40_000.0).ok
    assert pool.sound()


def test_a_debt_that_loses_its_peg_helps_borrowers_and_hurts_lenders():
    pool = SmallPool()
    pool.supply("bob", "eth", 100.0)
    pool.borrow("bob", "usdc", 150_000.0)
    health = pool.health("bob")
    claim = pool.supplied("lender", "usdc") * pool.market.usd("usdc")
    pool.price("usdc", 0.9)
    assert pool.health("bob") == pytest.approx(health / 0.9)
    assert pool.supplied("lender", "usdc") * pool.market.usd("usdc") == pytest.approx(0.9 * claim)


def liquidated(true):
    """usdc debt repaid by liquidators after a slashing, where the feed says that usdc is worth 1 USD and it is worth ``true``."""
    raw = small()
    raw["feeds"]["usdc_eth"] = {"chain": "ethereum", "mechanism": {"kind": "constant", "value": 0.0005}}
    raw["prices"] = {"eth": {"kind": "constant", "value": 2000.0}, "usdc": {"kind": "constant", "value": true}}
    raw["shocks"] = {"slash": {"kind": "slashing", "at": 1200, "claim": "steth", "severity": 0.35}}
    model = open_ecosystem(read(raw).scenario, 1, Inputs())
    for _ in range(12):
        model.step()
    assert model.world.audit() == []
    assert model.screens["aave"].unhealthy or true == 1.0
    return float(model.world.events.frame("liquidations")["repaid"].sum())


def test_a_debt_above_its_peg_breaks_liquidations_where_it_is_priced_at_one():
    assert liquidated(1.0) > 0.0
    assert liquidated(1.5) == 0.0


def run_on(agents, shocks, ticks=24):
    raw = small()
    raw["prices"]["eth"] = {"kind": "constant", "value": 2000.0}
    raw["agents"] |= agents
    raw["shocks"] = shocks
    model = open_ecosystem(read(raw).scenario, 1, Inputs())
    for _ in range(ticks):
        model.step()
    assert model.world.audit() == []
    return model


RUNNERS = {
    "kind": "runner", "market": "aave", "token": "eth", "supplied": 40_000.0, "count": 8, "claim": "steth", "hesitation": 600.0,
}  # fmt: skip


def test_runners_stay_while_nothing_frightens_them():
    model = run_on({"runners": RUNNERS}, {}, 6)
    assert model.world.ledgers["ethereum"].balance("eth", model.world.accounts.of("runners")) < 1e-6


def test_runners_take_what_cash_there_is_and_wait_for_the_rest():
    lenders = {**small()["agents"]["eth_lenders"], "supplied": 100.0}
    runners = RUNNERS | {"supplied": 2_000.0, "utilisation": [0.6, 0.7], "calm": 0.4, "hesitation": 0.0}
    model = run_on({"runners": runners, "eth_lenders": lenders}, {}, 1)
    market, world = model.markets[0], model.world
    chain, ledger = world.chains["ethereum"], world.ledgers["ethereum"]
    places, whale = [world.accounts.of("runners") + place for place in range(8)], world.accounts.of("eth_lenders")
    ledger.move("usdc", OUTSIDE, whale, 20e6)
    drawn = market.totals()["eth"]["cash"] - 30.0
    supply, borrow = Supply(target="aave", token="usdc", amount=20e6), Borrow(target="aave", token="eth", amount=drawn)
    assert chain.execute(whale, Transaction((supply, borrow)), world.clock.now).ok
    for _ in range(20):
        model.step()
    # They leave in parts, as borrowers who find the rate too high repay.
    lending = world.events.frame("lending")
    out = lending[(lending["verb"] == "withdraw") & lending["account"].str.startswith("runners")]
    assert out["account"].duplicated().any()
    assert out["time"].nunique() > 2
    waiting = sum(market.deposits_of(place).get("eth", 0.0) for place in places)
    assert waiting == pytest.approx(2_000.0 - out["amount"].sum(), abs=5.0)
    assert sum(ledger.balance("eth", place) for place in places) == pytest.approx(out["amount"].sum())
    assert world.audit() == []


def test_a_loss_of_the_claim_sets_off_a_run():
    model = run_on({"runners": RUNNERS}, {"slash": {"kind": "slashing", "at": 1200, "claim": "steth", "severity": 0.12}}, 10)
    ledger, first = model.world.ledgers["ethereum"], model.world.accounts.of("runners")
    assert sum(ledger.balance("eth", first + place) for place in range(8)) > 39_000.0
