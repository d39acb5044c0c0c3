"""Borrowers of one pair in any account market: how they start, what a lost peg does to them, what each behaviour does about it."""

from __future__ import annotations

import numpy as np
import pytest

from agents.borrowers.pair_borrowers import PairBorrowers
from experiments.load import read
from model.core.draws import Draws
from model.core.errors import BadInput
from tests.agents.depeg_world import ETH_FALLS, KINDS, depeg_world, opened, run_for

BORROWERS = {"kind": "pair_borrowers", "market": "lend", "collateral": "eth", "debt": "usdc", "count": 20, "total": 10_000.0}
REPAYERS = {**BORROWERS, "repayers": 1.0, "repayer": {"feed": "usdc_usd", "pays": "usdt", "level": [0.9, 0.97], "wallet": [0.5, 0.5]}}


def lenders(token="usdc"):
    """Lenders who do not move."""
    return {"kind": "yield_seeker", "market": "lend", "token": token, "supplied": 40e6, "count": 3, "period": 1e9}


def world(kind="pooled", borrowers=BORROWERS, **sections):
    return opened({"lenders": lenders(), "borrowers": borrowers}, kind, **sections)


def rows(model, name="borrowers"):
    market = model.world.targets["lend"]
    owners = [model.world.accounts.name(owner) for owner in market.book.owners]
    return np.array([row for row, owner in enumerate(owners) if owner.startswith(f"{name}[")])


@pytest.mark.parametrize("kind", KINDS)
def test_health_at_the_start_is_what_was_drawn_and_sizes_add_up(kind):
    model = world(kind)
    market, mine = model.world.targets["lend"], rows(model)
    health = np.array([market.health_of(row) for row in mine.tolist()])
    assert len(mine) == 20
    assert health.min() >= 1.05 * (1.0 - 1e-3)
    assert 1.4 < np.median(health) < 3.0
    held = [market.collateral_of(market.book.owners[row])["eth"] for row in mine.tolist()]
    assert sum(held) == pytest.approx(10_000.0)
    assert model.world.audit() == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_debt_token_that_falls_raises_the_health_of_those_who_owe_it_by_as_much(kind):
    model = world(kind)
    market, mine = model.world.targets["lend"], rows(model)
    before = market.health(mine)
    run_for(model, 4.0)
    stated = model.world.targets["usdc_usd"].value()
    assert stated == pytest.approx(0.88, rel=0.0026)
    # A pooled market weighs thresholds in whole basis points; with one collateral these do not move.
    np.testing.assert_allclose(market.health(mine), before / stated, rtol=1e-9)


def test_a_market_that_states_1_sees_nothing():
    fixed = {**KINDS["compound_v3"], "chain": "ethereum", "feed": "par"}
    model = world("compound_v3", markets={"lend": fixed})
    market, mine = model.world.targets["lend"], rows(model)
    before = market.health(mine)
    run_for(model, 4.0)
    np.testing.assert_allclose(market.health(mine), before, rtol=1e-9)


def test_who_repays_cheaply_waits_for_its_level_and_pays_less_than_it_owed():
    model = world("compound_v3", REPAYERS)
    market = model.world.targets["lend"]
    owed = market.totals()["usdc"]["borrowed"]
    run_for(model, 2.0)
    assert market.totals()["usdc"]["borrowed"] == pytest.approx(owed, rel=1e-6)
    run_for(model, 4.0)
    repaid = owed - market.totals()["usdc"]["borrowed"]
    swaps = model.world.events.frame("swaps")
    spent = swaps.loc[swaps["sell"] == "usdt", "sold"].sum()
    assert repaid == pytest.approx(0.5 / 0.88 * owed, rel=0.15)
    assert spent < 0.97 * repaid
    assert model.world.audit() == []


def test_nobody_repays_above_its_level():
    still = {"usdc": {"kind": "table", "from_start": True, "times": [0, 7200, 10_800], "values": [1.0, 1.0, 0.975]}}
    model = world("compound_v3", REPAYERS, prices=still)
    run_for(model, 6.0)
    assert model.world.events.count("swaps") == 0


FLASH = {
    "markets": {
        "source": {"kind": "pooled", "chain": "ethereum", "reserves": {"usdc": {"feed": "usdc_usd"}}},
    },
    "prices": {"eth": ETH_FALLS, "usdc": {"kind": "constant", "value": 1.0}},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ["managers", "loopers"])
def test_managers_and_loopers_save_themselves_in_every_account_market(kind, role):
    behaviour = {"managers": {"manager": {"wallet": [0.0, 0.0], "level": [1.1, 1.2]}}, "loopers": {"looper": {"level": [1.1, 1.2]}}}[role]
    if kind in ("compound_v2", "compound_v3"):
        behaviour[role.removesuffix("s")]["flash"] = "source"
    source = {"kind": "yield_seeker", "market": "source", "token": "usdc", "supplied": 40e6, "count": 1, "period": 1e9}
    raw = {**BORROWERS, "health": [1.1, 1.2, 1.3, 1.4], "nearest": 0.95, role: 1.0, **behaviour}
    market_of = {**FLASH["markets"], "lend": {**KINDS[kind], "chain": "ethereum"}}
    agents = {"lenders": lenders(), "source_lenders": source, "borrowers": raw}
    model = opened(agents, kind, markets=market_of, prices=FLASH["prices"])
    run_for(model, 4.0)
    market, mine = model.world.targets["lend"], rows(model)
    assert model.world.board.true["eth"] == pytest.approx(1500.0)
    assert (market.health(mine) >= 1.0).all(), "passive, the least healthy would stand at .83"
    swaps = model.world.events.frame("swaps")
    assert (swaps["purpose"] == "deleveraging").all()
    assert len(swaps) > 0


def test_who_has_no_flash_loan_to_take_does_not_try():
    raw = {**BORROWERS, "health": [1.1, 1.2, 1.3, 1.4], "managers": 1.0, "manager": {"wallet": [0.0, 0.0]}}
    model = opened({"lenders": lenders(), "borrowers": raw}, "compound_v3", prices=FLASH["prices"])
    run_for(model, 4.0)
    assert model.world.events.count("swaps") == 0
    assert model.world.events.count("reverts") == 0


def test_an_e_mode_category_is_entered():
    emode = {"ltv": 0.97, "liquidation_threshold": 0.975, "bonus": 0.01}
    reserves = {**KINDS["pooled"]["reserves"], "usdt": {"feed": "usdt_usd"}}
    market = {**KINDS["pooled"], "chain": "ethereum", "rules": {"kind": "aave_v3"}, "reserves": reserves, "emodes": {"stables": emode}}
    loops = {
        **BORROWERS, "collateral": "usdc", "debt": "usdt", "category": "stables", "total": 1e6, "health": [1.005, 1.01, 1.02, 1.03],
        "highest": 1.04,
    }  # fmt: skip
    lent = {"kind": "yield_seeker", "market": "lend", "token": "usdt", "supplied": 2e6, "count": 1}
    model = opened({"lenders": lent, "borrowers": loops}, markets={"lend": market})
    found = model.world.targets["lend"]
    health = found.health(rows(model))
    assert health.min() >= 1.005 * (1.0 - 1e-3)
    assert health.max() <= 1.04 * (1.0 + 1e-9)


def test_what_cannot_be_is_refused_in_one_line():
    with pytest.raises(BadInput, match="managers \\+ loopers \\+ repayers of at most 1"):
        read(depeg_world({"borrowers": {**BORROWERS, "managers": 0.7, "loopers": 0.7}}))
    with pytest.raises(BadInput, match=r"repayer\.feed"):
        read(depeg_world({"borrowers": {**BORROWERS, "repayers": 0.1}}))
    with pytest.raises(BadInput, match="nofeed"):
        read(depeg_world({"borrowers": {**REPAYERS, "repayer": {"feed": "nofeed", "pays": "usdt"}}}))
    with pytest.raises(BadInput, match="lends no usdc on eth in category 'none'"):
        world("pooled", {**BORROWERS, "category": "none"})
    with pytest.raises(BadInput, match="lends no usdt on eth"):
        world("compound_v3", {**BORROWERS, "debt": "usdt"})


def test_size_health_and_behaviour_are_drawn_apart():
    params = PairBorrowers.Params(market="lend", collateral="eth", debt="usdc", count=20_000, total=1.0, managers=0.5)
    population, draws = PairBorrowers(params), Draws(1)["borrowers"]
    size, health = population.columns(draws)
    manages = draws.uniforms(params.count, number=3) < params.managers
    # Of 20,000 independent pairs a rank correlation of .03 is four standard deviations.
    for one, other in ((np.log(size), health), (np.log(size), manages), (health, manages)):
        ranks = [np.argsort(np.argsort(column)) for column in (one, other)]
        assert abs(np.corrcoef(*ranks)[0, 1]) < 0.03
        middle = [np.abs(rank - params.count / 2) for rank in ranks]
        assert abs(np.corrcoef(*middle)[0, 1]) < 0.03, "nor are the extremes of one those of the other"
