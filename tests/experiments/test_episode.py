"""The episode steth-2022: what emerges, what does not depend on the tick, what the feed decides."""

import os
from pathlib import Path

import numpy as np
import pytest

from experiments.inputs import read_inputs
from experiments.load import load
from experiments.run import run

PRICE = "price.curve.steth/eth"
CRASH = {
    "run.days": 3,
    "prices.eth": {
        "kind": "anchors", "volatility": 0.6, "times": ["2022-05-01", "2022-05-02", "2022-05-03"], "values": [2734.0, 1500.0, 1000.0],
    },
}  # fmt: skip
DATA = Path(os.environ.get("SPILLOVER_DATA", "../shared/data"))


@pytest.fixture(scope="module")
def crash():
    """Runs of the same crash at three tick lengths."""
    return {tick: run(load("steth-2022", {**CRASH, "run.tick": tick, "run.audited": tick > 60}).scenario, 1) for tick in (60, 300, 900)}


@pytest.mark.parametrize("tick", [300, 900])
def test_results_do_not_depend_on_the_tick(crash, tick):
    # Stated tolerance: .1 percentage points of price, 3 % of the value liquidated, between ticks of 60 s and of 900 s.
    fine, coarse = crash[60], crash[tick]
    assert len(fine.series) == len(coarse.series)
    assert np.abs(fine.series[PRICE].to_numpy() - coarse.series[PRICE].to_numpy()).max() < 1e-3
    liquidated = float(fine.series["liquidated_value"].iloc[-1])
    assert liquidated > 1e6
    assert float(coarse.series["liquidated_value"].iloc[-1]) == pytest.approx(liquidated, rel=0.03)


def test_every_identity_holds_at_every_tick_of_a_crash():
    done = run(load("steth-2022", {**CRASH, "run.tick": 1800, "run.audited": True}).scenario, 2)
    assert done.ticks == 144
    assert done.ecosystem.world.audit() == []
    assert len(done.events("liquidations")) > 10


def test_liquidations_carry_their_thread_into_their_sales(crash):
    liquidations, swaps = crash[900].events("liquidations"), crash[900].events("swaps")
    sales = swaps[swaps["purpose"] == "liquidation"]
    assert set(sales["because"]) <= set(liquidations["id"])
    assert not liquidations["id"].duplicated().any()
    assert (liquidations["health_before"] < 1.0).all()
    assert set(liquidations["cause"]) <= {"price", "rate", "impairment", "congestion", "governance"}


def _forced_sale(**overrides):
    """A fund that sells 640,000 claims in a day and a half into a pool with little demand beside it, and loops that are passive."""
    programme = [{"start": "2022-05-01T06:00", "end": "2022-05-02T18:00", "amount": 640_000.0}]
    changes = {
        "run.days": 2.5, "run.audited": True, "agents.fund_a.programme": programme, "agents.borrowers.active_loops": 0,
        "agents.outside_demand.depth": 50_000,
        "agents.borrowers.synthetic.count": 500,
    }  # fmt: skip
    return run(load("steth-2022", {**changes, **overrides}).scenario, 3)


def test_a_discount_liquidates_loops_by_the_market_feed_and_not_by_the_exchange_rate():
    by_market = _forced_sale()
    by_rate = _forced_sale(**{"markets.aave.reserves.steth.feed": "steth_rate"})
    assert by_market.series[PRICE].min() < 0.95
    assert by_market.summary["liquidated_value.eth"].value > 1e6
    assert by_rate.series[PRICE].min() < 0.95
    assert by_rate.summary["liquidated_value.eth"].value < 0.01 * by_market.summary["liquidated_value.eth"].value


def test_sterilised_sales_move_no_venue(crash):
    twin = run(load("steth-2022", {**CRASH, "run.sterile": ["liquidation", "deleveraging"]}).scenario, 1)
    swaps = twin.events("swaps")
    assert swaps.loc[swaps["purpose"] != "trade", "sterilised"].all()
    assert not swaps.loc[swaps["purpose"] == "trade", "sterilised"].any()
    assert twin.series[PRICE].min() >= crash[900].series[PRICE].min() - 1e-9


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="the public data folder is not here")
def test_the_real_ratio_emerges():
    scenario = load("steth-2022").scenario
    inputs = read_inputs(scenario, DATA / "prices/hourly_usd_2022-05_06.csv", DATA / "positions/aave_v2_steth_accounts_2023-06.csv")
    done = run(scenario, 1, inputs)
    assert 0.92 <= done.summary[f"lowest {PRICE}"].value <= 0.95
    assert done.summary[f"rms gap to reality {PRICE}"].value < 0.015
