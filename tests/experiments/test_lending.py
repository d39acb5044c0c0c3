from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pytest

from experiments.lending import LendingEcosystem
from experiments.load import read
from experiments.run import run
from experiments.scenario import Scenario
from model.core.errors import BadInput
from tests.experiments.small import small


@pytest.fixture
def short() -> Scenario:
    raw = small()
    raw["run"]["days"] = 0.125
    return read(raw).scenario


def test_a_step_is_a_recorded_period_and_the_run_is_the_same(short: Scenario) -> None:
    model = LendingEcosystem(short, seed=3)
    while model.running:
        model.step()
    assert model.steps == 3
    model.step()
    frame = model.datacollector.get_model_vars_dataframe()
    wanted = run(short, 3).series
    assert frame["price.curve.steth/eth"].tolist() == wanted["price.curve.steth/eth"].tolist()[1:]


def test_batch_run_reads_the_end_of_each_run(small_file: Path) -> None:
    parameters: dict[str, Any] = {
        "scenario": str(small_file), "seed": [1, 2.0], "run.days": 0.125, "markets.aave.reserves.steth.bonus": [0.05, 0.075],
    }  # fmt: skip
    found = mesa.batch_run(LendingEcosystem, parameters, display_progress=False)
    assert len(found) == 4
    assert {row["time"] for row in found} == {1_654_819_200.0 + 3 * 3600.0}
    assert {(row["seed"], row["markets.aave.reserves.steth.bonus"]) for row in found} == {(1, 0.05), (1, 0.075), (2, 0.05), (2, 0.075)}


def test_seeds_are_ints_and_not_given_twice(short: Scenario) -> None:
    assert LendingEcosystem(short, seed=np.float64(3.0)).root_seed == 3
    assert LendingEcosystem(short, rng=5).root_seed == LendingEcosystem(short, rng=np.random.default_rng(5)).root_seed
    assert LendingEcosystem(short).root_seed != LendingEcosystem(short).root_seed
    with pytest.raises(ValueError, match="not both"):
        LendingEcosystem(short, seed=1, rng=1)


def test_overrides_of_a_scenario_in_hand(short: Scenario) -> None:
    model = LendingEcosystem(short, seed=1, **{"markets.aave.reserves.steth.bonus": 0.01})
    assert model.scenario.markets["aave"].choice.params.reserves["steth"].bonus == 0.01
    with pytest.raises(BadInput):
        LendingEcosystem(short, seed=1, colour="blue")


def test_a_closed_model_can_be_forgotten(short: Scenario) -> None:
    model = LendingEcosystem(short, seed=1)
    model.step()
    known = weakref.ref(model)
    model.close()
    del model
    gc.collect()
    assert known() is None
