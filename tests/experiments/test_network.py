"""The network command: tables, figure, and bad input in one line each."""

from __future__ import annotations

import pandas as pd
import tomli_w

from experiments.cli import call
from tests.experiments.small import small


def test_network_prints_tables_and_draws(tmp_path, capsys):
    scenario, out = tmp_path / "small.toml", tmp_path / "out"
    scenario.write_text(tomli_w.dumps(small()))
    assert call(["network", str(scenario), "--seed", "1", "--fall", "steth=0.5", "--out", str(out)]) == 0
    tables = {"exposure.csv", "overlap.csv", "clearing.csv", "critical_nodes.csv", "edges.csv"}
    assert {*tables, "network.png"} == {path.name for path in out.iterdir()}
    assert {"stands on", "keeps", "owes", "priced by", "reads"} <= set(pd.read_csv(out / "edges.csv")["relation"])
    assert "look-through" in capsys.readouterr().out
    clearing = pd.read_csv(out / "clearing.csv").set_index("node")
    assert clearing.loc["group:borrowers", "loss"] > 0.0
    critical = pd.read_csv(out / "critical_nodes.csv")
    assert critical["loss"].is_monotonic_decreasing


def test_network_refuses_unknown_tokens_and_shares(tmp_path, capsys):
    scenario = tmp_path / "small.toml"
    scenario.write_text(tomli_w.dumps(small()))
    assert call(["network", str(scenario), "--fall", "steth=1.5"]) == 2
    assert "a share from 0 to 1" in capsys.readouterr().err
    assert call(["network", str(scenario), "--fall", "gold=0.5"]) == 2
    assert "unknown token" in capsys.readouterr().err
