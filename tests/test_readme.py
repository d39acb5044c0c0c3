"""The README's commands run."""

import re
import shlex
from pathlib import Path

import pytest

from experiments.cli import call

COMMANDS = [
    line.partition("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", Path("README.md").read_text(encoding="utf-8"), re.DOTALL)
    for line in block.splitlines()
    if line.startswith("spillover ")
]


def test_there_are_five_to_go_on_with():
    assert len(COMMANDS) == 5


@pytest.mark.parametrize("line", COMMANDS)
def test_it_runs(line, tmp_path, monkeypatch, capsys):
    arguments = shlex.split(line)[1:]
    if "my-scenario.toml" in arguments:
        arguments[arguments.index("my-scenario.toml")] = "steth-2022"
    if "--out" in arguments:
        arguments[arguments.index("--out") + 1] = str(tmp_path / "out")
    if arguments[0] in ("run", "compare"):
        arguments += ["--set", "run.days=0.25"]
    if arguments[0] == "compare":
        arguments[arguments.index("--seeds") + 1] = "1"
        arguments += ["--workers", "1"]
    assert call(arguments) == 0
    assert capsys.readouterr().out.strip()


def test_every_scenario_that_ships_loads_and_runs(tmp_path):
    from experiments.load import scenario_names

    for name in scenario_names():
        out = tmp_path / name
        assert call(["run", name, "--seed", "1", "--set", "run.days=0.1", "--no-figures", "--out", str(out)]) == 0
        assert (out / "summary.json").exists()
