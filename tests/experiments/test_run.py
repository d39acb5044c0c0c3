from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.inputs import Inputs
from experiments.load import read
from experiments.run import Run, run, seed_of
from model.core.errors import BadInput
from tests.experiments.small import small


@pytest.fixture(scope="module")
def done() -> Run:
    times = np.array([1_654_819_200.0, 1_654_840_800.0])
    inputs = Inputs(reality={"price.curve.steth/eth": (times, np.array([1.0, 0.9]))})
    shares: list[float] = []
    made = run(read(small()).scenario, 3, inputs, shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)
    return made


def test_one_row_per_period_from_start_to_end(done: Run) -> None:
    assert done.series["time"].tolist() == [1_654_819_200.0 + 3600.0 * hour for hour in range(7)]
    assert done.ticks == 36
    assert done.units["price.curve.steth/eth"] == "eth per steth"


def test_headline_figures_and_the_gap_to_reality(done: Run) -> None:
    price = done.series["price.curve.steth/eth"]
    assert done.summary["lowest price.curve.steth/eth"].value == price.min()
    assert done.summary["liquidated_value"].value == done.series["liquidated_value"].iloc[-1]
    gap = np.sqrt(np.mean((price - np.linspace(1.0, 0.9, 7)) ** 2))
    assert done.summary["rms gap to reality price.curve.steth/eth"].value == pytest.approx(gap)
    assert done.summary["real lowest price.curve.steth/eth"].value == 0.9


def test_the_fall_liquidates_and_the_snapshots_show_it(done: Run) -> None:
    assert len(done.events("liquidations")) > 0
    start, worst, end = done.snapshots
    assert (start.moment, worst.moment, end.moment) == ("start", "worst", "end")
    low = [float(np.quantile(snapshot.health, 0.05)) for snapshot in done.snapshots]
    assert low[1] < low[0]
    assert low[1] <= low[2]
    assert start.time < worst.time <= end.time


def test_the_end_is_recorded_where_the_period_does_not_meet_it() -> None:
    raw = small()
    raw["run"].update(days=0.1, record=5000.0)
    series = run(read(raw).scenario, 3).series
    assert series["time"].diff().dropna().gt(0).all()
    assert series["time"].iloc[-1] >= 1_654_819_200.0 + 8640.0


def test_the_same_seed_gives_the_same_run_and_another_one_another() -> None:
    raw = small()
    raw["run"]["days"] = 0.1
    scenario = read(raw).scenario
    first, again, other = run(scenario, 3).series, run(scenario, 3).series, run(scenario, 4).series
    pd.testing.assert_frame_equal(first, again, check_exact=True)
    assert not first.equals(other)


def test_a_headline_that_is_not_recorded_is_bad_input() -> None:
    raw = small()
    raw["headline"] = ["lowest price.curve.steth", "liquidated_value"]
    raw["inputs"]["reality"] = {"price.nowhere": "a / b"}
    with pytest.raises(BadInput) as found:
        run(read(raw).scenario, 3)
    assert [fault.place for fault in found.value.faults] == ["headline.0", "inputs.reality.price.nowhere"]


def test_books_that_do_not_balance_at_genesis_are_bad_input() -> None:
    raw = small()
    raw["agents"]["eth_lenders"]["supplied"] = 0.0
    raw["agents"]["borrowers"]["synthetic"] = {"count": 60, "loops": 1.0, "other": 0.0}
    with pytest.raises(BadInput, match=r"aave\.eth"):
        run(read(raw).scenario, 3)


def test_a_seed_is_given_or_the_scenarios_or_fresh() -> None:
    raw = small()
    scenario = read(raw).scenario
    raw["run"]["seed"] = 5
    assert seed_of(read(raw).scenario) == 5
    assert seed_of(read(raw).scenario, 6) == 6
    assert seed_of(scenario) != seed_of(scenario)
