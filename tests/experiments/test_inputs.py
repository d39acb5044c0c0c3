from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.files import MOST_FAULTS, sha256
from experiments.inputs import read_inputs
from experiments.load import read
from model.core.errors import BadInput, Fault
from tests.experiments.small import small

HEADER = "time,WETH,stETH,USDC"


def rows(count: int = 25, start: str = "2022-06-10") -> list[str]:
    times = pd.date_range(start, periods=count, freq="h", tz="UTC")
    return [f"{time},{2000.0 - 10.0 * place},{1950.0 - 10.0 * place},1.0" for place, time in enumerate(times)]


def write(path: Path, lines: list[str], header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def faults(prices: Path | None = None, positions: Path | None = None) -> list[Fault]:
    with pytest.raises(BadInput) as found:
        read_inputs(read(small()).scenario, prices, positions)
    return found.value.faults


def test_prices_by_token_and_the_recorded_ratio(tmp_path: Path) -> None:
    path = write(tmp_path / "prices.csv", rows())
    found = read_inputs(read(small()).scenario, path)
    assert found.prices is not None
    times, values = found.prices["eth"]
    assert times[0] == 1_654_819_200.0
    assert values[1] == 1990.0
    assert set(found.prices) == {"eth", "usdc"}
    assert found.reality["price.curve.steth/eth"][1][0] == 1950.0 / 2000.0
    assert found.hashes == {str(path): sha256(path)}
    assert not found.warnings


def test_parquet_and_seconds_read_alike(tmp_path: Path) -> None:
    csv = write(tmp_path / "prices.csv", rows())
    frame = pd.read_csv(csv, parse_dates=["time"])
    frame.to_parquet(tmp_path / "prices.parquet")
    seconds = frame.assign(time=(frame["time"] - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1))
    seconds.to_csv(tmp_path / "seconds.csv", index=False)
    scenario = read(small()).scenario
    wanted = read_inputs(scenario, csv).prices
    for name in ("prices.parquet", "seconds.csv"):
        found = read_inputs(scenario, tmp_path / name).prices
        assert wanted is not None
        assert found is not None
        np.testing.assert_allclose(found["eth"], wanted["eth"], rtol=1e-15)


def test_a_gap_is_a_warning(tmp_path: Path) -> None:
    lines = rows()
    del lines[5:10]
    found = read_inputs(read(small()).scenario, write(tmp_path / "prices.csv", lines))
    assert [warning.value for warning in found.warnings] == ["a gap of 6 hours, filled log-linearly"]
    assert "2022-06-10T04:00:00Z to 2022-06-10T10:00:00Z" in found.warnings[0].place


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    (tmp_path / "broken.parquet").write_bytes(b"no parquet")
    (tmp_path / "ragged.csv").write_text(HEADER + "\n1,2,3\n1,2,3,4,5,6\n")
    (tmp_path / "prices.xlsx").touch()
    assert faults(tmp_path / "nosuch.csv")[0].value == "no such file"
    assert faults(tmp_path / "empty.csv")[0].value == "empty"
    assert faults(write(tmp_path / "header.csv", []))[0].value == "no rows"
    assert faults(tmp_path / "prices.xlsx")[0].allowed == ".csv or .parquet"
    for name in ("broken.parquet", "ragged.csv"):
        assert faults(tmp_path / name)[0].value.startswith("cannot be read")


def test_a_wrong_column_names_those_that_there_are(tmp_path: Path) -> None:
    found = faults(write(tmp_path / "prices.csv", rows(), "when,ETH,stETH,USDC"))
    assert [fault.place.rpartition(", ")[2] for fault in found] == ["column WETH", "column time"]
    assert all(fault.allowed == "one of when, ETH, stETH, USDC" for fault in found)


def test_all_faults_of_a_file_come_with_line_and_column(tmp_path: Path) -> None:
    lines = rows()
    lines[2] = lines[2].replace("1980.0", "nan")
    lines[3] = lines[3].replace("1970.0", "")
    lines[4] = lines[4].replace("1960.0", "-1")
    lines[5] = lines[5].replace("1900.0", "none")
    lines[6] = "soon,1,1,1"
    lines[8] = lines[7]
    lines[10], lines[11] = lines[11], lines[10]
    found = {fault.place.partition(", ")[2]: fault.value for fault in faults(write(tmp_path / "prices.csv", lines))}
    assert found == {
        "line 4, column WETH": "'nan'",
        "line 5, column WETH": "empty",
        "line 6, column WETH": "'-1'",
        "line 7, column stETH": "'none'",
        "line 8, column time": "'soon'",
        "line 10, column time": "'2022-06-10 07:00:00+00:00' for the second time",
        "line 13, column time": "'2022-06-10 10:00:00+00:00', before the row above",
    }


def test_many_faults_of_one_sort_are_counted(tmp_path: Path) -> None:
    lines = [line.rpartition(",")[0] + ",0" for line in rows(60)]
    found = faults(write(tmp_path / "prices.csv", lines))
    assert len(found) == MOST_FAULTS + 1
    assert any("and 40 more" in fault.value for fault in found)


def test_a_file_covers_the_run(tmp_path: Path) -> None:
    found = faults(write(tmp_path / "prices.csv", rows(1, "2022-06-10T03:00")))
    assert [fault.value for fault in found] == ["begins 2022-06-10T03:00:00Z", "ends 2022-06-10T03:00:00Z"]


def test_positions_by_what_the_population_asks_for(tmp_path: Path) -> None:
    path = write(tmp_path / "accounts.csv", ["0,10,12,5,5", "1,20,20,10,0"], "id,steth,all,debt,debt_eth")
    found = read_inputs(read(small()).scenario, None, path)
    assert found.positions is not None
    assert found.positions.size == 2
    assert found.positions.columns["collateral"].tolist() == [12.0, 20.0]
    assert found.positions.source == "accounts.csv"


def test_faults_of_both_files_come_together(tmp_path: Path) -> None:
    path = write(tmp_path / "accounts.csv", ["0,-10,12,nan,5"], "id,steth,all,debt,eth_debt")
    found = faults(tmp_path / "nosuch.csv", path)
    assert {fault.place.rpartition("/")[2] for fault in found} == {
        "nosuch.csv",
        "accounts.csv, line 2, column steth",
        "accounts.csv, line 2, column debt",
        "accounts.csv, column debt_eth",
    }


def test_a_scenario_that_takes_no_accounts(tmp_path: Path) -> None:
    raw = small()
    raw["inputs"]["positions"] = {}
    with pytest.raises(BadInput) as found:
        read_inputs(read(raw).scenario, None, write(tmp_path / "accounts.csv", ["1"], "steth"))
    assert [fault.place for fault in found.value.faults] == ["inputs.positions.columns"]
