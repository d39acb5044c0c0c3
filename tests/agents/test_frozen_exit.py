"""Liquidity of debt in runs: an exit that is closed, and a debt asset that loses its peg. Twins differ in one thing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from model.core.actions import ALL, Transaction, Withdraw
from tests.agents.depeg_world import KINDS
from tests.agents.depeg_world import opened as depegged
from tests.agents.depeg_world import run_for as pass_time
from tests.agents.test_runner import borrowers, lenders, opened, run_for

SPILL = {"spill": 1.0, "borrows": "usdc", "borrow_after": 3_600.0, "borrow_share": 0.5}


def run_on_eth(**runners: Any):
    """1,000 eth are lent, 900 or so borrowed by owners who sit still; everybody hears the news and wants out. 5 M usdc are lent beside."""
    agents = {
        "runners": lenders(news="gas", flight=1.0, **runners),
        "savers": lenders("usdc", 5e6),
        "borrowers": borrowers(total=3.4e6, tolerance=[9.0, 9.1]),
    }
    return opened(agents)


@pytest.fixture(scope="module")
def frozen():
    """Twins after eight hours: runners who only wait, and runners who borrow usdc against what is stuck."""
    still, spilling = run_on_eth(spill=0.0), run_on_eth(**SPILL)
    for model in (still, spilling):
        run_for(model, 8.0)
    return still, spilling


def waiting(model):
    market, first = model.markets[0], model.world.accounts.of("runners")
    return {account: held for account in range(first, first + 20) if (held := market.deposits_of(account).get("eth", 0.0)) > 0.0}


def test_cash_goes_to_the_first_and_the_rest_wait_at_a_closed_exit(frozen):
    model, _ = frozen
    market, stuck = model.markets[0], waiting(model)
    ledger = model.world.ledgers["ethereum"]
    first = model.world.accounts.of("runners")
    out = sum(ledger.balance("eth", account) for account in range(first, first + 20))
    owed = market.totals()["eth"]["borrowed"]
    assert market.totals()["eth"]["utilisation"] == pytest.approx(1.0, abs=1e-3)
    assert len(stuck) > 2
    assert out + sum(stuck.values()) == pytest.approx(
        1_000.0 + (owed - run_on_eth(spill=0.0).markets[0].totals()["eth"]["borrowed"]), rel=1e-3
    )
    largest = max(stuck, key=stuck.__getitem__)
    leave = Transaction((Withdraw(target="aave", token="eth", amount=ALL),))
    receipt = model.world.chains["ethereum"].execute(largest, leave, model.world.clock.now)
    assert (receipt.ok, receipt.reason.partition(":")[0]) == (False, "insufficient_liquidity")
    assert not any(agent.gone for agent in model.deciders if getattr(agent, "account", None) in stuck)


def test_interest_accrues_at_the_top_of_the_curve_while_the_exit_is_closed(frozen):
    model, _ = frozen
    market = model.markets[0]
    reserve = market.reserves["eth"]
    top = reserve.params.rate.make().borrow_rate(1.0)
    assert reserve.borrow_rate == pytest.approx(top, rel=1e-2)
    owed, deposits = market.debt("eth"), market.deposits("eth")
    model.world.clock.now += 3_600.0
    assert market.debt("eth") / owed - 1.0 == pytest.approx(reserve.borrow_rate / 8_760.0, rel=1e-3)
    assert market.deposits("eth") > deposits
    model.world.clock.now -= 3_600.0


def test_another_reserve_feels_it_only_where_those_who_are_stuck_act(frozen):
    still, spilling = frozen
    quiet = still.markets[0].totals()["usdc"]
    assert quiet["borrowed"] == 0.0
    assert quiet["cash"] == pytest.approx(still.markets[0].deposits("usdc"))
    assert quiet["utilisation"] == quiet["borrow_rate"] == 0.0
    struck, stuck = spilling.markets[0].totals()["usdc"], waiting(spilling)
    # Each borrows half of what its stuck eth allows at an LTV of .8 and 2,000 usdc per eth.
    assert struck["borrowed"] == pytest.approx(0.5 * 0.8 * 2_000.0 * sum(stuck.values()), rel=0.02)
    assert struck["borrow_rate"] > 0.0
    lending = still.world.events.frame("lending")
    assert set(lending["token"]) == {"eth"}


DEBT = {"kind": "pair_borrowers", "market": "lend", "collateral": "eth", "debt": "usdc", "count": 20, "total": 10_000.0}
LENDERS = {"kind": "yield_seeker", "market": "lend", "token": "usdc", "supplied": 40e6, "count": 3, "period": 1e9}
LIQUIDATORS = {"kind": "inventory", "count": 2, "capital": {"usdc": 20e6}, "latency": 0.0, "retry": 600.0}
AGENTS = {"lenders": LENDERS, "borrowers": DEBT, "liquidators": LIQUIDATORS}


def lost_peg(feed: str, **sections: Any):
    """Twelve hours in which usdc falls to .88, in a market that reads ``feed`` for it."""
    reserves = {name: dict(terms) for name, terms in KINDS["pooled"]["reserves"].items()}
    reserves["usdc"]["feed"] = feed
    model = depegged(AGENTS, markets={"lend": {"kind": "pooled", "chain": "ethereum", "reserves": reserves}}, **sections)
    market = model.world.targets["lend"]
    before = market.health().copy(), lenders_value(model)
    pass_time(model, 11.0)
    return model, before


def lenders_value(model):
    """What the lenders' claims are worth at the true price (USD), debts covered in full."""
    market, first = model.world.targets["lend"], model.world.accounts.of("lenders")
    return model.world.board.true["usdc"] * sum(market.deposits_of(first + place)["usdc"] for place in range(3))


def test_under_a_market_feed_borrowers_gain_lenders_lose_and_nobody_is_liquidated():
    model, (health, value) = lost_peg("usdc_usd")
    market = model.world.targets["lend"]
    stated = model.world.targets["usdc_usd"].value()
    owing = np.isfinite(health)
    np.testing.assert_allclose(market.health()[owing], health[owing] / stated, rtol=1e-9)
    assert stated == pytest.approx(0.88, rel=0.003)
    assert lenders_value(model) == pytest.approx(0.88 * value)
    assert model.world.events.count("liquidations") == 0


def test_under_a_feed_at_1_borrowers_gain_nothing_and_liquidators_are_overpaid():
    """With eth down to 1,500 two hours later: who pays a usdc of .88 gets eth for a whole dollar and the bonus on top."""
    fall = {"eth": {"kind": "table", "from_start": True, "times": [0, 18_000, 18_001, 86_400], "values": [2000.0, 2000.0, 1500.0, 1500.0]}}
    told, _ = lost_peg("usdc_usd", prices=fall)
    par, _ = lost_peg("par", prices=fall)
    rows = par.world.events.frame("liquidations")
    bonus = 1.0 + par.world.targets["lend"].params.reserves["eth"].bonus
    assert len(rows) > 2
    assert rows["time"].min() > par.world.clock.start + 18_000.0
    assert rows["seized"].sum() * 1_500.0 / (rows["repaid"].sum() * 0.88) == pytest.approx(bonus / 0.88, rel=0.005)
    told_rows = told.world.events.frame("liquidations")
    assert told_rows["repaid"].sum() < 0.5 * rows["repaid"].sum()


def test_under_a_feed_at_1_liquidations_of_a_dearer_debt_stop():
    """A debt token that is worth 1.2 where the market says 1: repaying costs more than the collateral with its bonus brings."""
    dear = {"kind": "table", "from_start": True, "times": [0, 3600, 7200, 86_400], "values": [1.0, 1.0, 1.2, 1.2]}
    later = {"kind": "table", "from_start": True, "times": [0, 7200, 10_800, 86_400], "values": [2000.0, 2000.0, 1500.0, 1500.0]}
    par, _ = lost_peg("par", prices={"eth": later, "usdc": dear})
    told, _ = lost_peg("usdc_usd", prices={"eth": later, "usdc": dear})
    market = par.world.targets["lend"]
    assert par.world.events.count("liquidations") == 0
    assert (market.health() < 1.0).sum() > 0
    assert told.world.events.count("liquidations") > 0
