"""Where collateral is lent out a liquidator takes it as a deposit, if that pays, and withdraws it when there is cash again."""

from __future__ import annotations

import numpy as np
import pytest

from model.core.actions import ALL, Borrow, Repay, Supply, Transaction
from tests.agents.test_cross_chain_liquidator import FIXED, HUB, HUB_FEED, borrowers
from tests.agents.test_cross_chain_liquidator import LIQUIDATORS as ACROSS
from tests.agents.two_chains import opened, run_for

POOL = {
    "kind": "pooled", "chain": "ethereum", "numeraire": "eth",
    "reserves": {
        "eth": {"ltv": 0.8, "liquidation_threshold": 0.85, "rate": FIXED},
        "lst": {"feed": "lst_eth", "ltv": 0.8, "liquidation_threshold": 0.85, "bonus": 0.05, "rate": FIXED},
    },
}  # fmt: skip
LIQUIDATORS = {"kind": "inventory", "count": 1, "capital": {"eth": 500.0}, "latency": 0.0, "retry": 300.0}
FEED = {"lst_eth": {"chain": "ethereum", "mechanism": {"kind": "constant", "value": 1.0}}}


def lent_out(cash: float = 0.0, **liquidators: object):
    """A pool whose lst are lent but for ``cash``; alice's row of 100 lst and 86 eth is below health 1."""
    model = opened({"liquidators": {**LIQUIDATORS, **liquidators}}, markets={"pool_market": POOL}, feeds=FEED)
    world, market = model.world, model.world.targets["pool_market"]
    lender, alice, bob = (world.accounts.open_many(name, 1) for name in ("lender", "alice", "bob"))
    market.open_positions(lender, {"eth": np.array([1000.0])}, {})
    market.open_positions(alice, {"lst": np.array([100.0])}, {"eth": np.array([86.0])})
    market.open_positions(bob, {"eth": np.array([500.0])}, {"lst": np.array([100.0 - cash])})
    world.ledgers["ethereum"].move("lst", 0, bob.start, 100.0)
    market.open_cash()
    assert market.cash("lst") == pytest.approx(cash)
    return model, market, alice.start, bob.start, world.accounts.of("liquidators")


def act(model, who: int, *actions):
    assert model.world.chains["ethereum"].execute(who, Transaction(actions), model.world.clock.now).ok


def test_at_full_utilisation_shares_are_seized_and_withdrawn_when_cash_is_back():
    model, market, _alice, bob, account = lent_out()
    ledger = model.world.ledgers["ethereum"]
    run_for(model, 900.0)
    (row,) = model.world.events.since("liquidations", 0)
    assert row["seized"] == pytest.approx(row["repaid"] * 1.05)
    assert market.deposits_of(account)["lst"] == pytest.approx(row["seized"])
    assert ledger.balance("eth", account) == pytest.approx(500.0 - row["repaid"])
    assert ledger.balance("lst", account) == 0.0
    assert model.world.events.count("reverts") == 0
    run_for(model, 3600.0)
    assert market.deposits_of(account)["lst"] == pytest.approx(row["seized"])
    act(model, bob, Repay(target="pool_market", token="lst", amount=20.0))
    run_for(model, 900.0)
    assert market.deposits_of(account)["lst"] == pytest.approx(row["seized"] - 20.0)
    act(model, bob, Repay(target="pool_market", token="lst", amount=ALL))
    run_for(model, 900.0)
    assert market.deposits_of(account).get("lst", 0.0) == pytest.approx(0.0, abs=1e-9)
    assert ledger.balance("lst", account) == 0.0
    assert ledger.balance("eth", account) > 500.0, "sold at a profit"
    assert model.world.events.count("reverts") == 0


@pytest.mark.parametrize(("discount", "taken"), [(0.03, True), (0.06, False)])
def test_a_deposit_that_is_worth_too_little_to_it_is_left(discount, taken):
    """The bonus is 5 %."""
    model, market, _, _, account = lent_out(deposit_discount=discount)
    run_for(model, 3600.0)
    assert (model.world.events.count("liquidations") > 0) is taken
    assert bool(market.deposits_of(account)) is taken


def test_where_there_is_cash_nobody_takes_shares():
    model, market, _, _, account = lent_out(cash=99.0)
    run_for(model, 900.0)
    assert model.world.events.count("liquidations") > 0
    assert market.deposits_of(account) == {}


def test_what_a_hub_credits_for_want_of_cash_is_withdrawn_later():
    """A spoke whose lst are lent out but for 5: the rest of what is seized is credited, and asked for as it comes back."""
    home = {**HUB["spokes"]["ethereum"]["assets"], "eth": {"ltv": 0.8, "liquidation_threshold": 0.85, "rate": FIXED}}
    hub = {**HUB, "spokes": {**HUB["spokes"], "ethereum": {"delay": 0.0, "assets": home}}}
    model = opened({"liquidators": {**ACROSS, "required_yield": 0.0}}, markets={"hub": hub}, feeds={"lst_eth": HUB_FEED})
    world, account = model.world, model.world.accounts.of("liquidators")
    borrowers(model, "hub", "lst", 100.0, 91.0, 1000.0)
    taker = world.accounts.open("taker")
    world.ledgers["ethereum"].create("eth", taker, 500.0, "outside")
    act(model, taker, Supply(target="hub", token="eth", amount=500.0), Borrow(target="hub", token="lst", amount=95.0))
    run_for(model, 1500.0)
    place = world.targets["hub"]
    received = world.events.frame("liquidations")["seized"].sum()
    assert received == pytest.approx(45.5 * 1.05, rel=1e-3)
    assert place.deposits_of(account)["lst"] == pytest.approx(received - 5.0, abs=1e-6)
    act(model, taker, Repay(target="hub", token="lst", amount=20.0))
    run_for(model, 1500.0)
    assert place.deposits_of(account)["lst"] == pytest.approx(received - 25.0, abs=1e-6)
    act(model, taker, Repay(target="hub", token="lst", amount=ALL))
    run_for(model, 1500.0)
    assert place.deposits_of(account).get("lst", 0.0) == pytest.approx(0.0, abs=1e-9)
    assert world.ledgers["ethereum"].balance("lst", account) == pytest.approx(0.0, abs=1e-9)
    both = sum(world.ledgers[chain].balance("eth", account) for chain in ("ethereum", "rollup"))
    assert both > 800.0
