"""The base scenario of workshops and sweeps: all channels are on, books balance at every tick, and the overhang is what it says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.cli import call
from experiments.load import load
from experiments.overhang import overhang, separation
from experiments.run import run

CRASH = {"kind": "price_crash", "at": 3600.0, "tokens": ["eth"], "factor": 0.6, "over": 7200.0}


def test_a_crash_within_hours_uses_every_channel_and_creates_nothing():
    early = {"run.days": 0.25, "run.audited": True, "run.tick": 300.0, "run.record": 1800.0, "shocks.crash": CRASH}
    done = run(load("two-chain-lst", early).scenario, 3)
    assert done.summary["liquidated_value"].value > 1e6
    assert set(done.events("liquidations")["market"]) >= {"aave", "aave_r", "hub"}
    assert set(done.events("liquidations")["chain"]) == {"ethereum", "rollup"}
    assert len(done.events("bridge_messages")) > 0
    assert {"announced", "won"} <= set(done.events("update_auctions")["step"])
    assert 0.5 < done.series["price.pool.lst/eth"].min() < 1.0


@pytest.mark.slow
def test_the_whole_crash_is_sound_at_every_tick():
    scenario = load("two-chain-lst")
    done = run(load("two-chain-lst", {**scenario.scenario.variants["crash"], "run.audited": True}).scenario, 3)
    assert done.ticks == 10_080


def test_the_overhang_counts_what_falls_below_health_one_and_grows_with_the_fall():
    scenario = load("two-chain-lst", {"shocks.crash": CRASH, "prices.eth.volatility": 0.0}).scenario
    early, late = (pd.DataFrame(overhang(scenario, 3, hours)).set_index(["market", "collateral"]) for hours in (1.0, 3.0))
    assert early["all"].sum() == 0.0
    assert late.loc[("aave", "lst"), "all"] > late.loc[("aave", "lst"), "passive"] > 0.0
    assert late.loc[("morpho", "lst"), "all"] == 0.0, "the isolated market is in ETH alone, by the exchange rate"


def test_separation_finds_the_edge():
    frame = pd.DataFrame({"passive": [1.0, 2.0, 3.0, 10.0, 20.0], "low": [0.9, 0.95, 0.9, 0.1, 0.2]})
    found = separation(frame, "low", 0.5)
    assert found == {"edge": 6.5, "right": 5.0, "fell": 2.0, "runs": 5.0}
    none = separation(frame.assign(low=1.0), "low", 0.5)
    assert (none["fell"], none["right"], none["edge"]) == (0.0, 5.0, np.inf)


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (["--variant", "nowhere"], "--variant"),
        (["--at", "1000"], "--at"),
        (["--runs", "nowhere.csv"], "--runs"),
        (["--of", "aave"], "--of"),
    ],
)
def test_bad_input_is_one_line(arguments, place, capsys):
    assert call(["overhang", "two-chain-lst", *arguments]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert place in lines[0]
