from __future__ import annotations

import json
from pathlib import Path

import pytest

import experiments.commands.run as command_run
from experiments.cli import call


def test_run_prints_the_table_and_the_folder(small_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert call(["run", str(small_file), "--seed", "3", "--out", str(out), "--set", "run.days=0.125", "--no-figures"]) == 0
    said = capsys.readouterr().out
    assert "eth per steth" in said
    assert said.strip().endswith(str(out))
    assert not (out / "figures").exists()
    assert json.loads((out / "manifest.json").read_text())["seed"] == 3


def test_bad_input_is_one_line_per_fault_exit_2_and_no_folder(small_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    wrong = ["--set", "run.dayz=1", "--set", "markets.aave.reserves.steth.ltv=0.9"]
    assert call(["run", str(small_file), "--out", str(out), *wrong]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 2
    assert all(line.startswith("error: ") and "allowed: " in line for line in lines)
    assert call(["run", str(small_file), "--out", str(out), "--prices", str(tmp_path / "nosuch.csv")]) == 2
    assert call(["run", str(small_file), "--sed", "3"]) == 2
    assert not out.exists()


@pytest.mark.parametrize("where", ["run", "write_results"])
def test_an_interruption_is_exit_130_and_leaves_no_folder(
    where: str, small_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command_run, where, interrupted)
    assert call(["run", str(small_file), "--out", str(tmp_path / "out"), "--set", "run.days=0.05"]) == 130
    assert list(tmp_path.iterdir()) == [small_file]


def test_check_reports_every_file(small_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["check", str(small_file)]) == 0
    assert f"{small_file}: sound" in capsys.readouterr().out
    assert call(["check", str(small_file), "nosuch", "other"]) == 2
    said = capsys.readouterr()
    assert "sound" in said.out
    assert len(said.err.strip().splitlines()) == 2


def test_show_prints_a_scenario_that_loads(small_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["show", str(small_file), "--set", "run.days=2"]) == 0
    again = tmp_path / "again.toml"
    again.write_text(capsys.readouterr().out)
    assert call(["check", str(again)]) == 0
    assert "days = 2" in again.read_text()


def test_list_names_the_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["list"]) == 0
    assert "steth-2022" in capsys.readouterr().out


def test_help_names_the_tables_of_a_scenario_in_brackets(capsys):
    for command in ("run", "compare", "feeds"):
        assert call([command, "--help"]) == 0
        said = capsys.readouterr().out
        assert "[inputs.gas]" in said
        assert "[inputs.positions]" in said
