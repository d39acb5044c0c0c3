"""Capital that moves between chains: what is on its way counts, whatever carries it; limits and the cost of the wait are weighed."""

from __future__ import annotations

import pytest

from model.core.actions import Transaction, Transfer
from model.core.units import DAY
from tests.agents.test_cross_chain import ARBITRAGE, CHEAP
from tests.agents.test_cross_chain_liquidator import FEED, LIQUIDATORS, PAIR, borrowers
from tests.agents.two_chains import opened, run_for

NATIVE = {"home": "ethereum", "token": "eth", "forms": {"rollup": "eth"}}
OVER_SLOW = {
    "eth_slow": {"kind": "canonical", "delay": 900.0, **NATIVE},
    "eth_fast": {"kind": "solvers", "via": "eth_slow", "inventory": {"ethereum": 5.0, "rollup": 5.0}, **NATIVE},
}  # fmt: skip
FAR_DEAR = {"pool": {"reserves": {"eth": 6000.0, "lst": 36_000.0}}}


def arbitrage_into_the_rollup(**params: object):
    """Buys at home, sells on the rollup, and its money has to come back over a bridge with little inventory and a challenge period."""
    given = {**ARBITRAGE, "return_bridge": "eth_fast", "capital": 1000.0, "far_capital": 1000.0, **params}
    model = opened({"arbitrageurs": given}, bridges=OVER_SLOW, venues=FAR_DEAR)
    run_for(model, DAY)
    account = model.world.accounts.of("arbitrageurs")
    return model, model.world.targets["eth_slow"].waiting_for(account), model.world.ledgers["rollup"].balance("eth", account)


def liquidators_without_cash_on_the_rollup(gone: float = 390.0, **given):
    """Liquidators with an offer on the rollup and ``gone`` of their 400 eth there taken away; asked every hour."""
    bridges = {"eth_lane": given.pop("lane", {})}
    model = opened({"liquidators": {**LIQUIDATORS, **given}}, bridges=bridges, markets={"pair": PAIR}, feeds={"lst_r_eth": FEED})
    world, account = model.world, model.world.accounts.of("liquidators")
    borrowers(model, "pair", "lst_r", 100.0, 50.0, 1000.0)
    away = Transfer(target="rollup", token="eth", amount=gone, to=0)
    assert world.chains["rollup"].execute(account, Transaction((away,)), world.clock.now).ok
    world.targets["pair"].params = world.targets["pair"].params.replaced(lltv=0.3)
    for _ in range(6):
        run_for(model, 3600.0)
        model.ask([model._by_account[account]])
    run_for(model, 3600.0)
    steps = world.events.frame("bridge_messages")
    return world, steps[(steps["bridge"] == "eth_lane") & (steps["step"] == "sent")]["amount"].tolist()


def test_what_a_slow_bridge_carries_counts_as_coming():
    """It had sent all it had over the challenge period, 27 messages in two days, because it saw none of them."""
    _, coming, left = arbitrage_into_the_rollup(most_cost=0.005)
    assert len(coming) <= 3
    total = left + sum(one.amount for one in coming)
    assert total > 2000.0
    assert left > 0.35 * total, "the far side keeps its share"


def test_a_challenge_period_costs_more_than_a_refill_is_worth():
    """7 days at 10 % a year are 19 basis points."""
    assert arbitrage_into_the_rollup(most_cost=0.0018)[1] == []
    assert arbitrage_into_the_rollup(most_cost=0.0020)[1] != []
    assert arbitrage_into_the_rollup(most_cost=0.0018, required_yield=0.05)[1] != []


def test_over_a_bridge_of_solvers_goes_what_their_inventory_pays_at_once():
    model, coming, _ = arbitrage_into_the_rollup()
    steps = model.world.events.frame("bridge_messages")
    fast = steps[(steps["bridge"] == "eth_fast") & (steps["step"] == "sent") & (steps["to_chain"] == "ethereum")]
    assert 1.0 < fast["amount"].sum() <= 5.0
    assert coming == []


def test_a_refill_beyond_the_rate_limit_goes_in_parts():
    """Of 195 eth that were missing none had ever been sent: each request was above the limit, and reverted."""
    world, sent = liquidators_without_cash_on_the_rollup(lane={"limit": 20.0, "limit_refill": 480.0})
    assert world.events.count("reverts") == 0
    assert sent[0] == pytest.approx(20.0)
    assert len(sent) > 1
    assert max(sent) <= 20.0
    assert world.ledgers["rollup"].balance("eth", world.accounts.of("liquidators")) > 40.0


def test_what_is_missing_is_sent_as_the_limit_refills_though_nothing_else_wakes_it():
    lane = {"limit": 20.0, "limit_refill": 480.0}
    model = opened({"liquidators": LIQUIDATORS}, bridges={"eth_lane": lane}, markets={"pair": PAIR}, feeds={"lst_r_eth": FEED})
    world, account = model.world, model.world.accounts.of("liquidators")
    borrowers(model, "pair", "lst_r", 100.0, 50.0, 1000.0)
    world.ledgers["rollup"].move("eth", account, 0, 390.0)
    pair = world.targets["pair"]
    pair.params = pair.params.replaced(lltv=0.3)
    run_for(model, 600.0)
    pair.params = pair.params.replaced(lltv=0.9)  # nothing is to be liquidated any more
    run_for(model, 4 * 3600.0)
    sent = world.events.frame("bridge_messages").query("bridge == 'eth_lane' and step == 'sent'")["amount"]
    assert len(sent) >= 3
    assert world.ledgers["rollup"].balance("eth", account) > 48.0


def test_a_limit_that_is_used_up_is_waited_for():
    model = opened(
        {"arbitrageurs": {**ARBITRAGE, "return_bridge": "eth_lane"}},
        venues=CHEAP,
        bridges={"eth_lane": {"limit": 100.0, "limit_refill": 2400.0}},
    )
    run_for(model, DAY)
    steps = model.world.events.frame("bridge_messages").query("bridge == 'eth_lane' and step == 'sent'")
    assert model.world.events.count("reverts") == 0
    assert len(steps) >= 2
    assert steps["amount"].max() <= 100.0
    assert steps["amount"].min() > 9.0, "no crumbs as the limit refills"


@pytest.mark.parametrize(
    ("gone", "low_water", "refilled"), [(280.0, 0.25, False), (280.0, 0.6, True), (360.0, 0.25, True), (360.0, 0.1, False)]
)
def test_a_chain_is_refilled_below_its_low_water_only(gone, low_water, refilled):
    """Of 520 (440) eth in all half belong on the rollup: 120 there are 46 % of that share, 40 are 18 %."""
    assert bool(liquidators_without_cash_on_the_rollup(gone, low_water=low_water)[1]) is refilled
