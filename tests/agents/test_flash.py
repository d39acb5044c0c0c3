"""A liquidator without capital: a flash loan, the offer, the sale and the repayment in one transaction."""

from __future__ import annotations

from typing import Any

import pytest

from agents.liquidators.flash import FlashParams
from model.core.errors import BadInput
from tests.agents.two_chains import opened, run_for

FREE = {"kind": "fixed", "rate": 0.0}
PAIR = {
    "kind": "morpho", "chain": "ethereum", "loan": "eth", "collateral": "lst", "numeraire": "eth", "lltv": 0.86, "feed": "rate",
    "rate": FREE,
}  # fmt: skip
BANK = {"kind": "pooled", "chain": "ethereum", "numeraire": "eth", "reserves": {"eth": {"rate": FREE, "flash_fee": 0.001}}}
RATE = {"chain": "ethereum", "mechanism": {"kind": "exchange_rate", "claim": "claim:lst"}}
SLASH = {"slash": {"kind": "slashing", "claim": "lst", "at": 600, "severity": 0.1}}
POOL = {"pool": {"reserves": {"eth": 10_000.0, "lst": 60_000.0}}}
AGENTS: dict[str, Any] = {
    "lenders": {"kind": "depositor", "market": "pair", "token": "eth", "supplied": 1_000.0},
    "savers": {"kind": "depositor", "market": "bank", "token": "eth", "supplied": 500.0},
    "borrowers": {
        "kind": "pair_borrowers", "market": "pair", "collateral": "lst", "debt": "eth", "count": 5, "total": 200.0, "log_sd": 0.0,
        "highest": 1.05, "health": [1.05, 1.05, 1.05, 1.05],
    },
    "takers": {"kind": "flash", "count": 1, "latency": 0.0, "retry": 300.0, "lenders": ["bank"]},
}  # fmt: skip


def world(agents: dict[str, Any] | None = None, **takers: Any):
    """Five borrowers of equal size whose collateral loses a tenth, and a pool that pays a little less than par after that."""
    given = {**AGENTS, "takers": {**AGENTS["takers"], **takers}, **(agents or {})}
    markets = {"pair": PAIR, "bank": BANK}
    return opened(given, markets=markets, feeds={"rate": RATE}, venues=POOL, shocks=SLASH)


def held(model, name: str = "takers", token: str = "eth") -> float:
    return model.world.ledgers["ethereum"].balance(token, model.world.accounts.of(name))


def test_it_begins_with_nothing_and_keeps_what_is_left_after_the_fee():
    model = world()
    assert held(model) == 0.0
    run_for(model, 3600.0)
    events, bank = model.world.events, model.world.targets["bank"]
    taken, swaps = events.frame("liquidations"), events.frame("swaps")
    assert len(taken) == 5
    borrowed = taken["repaid"].sum() * (1.0 + 1e-4)
    fee = 0.001 * borrowed
    assert swaps["bought"].sum() > taken["repaid"].sum() + fee
    assert held(model) == pytest.approx(swaps["bought"].sum() - taken["repaid"].sum() - fee, rel=1e-9)
    assert held(model, token="lst") == 0.0
    # The savers earn the fee.
    assert bank.deposits_of(model.world.accounts.of("savers"))["eth"] == pytest.approx(500.0 + fee, rel=1e-9)
    assert bank.cash("eth") == pytest.approx(500.0 + fee, rel=1e-9)


def test_a_loan_is_no_larger_than_the_lenders_cash():
    few = {"savers": {**AGENTS["savers"], "supplied": 20.0}}
    model = world(few)
    run_for(model, 600.0 + 300.0)
    taken = model.world.events.frame("liquidations")
    assert len(taken) > 0
    # Each loan is all that there is, and its fee is there for the next one.
    assert taken["repaid"].tolist() == pytest.approx([20.0 * 1.001**place / 1.0001 for place in range(len(taken))], rel=1e-6)


def test_the_cheapest_lender_is_asked_first():
    """The pair's own flash loans are free: nothing is paid to the bank."""
    model = world(lenders=[])
    run_for(model, 3600.0)
    assert model.world.events.count("liquidations") > 0
    assert model.world.targets["bank"].cash("eth") == 500.0
    assert model.world.targets["bank"].lends_flash


def test_the_fee_bounds_the_size():
    """In a thin pool the last unit sold brings the incentive less the fee: of 32.8 that could be repaid, 25.2 at a fee of 3 %."""
    sizes = []
    for fee in (0.0, 0.03):
        lender = {**BANK, "reserves": {"eth": {"rate": FREE, "flash_fee": fee}}}
        thin = {"pool": {"reserves": {"eth": 300.0, "lst": 1_700.0}}}
        model = opened(AGENTS, markets={"pair": PAIR, "bank": lender}, feeds={"rate": RATE}, venues=thin, shocks=SLASH)
        run_for(model, 900.0)
        sizes.append(model.world.events.frame("liquidations")["repaid"].iloc[0])
        assert held(model) > 0.0
    assert sizes == [pytest.approx(200.0 / 5 * 0.86 / 1.05, rel=1e-3), pytest.approx(25.16, rel=0.02)]


def test_what_the_sale_does_not_pay_for_is_left():
    """A fee above the incentive of 4.4 %."""
    dear = {**BANK, "reserves": {"eth": {"rate": FREE, "flash_fee": 0.2}}}
    model = opened(AGENTS, markets={"pair": PAIR, "bank": dear}, feeds={"rate": RATE}, venues=POOL, shocks=SLASH)
    run_for(model, 3600.0)
    assert model.world.events.count("liquidations") == 0
    assert model.world.events.count("reverts") == 0
    assert (model.world.targets["pair"].health() < 1.0).sum() == 5


def test_it_competes_with_those_who_have_little_capital():
    """Who tips more is first, and takes whole loans; the other comes too late and pays for gas alone."""
    inventory = {"kind": "inventory", "count": 1, "capital": {"eth": 5.0}, "latency": 0.0, "retry": 300.0}
    alone, beside = world({"takers": inventory}), world({"others": inventory}, tip=20.0)
    for model in (alone, beside):
        run_for(model, 900.0)
    frames = [model.world.events.frame("liquidations") for model in (alone, beside)]
    assert frames[0]["repaid"].max() < 10.0
    assert frames[1]["repaid"].tolist() == pytest.approx([200.0 / 5 * 0.86 / 1.05] * 5, rel=1e-3)
    assert set(frames[1]["liquidator"]) == {"takers[0]"}
    assert set(beside.world.events.frame("reverts")["account"].str.partition("[")[0]) == {"others"}


def test_impossible_lenders_are_refused():
    with pytest.raises(BadInput, match=r"agents\.takers\.lenders"):
        opened({**AGENTS, "takers": {**AGENTS["takers"], "chain": "rollup"}}, markets={"pair": PAIR, "bank": BANK}, feeds={"rate": RATE})
    with pytest.raises(BadInput, match="kind inventory has some"):
        FlashParams.read({"capital": {"eth": 1.0}})
