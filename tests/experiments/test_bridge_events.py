"""The episodes harmony-2022 and multichain-2023: they load, keep their books at every tick, and show what the feed's blind spot costs."""

from __future__ import annotations

import pytest

from experiments.load import load
from experiments.run import run

SHORT = {"run.tick": 1_800, "run.audited": True}
HARMONY = {**SHORT, "run.days": 0.9, "agents.holders.news": 3_600, "agents.holders.hesitation": 21_600,
           "agents.opportunists.notices": 3_600}  # fmt: skip
MULTICHAIN = {**SHORT, "run.start": "2023-07-06T12:00", "run.days": 3.5, "shocks.theft.at": 18_000, "shocks.halt.at": 25_200,
              "agents.pause.at": 32_400, "agents.pause.lifts": 86_400, "agents.freeze.at": 32_400,
              "agents.holders.hesitation": 43_200}  # fmt: skip
NEVER = {"agents.pause.at": 1e9, "agents.freeze.at": 1e9}


@pytest.fixture(scope="module")
def harmony():
    return run(load("harmony-2022", HARMONY).scenario, 1)


@pytest.fixture(scope="module")
def multichain():
    return run(load("multichain-2023", MULTICHAIN).scenario, 1)


@pytest.mark.parametrize("name", ["harmony-2022", "multichain-2023"])
def test_each_loads_and_says_what_its_figures_are(name):
    loaded = load(name)
    scenario = loaded.scenario
    assert not [warning for warning in loaded.warnings if not warning.place.startswith("feeds.")]
    assert {"compared", "fitted", "given"} <= {entry.status for entry in scenario.published.values()}
    assert all(entry.source for entry in scenario.published.values())
    assert all(place.split(".")[0] in scenario.resolved() for place in scenario.fitted)
    assert sum(isinstance(changes, dict) for changes in scenario.variants.values()) >= 2


def test_harmony_loses_its_coins_to_a_feed_that_sees_nothing(harmony):
    summary = harmony.summary
    assert harmony.ecosystem.world.audit() == []
    assert summary["highest utilisation.aave.one"].value > 0.999
    assert summary["highest bad_debt_value"].value == 0.0
    assert summary["latent_bad_debt.venues.aave"].value > 4e5
    assert summary["latent_bad_debt.backing.aave"].value > summary["latent_bad_debt.venues.aave"].value
    assert summary["worth.backing.usdc_h"].value == pytest.approx(1.0 - 68.2 / 75.8)


def test_the_other_feeds_leave_little_to_take(harmony):
    blind = harmony.summary["latent_bad_debt.venues.aave"].value
    for feed in ("usdc_backed", "usdc_traded"):
        seeing = run(load("harmony-2022", {**HARMONY, "markets.aave.reserves.usdc_h.feed": feed}).scenario, 1)
        assert seeing.summary["latent_bad_debt.venues.aave"].value < 0.4 * blind
        assert seeing.summary["highest utilisation.aave.one"].value < 0.5
        lent = seeing.events("lending")
        assert not ((lent["verb"] == "borrow") & lent["account"].str.startswith("opportunists")).any()


def test_multichain_is_paused_in_time_and_cannot_reopen(multichain):
    lent = multichain.events("lending")
    assert multichain.ecosystem.world.audit() == []
    assert not lent["account"].str.startswith("opportunists").any()
    assert multichain.summary["utilisation.geist.ftm"].value > 0.9, "those who may withdraw have withdrawn"
    assert multichain.summary["latent_bad_debt.venues.geist"].value > 5e5, "and the rest is not covered"


def test_without_the_pause_opportunists_come_before_the_lenders(multichain):
    hasty = {**MULTICHAIN, **NEVER, "agents.opportunists.notices": 0}
    done = run(load("multichain-2023", hasty).scenario, 1)
    lent = done.events("lending")
    assert ((lent["verb"] == "borrow") & lent["account"].str.startswith("opportunists")).any()
    assert done.summary["latent_bad_debt.venues.geist"].value > multichain.summary["latent_bad_debt.venues.geist"].value


@pytest.mark.slow
@pytest.mark.parametrize("name", ["harmony-2022", "multichain-2023"])
def test_the_whole_episode_with_every_identity_at_every_tick(name):
    done = run(load(name, {"run.audited": True}).scenario, 1)
    assert done.ecosystem.world.audit() == []
    if name == "harmony-2022":
        assert done.summary["bad debt"].value == pytest.approx(0.75, rel=0.2)
        assert done.summary["price, early afternoon of 24 June"].value == pytest.approx(0.3, abs=0.12)
    else:
        assert done.summary["price on 14 July"].value == pytest.approx(0.22, abs=0.03)
        assert done.summary["locked before"].value == pytest.approx(29.0, rel=0.02)
