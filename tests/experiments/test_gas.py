"""Demand for gas replayed from a file or from a scenario's anchors."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tomli_w

from experiments.cli import call
from experiments.files import sha256
from experiments.inputs import Inputs, read_inputs
from experiments.load import read
from experiments.run import open_ecosystem, release, run
from model.core.errors import BadInput
from model.core.units import GWEI
from tests.experiments.small import small

ROOT = Path(__file__).parents[2]
HOMES = [os.environ.get("SPILLOVER_DATA", ""), ROOT.parent / "shared" / "data", ROOT.parent.parent / "shared" / "data"]
FILES = [Path(home) / "gas" / "gas_10min_2020-03-12.csv" for home in HOMES if home]
real = next((path for path in FILES if path.exists()), None)


def scenario(**chain: Any) -> Any:
    raw = small()
    raw["chains"]["ethereum"] |= {"ordering": {"kind": "first_price"}, **chain}
    raw["inputs"]["gas"] = {"columns": {"ethereum": "mean"}}
    return read(raw).scenario


def write(path: Path, values: list[float], start: str = "2022-06-10", header: str = "time,mean", every: str = "h") -> Path:
    times = pd.date_range(start, periods=len(values), freq=every, tz="UTC")
    path.write_text("\n".join([header, *(f"{time},{value}" for time, value in zip(times, values, strict=True))]) + "\n")
    return path


def demand_at(model: Any, hours: float) -> float:
    while model.world.clock.elapsed < hours * 3600.0 - 1e-6:
        model.step()
    return float(model.world.chains["ethereum"].demand / GWEI)


def test_anchors_move_demand_log_linearly() -> None:
    series = {"kind": "anchors", "from_start": True, "times": [0, 7200, 21_600], "values": [10.0, 160.0, 40.0]}
    model = open_ecosystem(scenario(gas_series=series), 1, Inputs())
    assert model.world.chains["ethereum"].demand == pytest.approx(10.0 * GWEI)
    # What holds in a tick was true at its beginning: a tick is ten minutes here.
    assert demand_at(model, 1.0) == pytest.approx(10.0 * 16.0 ** (50 / 120))
    assert demand_at(model, 2.0 + 1 / 6) == pytest.approx(160.0)
    release(model)


def test_a_file_takes_the_place_of_the_series_and_a_spike_multiplies_it(tmp_path: Path) -> None:
    raw = small()
    raw["chains"]["ethereum"]["gas_series"] = {"kind": "constant", "value": 500.0}
    raw["inputs"]["gas"] = {"columns": {"ethereum": "mean"}}
    raw["shocks"] = {"spike": {"kind": "gas_spike", "on": "ethereum", "at": 3600, "lasts": 3600, "factor": 3.0}}
    made = read(raw).scenario
    inputs = read_inputs(made, gas=write(tmp_path / "gas.csv", [20.0] * 10))
    model = open_ecosystem(made, 1, inputs)
    assert demand_at(model, 0.5) == pytest.approx(20.0)
    assert demand_at(model, 1.5) == pytest.approx(60.0)
    assert demand_at(model, 2.5) == pytest.approx(20.0)
    release(model)


@pytest.mark.parametrize("kind", ["first_price", "base_fee", "sealed_bid", "sequencer"])
def test_the_price_of_a_block_follows_under_every_ordering(kind: str, tmp_path: Path) -> None:
    raw = small()
    raw["chains"]["ethereum"]["ordering"] = {"kind": kind}
    raw["inputs"]["gas"] = {"columns": {"ethereum": "mean"}}
    made = read(raw).scenario
    values = [20.0, 20.0, 20.0, 200.0, 200.0, 200.0, 200.0]
    found = run(made, 1, read_inputs(made, gas=write(tmp_path / "gas.csv", values))).series["gas_price.ethereum"]
    assert found.iloc[5] > 5.0 * found.iloc[1]
    assert found.iloc[5] == pytest.approx(found.iloc[1] * 10.0, rel=0.5)


def test_a_base_fee_of_the_past_knows_nothing_of_the_demand_to_come() -> None:
    """An hour without the model's own transactions at low demand, then a jump: the fee starts from where low demand left it."""
    times, values = [0, 3599, 3600, 21_600], [20.0, 20.0, 200.0, 200.0]
    series = {"kind": "table", "from_start": True, "times": times, "values": values}
    raw = small()
    raw["run"]["tick"] = 12.0
    raw["chains"]["ethereum"] |= {"ordering": {"kind": "base_fee"}, "block_time": 12.0, "gas_series": series}
    raw["agents"] = {}
    model = open_ecosystem(read(raw).scenario, 1, Inputs())
    chain = model.world.chains["ethereum"]
    while model.world.clock.elapsed < 3612.0:
        model.step()
    assert chain.demand == pytest.approx(200.0 * GWEI)
    assert chain.fee == pytest.approx(20.0 * GWEI, rel=0.01)
    # Blocks are full at that fee: who wants in must outbid, until the fee has caught up.
    assert 90.0 * GWEI < chain.going_price() < 110.0 * GWEI
    release(model)


def test_faults_are_one_line_each(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as found:
        read_inputs(scenario(), gas=write(tmp_path / "gas.csv", [20.0, -1.0, float("nan"), *[20.0] * 5]))
    assert [fault.place.rpartition("/")[2] for fault in found.value.faults] == [
        "gas.csv, line 3, column mean",
        "gas.csv, line 4, column mean",
    ]
    assert all("gwei" in fault.allowed for fault in found.value.faults)
    with pytest.raises(BadInput) as found:
        read_inputs(scenario(), gas=tmp_path / "nosuch.csv")
    assert found.value.faults[0].value == "no such file"
    with pytest.raises(BadInput) as found:
        read_inputs(scenario(), gas=write(tmp_path / "late.csv", [20.0] * 10, "2022-06-11"))
    assert found.value.faults[0].value.startswith("begins")
    raw = small()
    raw["inputs"]["gas"] = {"columns": {"nowhere": "mean"}}
    with pytest.raises(BadInput) as found:
        read_inputs(read(raw).scenario, gas=write(tmp_path / "gas.csv", [20.0] * 10))
    assert [fault.place for fault in found.value.faults] == ["inputs.gas.columns.nowhere"]
    raw["inputs"]["gas"] = {}
    with pytest.raises(BadInput) as found:
        read_inputs(read(raw).scenario, gas=write(tmp_path / "gas.csv", [20.0] * 10))
    assert "inputs.gas.columns" in found.value.faults[0].allowed


def test_gaps_are_reported(tmp_path: Path) -> None:
    path = write(tmp_path / "gas.csv", [20.0] * 10)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], *lines[6:]]) + "\n")
    found = read_inputs(scenario(), gas=path)
    assert [warning.value for warning in found.warnings] == ["a gap of 5 hours, filled log-linearly"]


def test_the_command_line_takes_the_file_and_the_manifest_has_its_hash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw = small()
    raw["run"]["days"] = 0.05
    raw["inputs"]["gas"] = {"columns": {"ethereum": "mean"}}
    (tmp_path / "small.toml").write_text(tomli_w.dumps(raw))
    gas = write(tmp_path / "gas.csv", [20.0] * 10)
    arguments = ["run", str(tmp_path / "small.toml"), "--seed", "1", "--no-figures", "--out"]
    assert call([*arguments, str(tmp_path / "out"), "--gas", str(gas)]) == 0
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["inputs_sha256"] == {str(gas): sha256(gas)}
    capsys.readouterr()
    assert call([*arguments, str(tmp_path / "other"), "--gas", str(tmp_path / "nosuch.csv")]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert "no such file" in said[0]


@pytest.mark.skipif(real is None, reason="the recorded gas prices are not there")
def test_the_recorded_day_of_march_2020() -> None:
    assert real is not None
    raw = small()
    raw["run"] |= {"start": "2020-03-12", "days": 0.99}
    raw["chains"]["ethereum"] |= {"ordering": {"kind": "first_price"}, "block_time": 13.0, "block_gas": 10e6, "target_share": 0.95}
    raw["inputs"]["gas"] = {"columns": {"ethereum": "mean_gwei"}}
    made = read(raw).scenario
    inputs = read_inputs(made, gas=real)
    assert not inputs.warnings
    assert inputs.gas is not None
    times, values = inputs.gas["ethereum"]
    assert len(times) == 144
    assert values.max() == pytest.approx(225.1619)
    series = run(made, 1, inputs).series
    hours = ((series["time"] - series["time"].iloc[0]) / 3600.0).to_numpy()
    price = series["gas_price.ethereum"].to_numpy()
    # At nine in ten gas of the target outbid, the price that gets in stands above the mean of the day, and peaks with it.
    assert price[0] < 30.0
    assert 13.0 <= hours[int(np.argmax(price))] <= 18.0
    assert price.max() > 150.0
