"""The scenario kelp-rseth-2026: the theft, the blind spot of the feeds, the run, latent bad debt by each rule."""

from __future__ import annotations

import pytest

from experiments.load import load
from experiments.run import Run, run

EARLY = {"shocks.release.at": 600, "run.days": 0.1, "run.record": 600, "run.audited": True}
NAME = "kelp-rseth-2026"
RULES = ("spread", "bridged")


@pytest.fixture(scope="module")
def early() -> Run:
    """The first two hours, every identity checked at every tick."""
    return run(load(NAME, EARLY).scenario, 1)


def test_the_loot_becomes_eight_positions_on_two_chains(early):
    lending = early.events("lending").query("account.str.startswith('attacker')")
    supplied = lending.query("verb == 'supply'")
    assert supplied["account"].nunique() == 8
    assert supplied["amount"].sum() == pytest.approx(89_567.0)
    assert set(supplied["market"]) == {"core", "arbitrum_pool"}
    world = early.ecosystem.world
    adapter = world.targets["adapter"]
    assert adapter.locked == pytest.approx(40_373.0), "what the reports say is left"
    assert adapter.hole == pytest.approx(116_500.0)
    for account in supplied["account"].str.extract(r"\[(\d)\]")[0].astype(int):
        for market in ("core", "arbitrum_pool"):
            row = world.targets[market].book.find(world.accounts.of("attacker") + account)
            assert row is None or 1.01 < world.targets[market].health_of(row) < 1.031


def test_feeds_go_on_stating_the_full_value(early):
    world = early.ecosystem.world
    assert world.targets["rseth_eth"].value() == pytest.approx(1.068, rel=1e-3)
    assert world.targets["rseth_eth_mantle"].value() == pytest.approx(1.068, rel=1e-3)
    assert world.targets["rseth_backing_mantle"].value() == pytest.approx(1.068 * 40_373.0 / 156_873.0, rel=1e-3)
    assert early.series["bad_debt_value"].max() == 0.0
    assert early.series["latent_bad_debt.spread"].iloc[-1] > 1e8


def test_the_rules_put_the_loss_in_different_places(early):
    last = early.series.iloc[-1]
    assert last["latent_bad_debt.bridged.core"] == last["latent_bad_debt.bridged.morpho"] == 0.0
    assert last["latent_bad_debt.bridged.mantle_pool"] > 5.0 * last["latent_bad_debt.spread.mantle_pool"]
    assert last["latent_bad_debt.spread.core"] > last["latent_bad_debt.spread.mantle_pool"]
    assert last["latent_bad_debt.spread.morpho"] > 0.0


def test_lenders_leave_and_the_guardians_freeze(early):
    series = early.series
    assert series["utilisation.core.eth"].iloc[-1] > series["utilisation.core.eth"].iloc[0] + 0.03
    assert series["net_withdrawn_value"].iloc[-1] > 5e8
    assert series["frozen_reserves"].iloc[-1] == 3.0
    assert (early.events("governance")["time"] >= early.ecosystem.world.clock.start + 600 + 4620).all()


def test_a_loss_that_is_spread_turns_up_in_the_feeds_and_one_on_the_forms_does_not():
    allocated = {
        rule: run(load(NAME, {**EARLY, "shocks.allocation.at": 7200, "shocks.allocation.rule": rule}).scenario, 1) for rule in RULES
    }
    spread, bridged = (allocated[rule].series.iloc[-1] for rule in RULES)
    assert spread["bad_debt_value"] == pytest.approx(spread["latent_bad_debt.spread"], rel=1e-3)
    assert bridged["bad_debt_value"] == 0.0
    assert bridged["latent_bad_debt.bridged"] > 1.5e8


def test_a_feed_that_reads_the_backing_lends_the_attacker_little_on_the_other_chain(early):
    feeds = {"markets.arbitrum_pool.reserves.rseth_arbitrum.feed": "rseth_backing_arbitrum"}
    awake = run(load(NAME, {**EARLY, **feeds}).scenario, 1)
    lent = [one.events("lending").query("market == 'arbitrum_pool' and verb == 'borrow'")["amount"].sum() for one in (early, awake)]
    assert 0.0 < lent[1] < 0.4 * lent[0]


@pytest.mark.slow
def test_the_whole_episode_is_sound_and_near_what_was_published():
    scenario = load(NAME, {"run.audited": True}).scenario
    done = run(scenario, 1)
    found = {label: figure.value for label, figure in done.summary.items()}
    assert 0.5 < found["hours_to_full_utilisation"] < 4.0
    assert 6.0 < found["withdrawn_in_48_h"] < 9.0
    assert 0.95 < found["stablecoin_utilisation_from_the_19th"] <= 1.0
    assert found["latent_bad_debt_spread"] == pytest.approx(123.7, rel=0.1)
    assert found["latent_bad_debt_bridged"] == pytest.approx(230.1, rel=0.1)
    assert found["latent_bad_debt_bridged_mainnet"] == 0.0
    assert found["weth_shortfall_mantle"] == pytest.approx(71.45, abs=2.0)
    assert found["weth_shortfall_arbitrum"] == pytest.approx(26.67, abs=3.0)
