"""A curator of a vault over two pairs: it levels the yields, keeps away from caps and dry markets, and cuts a cap at a risk."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.load import read
from model.core.actions import Repay, Transaction
from model.core.errors import BadInput
from tests.agents.two_chains import opened, run_for, two_chains

DAY = 86_400.0
CURVE = {"kind": "kinked", "optimal_utilisation": 0.9, "base": 0.0, "slope1": 0.09, "slope2": 0.6}
PAIR = {
    "kind": "morpho", "chain": "ethereum", "loan": "eth", "collateral": "lst", "numeraire": "eth", "lltv": 0.86, "feed": "rate",
    "rate": CURVE,
}  # fmt: skip
RATE = {"chain": "ethereum", "mechanism": {"kind": "exchange_rate", "claim": "claim:lst"}}
VAULT = {"kind": "vault", "chain": "ethereum", "token": "eth", "caps": {"quiet": 900.0, "busy": 900.0}, "curator": "curator"}
BORROWERS = {"kind": "pair_borrowers", "collateral": "lst", "debt": "eth", "count": 4, "log_sd": 0.0, "highest": 2.0, "health": [2.0] * 4}
AGENTS: dict[str, Any] = {
    "savers": {"kind": "depositor", "market": "vault", "token": "eth", "supplied": 1_000.0, "count": 2},
    "others": {"kind": "depositor", "market": "busy", "token": "eth", "supplied": 100.0},
    # 86 borrowed of 900 in one pair, 172 of 200 in the other.
    "calm": {**BORROWERS, "market": "quiet", "total": 200.0},
    "eager": {**BORROWERS, "market": "busy", "total": 400.0},
    "curator": {"kind": "vault_curator", "vault": "vault", "period": 3_600.0, "step": 1.0, "least_gain": 0.001},
}  # fmt: skip


def world(curator: dict[str, Any] | None = None, vault: dict[str, Any] | None = None, **sections: Any):
    agents = {**AGENTS, "curator": {**AGENTS["curator"], **(curator or {})}}
    return opened(agents, markets={"quiet": PAIR, "busy": PAIR, "vault": {**VAULT, **(vault or {})}}, feeds={"rate": RATE}, **sections)


def state(model):
    targets = model.world.targets
    return targets["vault"], targets["quiet"], targets["busy"]


def test_deposits_move_until_both_markets_pay_the_same():
    model = world()
    vault, quiet, busy = state(model)
    assert (vault.lent("quiet"), vault.lent("busy")) == (pytest.approx(900.0), pytest.approx(100.0))
    worth = vault.assets()
    assert quiet.supply_rate_after(0.0) < 0.002 < 0.07 < busy.supply_rate_after(0.0)
    run_for(model, 3_600.0 + 600.0)
    assert quiet.supply_rate_after(0.0) == pytest.approx(busy.supply_rate_after(0.0), rel=1e-4)
    # The curves are the same: so are utilisations, 86 / x = 172 / (1,100 - x).
    assert vault.lent("quiet") == pytest.approx(1_100.0 / 3.0, rel=1e-3)
    assert vault.assets() == pytest.approx(worth, rel=1e-4)
    assert list(vault.params.caps) == ["busy", "quiet"]  # new deposits go where it paid most
    assert vault.params.withdraw_queue == ("quiet", "busy")
    run_for(model, DAY)
    assert len(model.world.events.frame("governance")) == 2  # nothing is moved for nothing


def test_a_cap_a_step_and_a_dry_market_bound_the_move():
    capped, stepwise = world(vault={"caps": {"quiet": 900.0, "busy": 300.0}}), world({"step": 0.1})
    for model in (capped, stepwise):
        run_for(model, 3_600.0 + 600.0)
    assert state(capped)[0].lent("busy") == pytest.approx(300.0, rel=1e-4)
    assert state(stepwise)[0].lent("busy") == pytest.approx(200.0, rel=1e-3)
    # From the quiet pair no more goes than leaves it at a utilisation of .2: 86 / .2 = 430 stay.
    careful = world({"most_utilisation": 0.2})
    run_for(careful, 3_600.0 + 600.0)
    vault, quiet, _ = state(careful)
    assert vault.lent("quiet") == pytest.approx(430.0, rel=1e-3)
    assert quiet.utilisation() == pytest.approx(0.2, rel=1e-3)


def test_a_difference_below_the_least_gain_is_left():
    model = world({"least_gain": 0.08})
    run_for(model, DAY)
    assert model.world.events.count("governance") == 0
    assert state(model)[0].lent("busy") == pytest.approx(100.0, rel=1e-3)


CAUTION = {"cautions": {"quiet": {"when": "impairment:lst", "level": 0.05, "cap": 50.0}}, "reaction": 1_200.0, "least_gain": 1.0}
SLASH = {"slash": {"kind": "slashing", "claim": "lst", "at": 600, "severity": 0.1}}


def test_a_risk_cuts_the_cap_and_calls_deposits_back_as_far_as_they_are_liquid():
    model = world(CAUTION, {"caps": {"quiet": 900.0, "busy": 2_000.0}}, shocks=SLASH)
    vault, quiet, _ = state(model)
    run_for(model, 1_500.0)
    assert vault.params.caps["quiet"] == 900.0  # it has seen it, and takes its time
    run_for(model, 600.0)
    assert vault.params.caps["quiet"] == 50.0
    assert vault.lent("quiet") == pytest.approx(86.0, rel=1e-3)  # what is borrowed
    assert quiet.cash("eth") == pytest.approx(0.0, abs=1e-6)
    assert vault.lent("busy") == pytest.approx(1_000.0 - 86.0, rel=1e-3)
    acted = model.world.events.frame("governance")
    assert acted["time"].min() - model.world.clock.start >= 600.0 + 1_200.0
    assert model.world.audit() == []
    # A repayment becomes cash, and is called back at the next look, down to the cap.
    payer = model.world.accounts.of("calm")
    model.world.ledgers["ethereum"].create("eth", payer, 20.0, "genesis")
    paid = Transaction((Repay(target="quiet", token="eth", amount=20.0),))
    assert model.world.chains["ethereum"].execute(payer, paid, model.world.clock.now).ok
    run_for(model, 3_600.0)
    assert vault.lent("quiet") == pytest.approx(66.0, rel=1e-2)


def test_without_the_risk_the_cap_stands():
    model = world(CAUTION)
    run_for(model, DAY)
    assert state(model)[0].params.caps["quiet"] == 900.0


def test_who_is_not_the_curator_and_markets_that_are_not_the_vaults_are_refused():
    with pytest.raises(BadInput, match=r"markets\.vault\.curator.*curates it"):
        world(vault={"curator": ""})
    with pytest.raises(BadInput, match=r"cautions\.vault"):
        world({"cautions": {"vault": CAUTION["cautions"]["quiet"]}})
    with pytest.raises(BadInput, match="a market of kind vault"):
        world({"vault": "busy"})
    raw = two_chains(
        {**AGENTS, "curator": {**AGENTS["curator"], "cautions": {"quiet": {"when": "mood:lst", "level": 1.0}}}},
        markets={"quiet": PAIR, "busy": PAIR, "vault": VAULT}, feeds={"rate": RATE},
    )  # fmt: skip
    with pytest.raises(BadInput, match=r"agents\.curator\.cautions\.quiet\.when"):
        read(raw)
