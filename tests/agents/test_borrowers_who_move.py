"""Borrowers who look for the cheapest market, and borrowers who spread their collateral."""

from __future__ import annotations

from typing import Any

import pytest

from agents.borrowers.diversifier import DiversifierParams
from model.core.errors import BadInput
from tests.agents.two_chains import opened, run_for

DAY = 86_400.0
RATE = {"chain": "ethereum", "mechanism": {"kind": "exchange_rate", "claim": "claim:lst"}}
KINKED = {"kind": "kinked", "optimal_utilisation": 0.9, "base": 0.0, "slope1": 0.09, "slope2": 0.6}


def pair(rate: Any, **more: Any) -> dict[str, Any]:
    curve = {"kind": "fixed", "rate": rate} if isinstance(rate, float) else rate
    return {
        "kind": "morpho", "chain": "ethereum", "loan": "eth", "collateral": "lst", "numeraire": "eth", "lltv": 0.86, "feed": "rate",
        "rate": curve, **more,
    }  # fmt: skip


POOLED = {
    "kind": "pooled", "chain": "ethereum", "numeraire": "eth", "rules": {"kind": "aave_v3"},
    "emodes": {"lst": {"ltv": 0.9, "liquidation_threshold": 0.93, "bonus": 0.01}},
    "reserves": {
        "eth": {"ltv": 0.5, "liquidation_threshold": 0.6, "rate": {"kind": "fixed", "rate": 0.01}, "flash_fee": 0.0005},
        "lst": {"feed": "rate", "ltv": 0.5, "liquidation_threshold": 0.6, "borrowable": False},
    },
}  # fmt: skip
MOVERS: dict[str, Any] = {
    "kind": "carry_migrator", "market": "dear", "others": ["cheap"], "collateral": "lst", "debt": "eth", "count": 4, "total": 400.0,
    "log_sd": 0.0, "highest": 1.5, "health": [1.5, 1.5, 1.5, 1.5], "least_gain": [0.02, 0.02], "period": 3_600.0,
}  # fmt: skip
LENDERS = {"kind": "depositor", "token": "eth", "supplied": 1_000.0}


def moving(cheap: dict[str, Any], dear: Any = 0.1, supplied: float = 1_000.0, **movers: Any):
    agents = {
        "far": {**LENDERS, "market": "cheap", "supplied": supplied}, "near": {**LENDERS, "market": "dear"}, "movers": {**MOVERS, **movers},
    }  # fmt: skip
    return opened(agents, markets={"dear": pair(dear), "cheap": cheap}, feeds={"rate": RATE})


def position(model, market: str, name: str = "movers", count: int = 4) -> tuple[float, float]:
    found, first = model.world.targets[market], model.world.accounts.of(name)
    mine = [(found.deposits_of(first + place), found.debts_of(first + place)) for place in range(count)]
    return sum(held.get("lst", 0.0) for held, _ in mine), sum(owed.get("eth", 0.0) for _, owed in mine)


OWED = 400.0 * 0.86 / 1.5


def test_a_loan_moves_whole_to_where_it_costs_less():
    model = moving(pair(0.02))
    assert position(model, "dear") == (pytest.approx(400.0), pytest.approx(OWED))
    run_for(model, 2.0 * 3_600.0)
    held, owed = position(model, "cheap")
    assert position(model, "dear") == (0.0, 0.0)
    assert held == pytest.approx(400.0, rel=1e-12)
    assert owed == pytest.approx(OWED, rel=1e-4)
    lending = model.world.events.frame("lending")
    assert sorted(lending[lending["account"].str.startswith("movers")]["verb"].unique()) == ["borrow", "repay", "supply", "withdraw"]
    later = owed
    run_for(model, 10.0 * DAY)
    assert position(model, "cheap")[1] / later - 1.0 == pytest.approx(0.02 * 10.0 / 365.0, rel=0.01)
    assert model.world.events.count("reverts") == 0


def test_a_gain_that_is_too_small_or_does_not_pay_for_itself_is_left():
    for model in (moving(pair(0.085)), moving(pair(0.02), horizon=1e-6)):
        run_for(model, DAY)
        assert position(model, "cheap") == (0.0, 0.0)


def test_who_moves_raises_the_rate_for_the_others():
    """Equal curves, a quarter of the loan at a time: they stop when the difference is down to what they care for."""
    model = moving(pair(KINKED), dear=KINKED, supplied=500.0, share=0.25)
    run_for(model, 3.0 * DAY)
    dear, cheap = (model.world.targets[name].totals()["eth"]["borrow_rate"] for name in ("dear", "cheap"))
    assert abs(dear - cheap) <= 0.02
    assert 0.0 < position(model, "cheap")[1] < OWED


def test_a_market_without_cash_takes_what_it_can_pay():
    model = moving(pair(0.02), supplied=50.0)
    run_for(model, 6.0 * 3_600.0)
    assert position(model, "cheap")[1] == pytest.approx(50.0, rel=1e-3)
    assert sum(position(model, market)[0] for market in ("dear", "cheap")) == pytest.approx(400.0)
    assert model.world.targets["cheap"].payable("eth") == pytest.approx(0.0, abs=0.01)


def test_into_a_pool_by_its_category_only():
    """At an LTV of .5 the pool does not lend what the pair at .86 does; in e-mode it does, and its flash fee is paid."""
    shut, opening = moving(POOLED, least_health=1.01), moving(POOLED, categories={"cheap": "lst"}, flash="cheap")
    for model in (shut, opening):
        run_for(model, 2.0 * 3_600.0)
        assert model.world.events.count("reverts") == 0
    assert position(shut, "cheap") == (0.0, 0.0)
    assert position(opening, "cheap") == (pytest.approx(400.0), pytest.approx(OWED * 1.0005, rel=1e-5))


def test_a_market_where_health_would_be_too_low_is_left():
    """An LLTV of .6 carries a loan of .573 at a health of 1.046."""
    stays, goes = moving(pair(0.02, lltv=0.6)), moving(pair(0.02, lltv=0.6), least_health=1.04)
    for model in (stays, goes):
        run_for(model, 2.0 * 3_600.0)
    assert position(stays, "cheap") == (0.0, 0.0)
    assert goes.world.targets["cheap"].health()[-4:].min() == pytest.approx(0.6 / (0.86 / 1.5), rel=1e-4)


def test_what_the_collateral_earns_counts():
    """Borrowing at 2 % instead of 4 %, where the collateral earned 3.6 % before: 1.1 dollars of it for each owed."""
    earning = {**POOLED["reserves"]["lst"], "borrowable": True, "rate": {"kind": "fixed", "rate": 0.12}}
    reserves = {"eth": {**POOLED["reserves"]["eth"], "rate": {"kind": "fixed", "rate": 0.04}}, "lst": earning}
    pool = {**POOLED, "reserves": reserves}
    debtors = {"kind": "pair_borrowers", "market": "dear", "collateral": "eth", "debt": "lst", "count": 2, "log_sd": 0.0, "total": 400.0}
    found = []
    for more in ({}, {"debtors": {**debtors, "highest": 2.0, "health": [2.0] * 4}}):
        agents = {
            "far": {**LENDERS, "market": "cheap"}, "near": {**LENDERS, "market": "dear"}, "movers": {**MOVERS, "least_gain": [0.01, 0.01]},
            **more,
        }  # fmt: skip
        model = opened(agents, markets={"dear": pool, "cheap": pair(0.02)}, feeds={"rate": RATE})
        run_for(model, 2.0 * 3_600.0)
        found.append(position(model, "cheap")[1] > 0.0)
        if more:
            assert model.world.targets["dear"].totals()["lst"]["supply_rate"] > 0.02
    assert found == [True, False]


def test_markets_that_do_not_lend_on_it_are_refused():
    with pytest.raises(BadInput, match=r"agents\.movers\.others"):
        moving(pair(0.02, collateral="usdc"))


MARKET = {
    "kind": "pooled", "chain": "ethereum",
    "reserves": {
        "eth": {"feed": "eth_usd", "ltv": 0.8, "liquidation_threshold": 0.83, "rate": {"kind": "fixed", "rate": 0.0}, "flash_fee": 0.0005},
        "lst": {"feed": "lst_usd", "ltv": 0.75, "liquidation_threshold": 0.8, "borrowable": False},
        "usdc": {"feed": "one", "ltv": 0.8, "liquidation_threshold": 0.85, "rate": {"kind": "fixed", "rate": 0.0}},
    },
}  # fmt: skip
SPREADERS: dict[str, Any] = {
    "kind": "diversifier", "market": "lend", "collateral": "lst", "debt": "usdc", "count": 3, "total": 300.0, "log_sd": 0.0, "highest": 2.0,
    "health": [2.0, 2.0, 2.0, 2.0], "weights": {"lst": 0.6, "eth": 0.4}, "period": 3_600.0, "purse": 10.0,
}  # fmt: skip


def spreading(pool: dict[str, float] | None = None, **spreaders: Any):
    agents = {
        "savers": {"kind": "depositor", "market": "lend", "token": "eth", "supplied": 1_000.0},
        "lenders": {"kind": "depositor", "market": "lend", "token": "usdc", "supplied": 1e6},
        "spreaders": {**SPREADERS, **spreaders},
    }
    constant = {"eth_usd": 2_000.0, "lst_usd": 2_000.0, "one": 1.0}
    feeds = {name: {"chain": "ethereum", "mechanism": {"kind": "constant", "value": value}} for name, value in constant.items()}
    return opened(agents, markets={"lend": MARKET}, feeds=feeds, venues={"pool": {"reserves": pool or {"eth": 20_000.0, "lst": 20_000.0}}})


def collateral(model) -> tuple[float, float, float]:
    market, first = model.world.targets["lend"], model.world.accounts.of("spreaders")
    held = [market.deposits_of(first + place) for place in range(3)]
    owed = sum(market.debts_of(first + place)["usdc"] for place in range(3))
    return sum(one.get("lst", 0.0) for one in held), sum(one.get("eth", 0.0) for one in held), owed


def test_collateral_is_spread_to_the_band_around_its_weights():
    model = spreading()
    owed = collateral(model)[2]
    run_for(model, 8.0 * 3_600.0)
    lst, eth, debt = collateral(model)
    assert eth / (lst + eth) == pytest.approx(0.4, abs=0.05)
    assert debt == pytest.approx(owed)
    # Swaps lose a fee of .04 % and a flash fee of .05 % of what they exchange; the slippage that was spared is in their wallets.
    first = model.world.accounts.of("spreaders")
    spared = sum(model.world.ledgers["ethereum"].balance("eth", first + place) for place in range(3))
    assert spared == pytest.approx(0.002 * eth, rel=0.02)
    assert 300.0 - (lst + eth + spared) == pytest.approx(eth * 0.0009, rel=0.1)
    assert model.world.events.count("liquidations") == model.world.events.count("reverts") == 0
    before = len(model.world.events.frame("swaps"))
    run_for(model, DAY)
    assert len(model.world.events.frame("swaps")) == before


def test_within_the_band_they_leave_things_as_they_are():
    """A quarter is swapped first, which leaves a gap of .15."""
    model = spreading(band=0.2)
    run_for(model, DAY)
    lst, eth, _ = collateral(model)
    assert eth / (lst + eth) == pytest.approx(0.25, abs=0.002)


def test_a_discount_keeps_them_from_swapping():
    model = spreading({"eth": 5_000.0, "lst": 35_000.0})
    assert model.world.targets["pool"].spot("lst", "eth") < 0.98
    run_for(model, DAY)
    assert collateral(model)[1] == 0.0


def test_weights_that_cannot_be_are_refused():
    given = {key: value for key, value in SPREADERS.items() if key != "kind"}
    with pytest.raises(BadInput, match="1 in all"):
        DiversifierParams.read({**given, "weights": {"lst": 0.6, "eth": 0.6}})
    with pytest.raises(BadInput, match="other than the debt"):
        DiversifierParams.read({**given, "weights": {"lst": 0.6, "usdc": 0.4}})
