"""Liquidators with capital on several chains: offers of each, offers across a hub, and capital moved over a bridge when it runs low."""

from __future__ import annotations

import numpy as np
import pytest

from model.core.actions import Transaction, Transfer
from model.shocks.statements import always, distort
from tests.agents.two_chains import opened, run_for

LIQUIDATORS = {
    "kind": "cross_chain_liquidator", "count": 1, "chain": "ethereum", "cash": "eth", "capital": {"eth": 400.0},
    "elsewhere": {"rollup": {"cash": "eth", "capital": {"eth": 400.0}}}, "bridges": ["eth_lane"], "latency": 0.0, "retry": 300.0,
}  # fmt: skip
PAIR = {"kind": "morpho", "chain": "rollup", "loan": "eth", "collateral": "lst_r", "numeraire": "eth", "lltv": 0.9, "feed": "lst_r_eth"}
FEED = {"chain": "rollup", "mechanism": {"kind": "constant", "value": 1.0}}
FIXED = {"kind": "fixed", "rate": 0.0}
HUB = {
    "kind": "hub", "chain": "ethereum", "numeraire": "eth",
    "spokes": {
        "ethereum": {"delay": 0.0, "assets": {"lst": {"feed": "lst_eth", "ltv": 0.85, "liquidation_threshold": 0.9, "rate": FIXED}}},
        "rollup": {"delay": 600.0, "bridge": "lane", "assets": {"eth": {"ltv": 0.8, "liquidation_threshold": 0.85, "rate": FIXED}}},
    },
}  # fmt: skip
HUB_FEED = {"chain": "ethereum", "mechanism": {"kind": "constant", "value": 1.0}}


def borrowers(model, market: str, collateral: str, amount: float, debt: float, lender_supply: float) -> int:
    """One lender and one borrower whose position is given; cash follows."""
    world = model.world
    place = world.targets[market]
    lender, borrower = world.accounts.open_many("lender", 1), world.accounts.open_many("borrower", 1)
    loan = "eth" if market == "pair" else "eth@rollup"
    place.open_positions(lender, {loan: np.array([lender_supply])}, {})
    place.open_positions(borrower, {collateral: np.array([amount])}, {loan: np.array([debt])})
    if market == "pair":
        world.ledgers["rollup"].move(collateral, 0, place.account, amount)
    place.open_cash()
    lane = world.targets["eth_lane"]
    lane.open_native()  # the loans' cash is gas token of the rollup: it stands on locked eth
    return borrower.start


def test_it_liquidates_on_a_chain_that_is_not_its_home():
    model = opened({"liquidators": LIQUIDATORS}, markets={"pair": PAIR}, feeds={"lst_r_eth": FEED})
    borrower = borrowers(model, "pair", "lst_r", 100.0, 91.0, 1000.0)
    run_for(model, 600.0)
    found = model.world.events.since("liquidations", 0)
    assert found
    assert found[0]["chain"] == "rollup"
    assert model.world.targets["pair"].debts_of(borrower).get("eth", 0.0) < 1e-3
    held = model.world.ledgers["rollup"].balance("eth", model.world.accounts.of("liquidators"))
    assert held > 400.0  # sold on the rollup, at a profit


def test_an_offer_across_the_hub_is_paid_here_and_sold_there():
    model = opened({"liquidators": LIQUIDATORS}, markets={"hub": HUB}, feeds={"lst_eth": HUB_FEED})
    world, account = model.world, model.world.accounts.of("liquidators")
    borrower = borrowers(model, "hub", "lst", 100.0, 91.0, 1000.0)
    assert world.targets["hub"].health_of(1) < 1.0
    run_for(model, 300.0)
    assert world.targets["hub"].totals()["eth"]["in_flight"] > 0.0
    assert world.ledgers["rollup"].balance("eth", account) < 400.0
    assert world.events.count("liquidations") == 0  # the hub has not heard yet
    run_for(model, 3600.0)
    assert world.events.count("liquidations") >= 1
    home = world.ledgers["ethereum"].balance("eth", account)
    both = home + world.ledgers["rollup"].balance("eth", account)
    assert home > 400.0
    assert both > 800.0
    assert world.targets["hub"].debts_of(borrower).get("eth", 0.0) < 91.0


def test_capital_that_runs_low_is_refilled_over_the_bridge_and_waits():
    model = opened({"liquidators": LIQUIDATORS}, markets={"pair": PAIR}, feeds={"lst_r_eth": FEED})
    world, account = model.world, model.world.accounts.of("liquidators")
    borrowers(model, "pair", "lst_r", 100.0, 50.0, 1000.0)
    gone = Transfer(target="rollup", token="eth", amount=390.0, to=0)
    assert world.chains["rollup"].execute(account, Transaction((gone,)), world.clock.now).ok
    pair = world.targets["pair"]
    pair.params = pair.params.replaced(lltv=0.3)  # now there is an offer, and nearly nothing to pay it with
    run_for(model, 600.0)
    (message,) = world.targets["eth_lane"].waiting_for(account, "rollup")
    assert message.amount == pytest.approx(195.0, rel=0.1)
    assert all(row["repaid"] <= 20.0 for row in world.events.since("liquidations", 0))  # what it had, turned over
    assert world.ledgers["rollup"].balance("eth", account) < 30.0
    run_for(model, 3600.0)
    assert world.ledgers["rollup"].balance("eth", account) > 180.0
    assert world.targets["eth_lane"].waiting_for(account) == []


@pytest.mark.parametrize(("required", "taken"), [(0.2, True), (3000.0, False)])
def test_the_wait_for_the_message_is_charged_at_the_required_yield(required, taken):
    """10 minutes at 3,000 a year cost 5.7 %, the bonus is 5 %."""
    model = opened({"liquidators": {**LIQUIDATORS, "required_yield": required}}, markets={"hub": HUB}, feeds={"lst_eth": HUB_FEED})
    borrowers(model, "hub", "lst", 100.0, 91.0, 1000.0)
    run_for(model, 3900.0)
    assert (model.world.events.count("liquidations") > 0) is taken


@pytest.mark.parametrize(("drift", "settled"), [(0.05, True), (0.002, False)])
def test_for_much_less_collateral_than_quoted_it_wants_its_money_back(drift, settled):
    """The hub's feed rises by half a per cent while the message travels; the row is still below health 1."""
    model = opened({"liquidators": {**LIQUIDATORS, "most_drift": drift}}, markets={"hub": HUB}, feeds={"lst_eth": HUB_FEED})
    world, account = model.world, model.world.accounts.of("liquidators")
    borrowers(model, "hub", "lst", 100.0, 91.0, 1000.0)
    run_for(model, 300.0)
    assert world.targets["hub"].totals()["eth"]["in_flight"] > 0.0
    distort(world.targets["lst_eth"], "rise", always(1.005))
    assert 0.99 < world.targets["hub"].health_of(1) < 1.0
    run_for(model, 600.0)
    assert (world.events.count("liquidations") > 0) is settled
    steps = set(world.events.frame("bridge_messages")["step"])
    assert ("liquidate slippage" in steps) is not settled
    assert world.ledgers["rollup"].balance("eth", account) < 400.0
