"""The episode usdc-2023: loads, runs with every identity, and what a stablecoin that loses its peg does to whom."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from experiments.inputs import read_inputs
from experiments.load import load
from experiments.run import run

DATA = Path(os.environ.get("SPILLOVER_DATA", "../shared/data"))
FILES = [f"usdc={DATA / 'prices/usdc_usdt_1min_2023-03-11_13.csv'}", f"eth={DATA / 'prices/eth_usdt_1h_2023-03-08_17.csv'}"]
FALL = {"run.start": "2023-03-11T06:30", "run.days": 0.08, "run.tick": 300, "run.audited": True, "shocks.market_makers.at": 0}
SIZE = "size.threepool.usdc/usdt"


@pytest.fixture(scope="module")
def fall():
    """The two hours of the low, every identity checked at every tick."""
    return run(load("usdc-2023", FALL).scenario, 1)


def test_it_loads_without_warnings_and_ships_no_more_than_anchors():
    loaded = load("usdc-2023")
    assert not [warning for warning in loaded.warnings if "emodes" not in warning.place]
    assert len(loaded.scenario.prices["usdc"].params.values) < 30
    assert {entry.status for entry in loaded.scenario.published.values()} == {"given", "compared"}


def test_every_identity_holds_at_every_tick_of_the_low(fall):
    assert fall.ticks == 24
    assert fall.ecosystem.world.audit() == []
    assert len(fall.events("liquidations")) > 0


def test_the_pool_is_drained_and_the_size_that_moves_it_collapses(fall):
    assert fall.series["price.threepool.usdc/usdt"].min() < 0.95
    assert fall.series[SIZE].iloc[-1] < 0.05 * fall.series[SIZE].max()


@pytest.mark.parametrize("variant", ["all by the market", "all fixed at 1", "all capped at 1"])
def test_variants_run(variant):
    changes = load("usdc-2023").scenario.variants[variant]
    done = run(load("usdc-2023", {**changes, **FALL, "run.days": 0.02}).scenario, 1)
    assert done.ecosystem.world.audit() == []


def test_a_cap_from_above_does_not_help_against_a_fall(fall):
    changes = load("usdc-2023").scenario.variants["all capped at 1"]
    capped = run(load("usdc-2023", {**changes, "markets.comet.feed": "par", **FALL}).scenario, 1)
    np.testing.assert_allclose(capped.series["liquidated_value"], fall.series["liquidated_value"], rtol=0.02)


def test_fixed_at_1_nobody_is_liquidated_and_more_is_uncovered(fall):
    changes = load("usdc-2023").scenario.variants["all fixed at 1"]
    fixed = run(load("usdc-2023", {**changes, **FALL}).scenario, 1)
    assert fixed.series["liquidated_value"].iloc[-1] < 0.01 * fall.series["liquidated_value"].iloc[-1]
    assert fixed.series["insolvency.aave"].max() > 3.0 * fall.series["insolvency.aave"].max()


@pytest.mark.skipif(not DATA.exists(), reason="the public data folder is not here")
def test_recorded_minutes_are_used_one_by_one():
    scenario = load("usdc-2023", {"run.start": "2023-03-11T13:00", "run.days": 0.125, "run.record": 60}).scenario
    inputs = read_inputs(scenario, FILES)
    # The file of candles begins within the run: the scenario's own prices stand before, and nothing is missing in between.
    assert [warning.value.partition(":")[0] for warning in inputs.warnings] == ["begins 2023-03-11T14"]
    assert inputs.prices is not None
    times, closes = inputs.prices["usdc"]
    assert len(times) == 3_480
    done = run(scenario, 1, inputs)
    series = done.series.set_index("time")
    later = times[(times > times[0]) & (times < series.index[-1])]
    np.testing.assert_allclose(series["true.usdc"].loc[later + 60.0], closes[np.isin(times, later)], rtol=1e-12)


@pytest.mark.slow
def test_the_whole_scenario_with_every_identity():
    done = run(load("usdc-2023", {"run.audited": True}).scenario, 1)
    assert done.ecosystem.world.audit() == []
    assert 0.84 <= done.summary["lowest_price_in_the_pool"].value <= 0.89
    assert done.summary["size_before"].value == pytest.approx(219e6, rel=0.02)
    assert 0.7e6 <= done.summary["size_at_the_lowest"].value <= 3e6
    assert done.summary["insolvency_elsewhere"].value < 1e5
