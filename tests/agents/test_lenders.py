"""Lenders at the exit of every kind of market: who finds the yield too low leaves, who is frightened leaves, and what cash they find."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from model.core.actions import ALL, Repay, Supply, Transaction, Withdraw
from model.network.exposure import exposure_table
from model.quantities import read
from tests.agents.test_hub_borrowers import WORLD as HUB_WORLD
from tests.agents.two_chains import opened, run_for

DAY = 86_400.0
FREE = {"kind": "fixed", "rate": 0.0}
ONE = {"chain": "ethereum", "mechanism": {"kind": "constant", "value": 1.0}}
PAIR = {
    "kind": "morpho", "chain": "ethereum", "loan": "eth", "collateral": "lst", "numeraire": "eth", "lltv": 0.9, "feed": "par", "rate": FREE,
}  # fmt: skip
KINDS: dict[str, dict[str, Any]] = {
    "morpho": PAIR,
    "compound_v2": {"kind": "compound_v2", "reserves": {"eth": {"rate": FREE}}},
    "compound_v3": {
        "kind": "compound_v3", "base": "eth", "borrow_rate": FREE, "supply_rate": FREE, "collaterals": {"lst": {"feed": "par"}},
    },
    "euler": {"kind": "euler", "vaults": {"eth": {"rate": FREE}}},
    "pooled": {"kind": "pooled", "rules": {"kind": "aave_v3"}, "reserves": {"eth": {"rate": FREE}}},
    "vault": {"kind": "vault", "token": "eth", "caps": {"pair": 5000.0}},
}  # fmt: skip
SEEKERS = {
    "kind": "yield_seeker", "market": "lend", "token": "eth", "supplied": 1000.0, "count": 5, "target_yield": [0.05, 0.05], "step": 0.1,
}  # fmt: skip
RUNNERS = {"kind": "runner", "market": "lend", "token": "eth", "supplied": 1000.0, "count": 4, "claim": "lst", "hesitation": 60.0}
SLASH = {"slash": {"kind": "slashing", "claim": "lst", "at": 600, "severity": 0.2}}


def world_of(kind: str, agents: dict[str, Any], *, caps: dict[str, float] | None = None, **sections: Any):
    lend = {"numeraire": "eth", **KINDS[kind], "chain": "ethereum"} | ({"caps": caps} if caps else {})
    return opened(agents, markets={"pair": PAIR, "lend": lend}, feeds={"par": ONE}, **sections)


def held(model, name: str, count: int, token: str = "eth") -> float:
    ledger, first = model.world.ledgers["ethereum"], model.world.accounts.of(name)
    return sum(ledger.balance(token, first + place) for place in range(count))


def deposits(model, name: str, count: int) -> float:
    market, first = model.world.targets["lend"], model.world.accounts.of(name)
    return sum(market.deposits_of(first + place).get("eth", 0.0) for place in range(count))


@pytest.mark.parametrize("kind", KINDS)
def test_who_earns_nothing_and_wants_5_percent_leaves_step_by_step(kind):
    model = world_of(kind, {"seekers": SEEKERS})
    assert deposits(model, "seekers", 5) == pytest.approx(1000.0)
    run_for(model, 3.0 * DAY)
    # Twelve looks in three days, each takes a tenth of what is left.
    assert deposits(model, "seekers", 5) == pytest.approx(1000.0 * 0.9**12, rel=1e-9)
    assert held(model, "seekers", 5) == pytest.approx(1000.0 * (1.0 - 0.9**12), rel=1e-9)


def test_lenders_over_a_hub_leave_their_own_spoke():
    seekers = {**SEEKERS, "chain": "rollup", "market": "hub", "token": "usdc_r", "supplied": 1e6, "wallet": 0.0, "step": 0.5}
    model = opened({"seekers": seekers}, **HUB_WORLD)
    hub = model.world.targets["hub"]
    assert hub.payable("usdc_r", "rollup") == pytest.approx(1e6)
    assert hub.payable("usdc_r", "ethereum") == 0.0
    run_for(model, DAY)
    first = model.world.accounts.of("seekers")
    paid = sum(model.world.ledgers["rollup"].balance("usdc_r", first + place) for place in range(5))
    assert paid == pytest.approx(1e6 * (1.0 - 0.5**4), rel=1e-9)
    assert hub.payable("usdc_r", "rollup") == pytest.approx(1e6 - paid)


@pytest.mark.parametrize("kind", KINDS)
def test_a_frightened_lender_takes_all(kind):
    model = world_of(kind, {"runners": RUNNERS}, shocks=SLASH)
    run_for(model, 4.0 * 3600.0)
    assert held(model, "runners", 4) == pytest.approx(1000.0)
    assert deposits(model, "runners", 4) == 0.0
    assert all(agent.gone for agent in model.deciders)
    assert model.world.targets["lend"].payable("eth") == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_a_whale_leaves(kind):
    whale = {"whale": {"kind": "whale_leaving", "market": "lend", "token": "eth", "share": 0.5, "at": 600}}
    depositors = {**SEEKERS, "kind": "depositor"}
    del depositors["target_yield"], depositors["step"]
    model = world_of(kind, {"depositors": depositors}, shocks=whale)
    run_for(model, 3600.0)
    assert (model.shocks[0].wanted, model.shocks[0].left) == (pytest.approx(500.0), pytest.approx(500.0))
    assert deposits(model, "depositors", 5) == pytest.approx(500.0)


BORROWED = {
    "kind": "pair_borrowers", "market": "pair", "collateral": "lst", "debt": "eth", "count": 10, "highest": 1.5,
    "health": [1.5, 1.5, 1.5, 1.5], "total": 1000.0,
}  # fmt: skip


def test_depositors_of_a_vault_find_what_its_pairs_can_pay_and_wait_for_the_rest():
    # 1,000 in the vault: 700 in the pair, 300 idle; 600 of the 700 are lent on: 400 can be had.
    model = world_of("vault", {"runners": RUNNERS, "borrowers": BORROWED}, caps={"pair": 700.0}, shocks=SLASH)
    world, vault = model.world, model.world.targets["lend"]
    assert world.ledgers["ethereum"].balance("eth", vault.account) == pytest.approx(300.0)
    assert vault.payable("eth") == read(world, "payable:lend eth") == pytest.approx(400.0)
    run_for(model, 4.0 * 3600.0)
    assert held(model, "runners", 4) == pytest.approx(400.0)
    assert deposits(model, "runners", 4) == pytest.approx(600.0)
    assert not all(agent.gone for agent in model.deciders if hasattr(agent, "gone"))
    payer = world.accounts.of("borrowers")
    world.ledgers["ethereum"].create("eth", payer, 40.0, "genesis")
    assert world.chains["ethereum"].execute(payer, Transaction((Repay(target="pair", token="eth", amount=40.0),)), world.clock.now).ok
    run_for(model, 1800.0)
    assert held(model, "runners", 4) == pytest.approx(440.0)


def test_two_populations_share_a_vault_along_its_queue():
    seekers = {**SEEKERS, "supplied": 500.0, "period": 1e9}
    agents = {
        "seekers": seekers,
        "runners": {**RUNNERS, "supplied": 400.0},
        "late": {"kind": "depositor", "market": "lend", "token": "eth"},
    }
    agents["late"] |= {"supplied": 0.0}
    model = world_of("vault", agents, caps={"pair": 700.0})
    vault = model.world.targets["lend"]
    assert vault.lent("pair") == pytest.approx(700.0)
    assert vault.assets() == pytest.approx(900.0)
    assert len(vault.participants()) == 9
    assert sum(vault.deposits_of(account)["eth"] for account in vault.participants()) == pytest.approx(900.0)
    assert model.world.audit() == []


def test_the_last_to_leave_a_vault_leaves_nothing_and_the_next_begins_at_par():
    model = world_of("vault", {"runners": RUNNERS}, shocks=SLASH)
    run_for(model, 2.0 * 3600.0)
    world, first = model.world, model.world.accounts.of("runners")
    supply = Transaction((Supply(target="lend", token="eth", amount=100.0),))
    assert world.chains["ethereum"].execute(first, supply, world.clock.now).ok
    assert world.targets["lend"].deposits_of(first)["eth"] == pytest.approx(100.0)
    out = Transaction((Withdraw(target="lend", token="eth", amount=ALL),))
    assert world.chains["ethereum"].execute(first, out, world.clock.now).ok
    assert world.audit() == []


def test_a_large_vault_that_all_have_left_still_balances():
    model = world_of("vault", {"runners": {**RUNNERS, "supplied": 7e8, "count": 7}}, caps={"pair": 5e8}, shocks=SLASH)
    run_for(model, 2.0 * 3600.0)  # audited at every tick
    assert held(model, "runners", 7) == pytest.approx(7e8)
    assert deposits(model, "runners", 7) == 0.0


def test_a_vault_of_claims_opens_without_making_any():
    runners = {**RUNNERS, "token": "lst", "claim": None}
    pair = {**PAIR, "loan": "lst", "collateral": "eth"}
    lend = {"kind": "vault", "chain": "ethereum", "token": "lst", "caps": {"pair": 700.0}}
    model = opened({"runners": runners}, markets={"pair": pair, "lend": lend}, feeds={"par": ONE})
    world, vault = model.world, model.world.targets["lend"]
    assert world.ledgers["ethereum"].supply("lst") == pytest.approx(200_000.0)
    assert (vault.lent("pair"), vault.cash("lst")) == (pytest.approx(700.0), pytest.approx(300.0))
    assert world.audit() == []


def test_deposits_of_a_vault_are_counted_once_in_the_network():
    table = exposure_table(world_of("vault", {"runners": RUNNERS}).world)
    mine = table[(table["holder"] == "group:runners") & (table["value"] > 1e5)]
    assert mine["value"].sum() == pytest.approx(1000.0 * 2000.0)
    assert set(mine["token"]) == {"lend"}


def test_shares_pledged_in_a_market_stay_when_liquidity_leaves():
    pledged = {**PAIR, "collateral": "pool"}
    leaving = {"leaving": {"kind": "liquidity_leaving", "at": 600, "venue": "pool", "share": 0.5}}
    model = opened({}, markets={"pair": pledged}, feeds={"par": ONE}, shocks=leaving)
    world, pair = model.world, model.world.targets["pair"]
    provider, ledger = world.accounts.of("providers of pool"), world.ledgers["ethereum"]
    whole = ledger.balance("pool", provider)
    supply = Transaction((Supply(target="pair", token="pool", amount=0.125 * whole),))
    assert world.chains["ethereum"].execute(provider, supply, world.clock.now).ok
    run_for(model, 1800.0)  # audited at every tick
    assert ledger.balance("pool", pair.account) == pair.collateral_of(provider)["pool"] == pytest.approx(0.125 * whole)
    assert ledger.balance("pool", provider) == pytest.approx(0.5 * 0.875 * whole)
    np.testing.assert_allclose(ledger.supply("pool"), (0.125 + 0.5 * 0.875) * whole, rtol=1e-12)
