"""Prices from several files: whose they are, what they leave open, and that every row of them is used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.build import build
from experiments.cli import call
from experiments.inputs import read_inputs
from experiments.load import read
from model.core.errors import BadInput
from tests.experiments.small import small

START = 1_654_819_200.0


def candles(path: Path, minutes: int = 361, step: int = 1, start: str = "2022-06-10", first: float = 1000.0) -> Path:
    """Closing prices that rise by 1 a row."""
    times = pd.date_range(start, periods=minutes, freq=f"{step}min", tz="UTC")
    closes = first + np.arange(minutes)
    pd.DataFrame({"time": times, "open": closes - 0.5, "close": closes}).to_csv(path, index=False)
    return path


def scenario(**prices: object):
    raw = small()
    raw["run"]["tick"] = 60.0
    raw["inputs"] = {"prices": {"columns": {"eth": "close", "usdc": "open"}, **prices}}
    return read(raw).scenario


def faults(made, *files: str) -> list[str]:
    with pytest.raises(BadInput) as found:
        read_inputs(made, list(files))
    return [str(fault) for fault in found.value.faults]


def test_each_labelled_file_gives_its_tokens_from_their_columns(tmp_path: Path) -> None:
    eth, usdc = candles(tmp_path / "eth.csv"), candles(tmp_path / "usdc.csv", first=1.0)
    found = read_inputs(scenario(), [f"eth={eth}", f"usdc={usdc}"])
    assert found.prices is not None
    assert found.prices["eth"][1][0] == 1000.0
    assert found.prices["usdc"][1][0] == 0.5
    assert set(found.hashes) == {str(eth), str(usdc)}
    both = read_inputs(scenario(), [f"eth,usdc={eth}"]).prices
    assert both is not None
    assert set(both) == {"eth", "usdc"}


def test_a_token_without_a_file_keeps_the_scenarios_own_price(tmp_path: Path) -> None:
    made = scenario()
    inputs = read_inputs(made, [f"eth={candles(tmp_path / 'eth.csv')}"])
    assert inputs.prices is not None
    assert set(inputs.prices) == {"eth"}
    world = build(made, 1, dict(inputs.prices)).world
    assert world.board.true == {"eth": 1000.0, "usdc": 1.0}


def test_every_row_of_minute_data_is_used_and_between_rows_the_path_is_log_linear(tmp_path: Path) -> None:
    made = scenario()
    inputs = read_inputs(made, f"eth={candles(tmp_path / 'eth.csv')}")
    assert inputs.prices is not None
    assert not inputs.warnings
    path = build(made, 1, dict(inputs.prices)).world.board.path("eth")
    assert [path.at(START + 60.0 * minute) for minute in range(361)] == [1000.0 + minute for minute in range(361)]
    assert path.at(START + 30.0) == pytest.approx(np.sqrt(1000.0 * 1001.0), rel=1e-12)


def test_rows_that_the_tick_passes_over_are_a_warning(tmp_path: Path) -> None:
    raw = small()
    raw["inputs"] = {"prices": {"columns": {"eth": "close"}}}
    found = read_inputs(read(raw).scenario, f"eth={candles(tmp_path / 'eth.csv')}")
    assert [warning.value for warning in found.warnings] == ["a row every 60 seconds, looked at every 600"]


def test_a_gap_is_measured_by_the_files_own_step(tmp_path: Path) -> None:
    path = candles(tmp_path / "eth.csv")
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:100] + lines[110:]) + "\n")
    warnings = read_inputs(scenario(), f"eth={path}").warnings
    assert len(warnings) == 1
    assert "2022-06-10T01:38:00Z to 2022-06-10T01:49:00Z" in warnings[0].place
    assert warnings[0].value.startswith("a gap of 0.183333 hours")


def test_where_a_file_does_not_reach_the_scenarios_own_prices_stand(tmp_path: Path) -> None:
    late = candles(tmp_path / "eth.csv", minutes=60, start="2022-06-10T03:00")
    assert len(faults(scenario(), f"eth={late}")) == 2
    made = scenario(fill=True)
    inputs = read_inputs(made, f"eth={late}")
    assert [warning.value.partition(":")[2].rpartition(": ")[2] for warning in inputs.warnings] == [
        "the scenario's own prices stand there"
    ] * 2
    assert inputs.prices is not None
    path = build(made, 1, dict(inputs.prices)).world.board.path("eth")
    own = build(made, 1).world.board.path("eth")
    assert path.at(START + 3600.0) == pytest.approx(own.at(START + 3600.0))
    assert path.at(START + 3 * 3600.0) == 1000.0
    assert path.at(START + 3 * 3600.0 + 59 * 60.0) == 1059.0
    assert path.at(START + 6 * 3600.0) == 1400.0


def test_faults_are_one_line_each(tmp_path: Path) -> None:
    eth = candles(tmp_path / "eth.csv")
    assert any("gold: a token without an exogenous price" in fault for fault in faults(scenario(), f"gold={eth}"))
    assert any("which" in fault and "one file for each token" in fault for fault in faults(scenario(), f"eth={eth}", f"eth={eth}"))
    assert any("no such file" in fault for fault in faults(scenario(), "eth=nosuch.csv"))
    assert faults(scenario(labelled=True), str(eth)) == [
        f"--prices {eth}: no token; allowed: TOKEN={eth}, with tokens of eth, usdc",
    ]


def test_several_files_without_labels_give_the_columns_that_they_have(tmp_path: Path) -> None:
    frame = pd.read_csv(candles(tmp_path / "both.csv"))
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    frame[["time", "close"]].to_csv(one, index=False)
    frame[["time", "open"]].to_csv(two, index=False)
    found = read_inputs(scenario(), [one, two]).prices
    assert found is not None
    assert set(found) == {"eth", "usdc"}
    assert faults(scenario(), str(one), str(one))
    frame[["time"]].assign(other=1.0).to_csv(two, index=False)
    assert any("column open: missing" in fault or "a column for one of" in fault for fault in faults(scenario(), str(one), str(two)))


def test_a_name_with_an_equals_sign_is_a_file_first(tmp_path: Path) -> None:
    path = candles(tmp_path / "eth=usd.csv")
    assert read_inputs(scenario(), [str(path)]).prices is not None


def test_the_command_takes_the_option_twice_and_leaves_with_2_for_bad_files(small_file: Path, tmp_path: Path, capsys) -> None:
    eth, usdc = candles(tmp_path / "eth.csv"), candles(tmp_path / "usdc.csv", first=1.0)
    told = ["run", str(small_file), "--seed", "1", "--no-figures", "--set", "run.days=0.05", "--out", str(tmp_path / "run")]
    columns = ["--set", "inputs.prices.columns.eth=close", "--set", "inputs.prices.columns.usdc=close", "--set", "inputs.reality={}"]
    assert call([*told, *columns, "--prices", f"eth={eth}", "--prices", f"usdc={usdc}"]) == 0
    capsys.readouterr()
    assert call([*told, *columns, "--prices", f"eth={eth}", "--prices", "usdc=nosuch.csv"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
