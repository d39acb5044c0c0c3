"""Runs that news sets off and utilisation spreads; what is stuck is borrowed against; borrowers who close."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.build import build
from experiments.load import read
from model.core.actions import Govern, Transaction
from tests.experiments.small import small

NEWS = {"gas": {"kind": "gas_spike", "at": 1200.0, "on": "ethereum", "factor": 1.0, "lasts": 600.0}}
QUIET = {"hesitation": 0.0, "hearing": 600.0, "patience": 600.0, "least": 0.001}


def opened(agents: dict[str, Any]):
    raw = small()
    raw["run"]["days"] = 1.0
    raw["prices"]["eth"] = {"kind": "constant", "value": 2000.0}
    raw["agents"] = {"oracles": {"kind": "honest"}, **agents}
    raw["shocks"] = NEWS
    raw["headline"] = []
    return build(read(raw).scenario, 1)


def run_for(model, hours: float) -> None:
    for _ in range(round(hours * 6)):
        model.step()
    assert model.world.audit() == []


def lenders(token: str = "eth", supplied: float = 1_000.0, **more: Any) -> dict[str, Any]:
    return {
        "kind": "runner",
        "market": "aave",
        "token": token,
        "supplied": supplied,
        "count": 20,
        "utilisation": [1.1, 1.2],
        **QUIET,
        **more,
    }


def borrowers(**more: Any) -> dict[str, Any]:
    given = {"collateral": "usdc", "debt": "eth", "total": 3e6, "ltv": [0.5, 0.6], "count": 20, "wallet": 0.0}
    return {"kind": "panicking", "market": "aave", **given, **more}


def left(model, name: str, token: str = "eth") -> float:
    first, count = model.world.accounts.of(name), 20
    return sum(model.markets[0].deposits_of(first + place).get(token, 0.0) for place in range(count))


def test_the_news_frightens_its_share_and_nobody_before():
    model = opened({"lenders": lenders(news="gas", flight=0.5)})
    run_for(model, 0.3)
    assert left(model, "lenders") == pytest.approx(1_000.0)
    run_for(model, 5.0)
    fled = sum(agent.temper.flees for agent in model.deciders if type(agent).__name__ == "Runner")
    assert 0 < fled < 20
    assert sum(agent.gone for agent in model.deciders if type(agent).__name__ == "Runner") == fled
    assert 0.0 < left(model, "lenders") < 1_000.0


def test_without_news_and_below_their_utilisation_they_stay():
    model = opened({"lenders": lenders(news="gas", flight=0.0), "borrowers": borrowers()})
    run_for(model, 5.0)
    assert left(model, "lenders") == pytest.approx(1_000.0, rel=1e-3)


def test_those_who_leave_frighten_the_others_as_the_news_has_lowered_what_they_bear():
    calm = {"utilisation": [0.8, 1.4], "calm": 0.5}
    few = opened({"lenders": lenders(news="gas", flight=0.2, **calm), "borrowers": borrowers(total=2.5e6)})
    many = opened({"lenders": lenders(news="gas", flight=0.2, alarm=0.15, **calm), "borrowers": borrowers(total=2.5e6)})
    for model in (few, many):
        run_for(model, 6.0)
    frightened = [sum(agent.runs_at is not None for agent in model.deciders if hasattr(agent, "runs_at")) for model in (few, many)]
    assert frightened[1] > frightened[0]


def test_another_reserve_that_is_empty_is_a_signal():
    runners = lenders("usdc", 1e6, signal="aave eth", utilisation=[0.7, 0.8], calm=0.5)
    still = opened({"eth": lenders(), "runners": runners, "borrowers": borrowers(total=1.5e6)})
    dry = opened({"eth": lenders(), "runners": runners, "borrowers": borrowers(total=3.5e6)})
    for model in (still, dry):
        run_for(model, 3.0)
    assert left(still, "runners", "usdc") == pytest.approx(1e6)
    assert left(dry, "runners", "usdc") == 0.0


def test_who_is_stuck_borrows_against_the_deposit():
    spill = {"spill": 1.0, "borrows": "usdc", "borrow_after": 3_600.0, "borrow_share": 0.5}
    model = opened({"eth": lenders(news="gas", flight=1.0, **spill), "usdc": lenders("usdc", 5e6), "borrowers": borrowers(total=3.4e6)})
    run_for(model, 8.0)
    market, first = model.markets[0], model.world.accounts.of("eth")
    waiting = [account for account in range(first, first + 20) if market.deposits_of(account)]
    assert waiting, "the reserve is empty before all are out"
    for account in waiting:
        assert market.debts_of(account)["usdc"] == pytest.approx(0.5 * 0.8 * market.deposits_of(account)["eth"] * 2_000.0, rel=0.02)
    borrowed = model.world.events.frame("lending").query("verb == 'borrow'")
    assert (borrowed["time"] >= model.world.clock.start + 1_200.0 + 3_600.0).all()


def test_a_frozen_reserve_is_not_borrowed():
    spill = {"spill": 1.0, "borrows": "usdc", "borrow_after": 600.0}
    model = opened({"eth": lenders(news="gas", flight=1.0, **spill), "usdc": lenders("usdc", 5e6), "borrowers": borrowers(total=3.4e6)})
    freeze = Govern(target="aave", changes=(("reserves.usdc.frozen", True),))
    assert model.world.chains["ethereum"].execute(model.world.accounts.open("guard"), Transaction((freeze,)), model.world.clock.now).ok
    run_for(model, 4.0)
    assert model.world.events.frame("lending").query("verb == 'borrow'").empty
    assert not model.world.events.count("reverts")


def test_borrowers_who_find_the_loan_dear_repay_and_take_their_collateral():
    dear = {"wallet": 1.0, "tolerance": [0.0001, 0.0002], "step": 0.5, "total": 2e6}
    model = opened({"lenders": lenders(), "borrowers": borrowers(**dear)})
    before = model.markets[0].totals()
    run_for(model, 10.0)
    after = model.markets[0].totals()
    assert after["eth"]["borrowed"] < 0.01 * before["eth"]["borrowed"]
    assert after["usdc"]["supplied"] < 0.01 * before["usdc"]["supplied"]


def test_borrowers_who_flee_close_at_the_news_and_those_without_a_wallet_cannot():
    flee = {"news": "gas", "flight": 1.0, "hearing": 600.0, "tolerance": [1.0, 1.1]}
    stayers = borrowers(total=2e5, tolerance=[1.0, 1.1])
    model = opened({"lenders": lenders(), "rich": borrowers(wallet=1.01, **flee), "poor": borrowers(total=1e5, **flee), "stayers": stayers})
    before = left(model, "poor", "usdc")
    run_for(model, 6.0)
    assert left(model, "rich", "usdc") == 0.0
    assert left(model, "poor", "usdc") >= before
    assert set(model.world.events.frame("lending")["account"].str.partition("[")[0]) == {"rich"}
