"""The network command: tables, figure, and bad input in one line each."""

from __future__ import annotations

import pandas as pd
import pytest
import tomli_w

from experiments.cli import call
from tests.experiments.small import small


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(tomli_w.dumps(small()))
    return str(path)


def test_network_prints_tables_and_draws(scenario, tmp_path, capsys):
    out = tmp_path / "out"
    options = ["--seed", "1", "--fall", "steth=0.5", "--shock", "eth=0.1", "--accounts", "3", "--out", str(out)]
    assert call(["network", scenario, *options]) == 0
    names = ("exposure", "holdings", "overlap", "depth", "clearing", "critical_nodes", "distress", "edges")
    assert {*(f"{name}.csv" for name in names), "accounts.parquet", "network.png"} == {path.name for path in out.iterdir()}
    assert {"stands on", "keeps", "owes", "priced by", "reads"} <= set(pd.read_csv(out / "edges.csv")["relation"])
    printed = capsys.readouterr().out
    assert "look-through" in printed
    assert "accounts: the largest 3" in printed
    clearing = pd.read_csv(out / "clearing.csv").set_index("node")
    assert clearing.loc["group:borrowers", "loss"] > 0.0
    critical = pd.read_csv(out / "critical_nodes.csv")
    assert critical["loss"].is_monotonic_decreasing
    distress = pd.read_csv(out / "distress.csv").set_index("node")
    assert distress.loc["claim:steth", "distress"] == pytest.approx(0.1)
    everyone = pd.read_parquet(out / "accounts.parquet")
    holdings = pd.read_csv(out / "holdings.csv")
    final = holdings[holdings["final"] & (holdings["form"] != "own")].groupby("underlying")["amount"].sum()
    assert everyone.groupby("underlying")["amount"].sum().to_dict() == pytest.approx(final.to_dict())
    assert everyone["account"].nunique() > 60


def test_recoveries_and_the_least_vector_reach_the_clearing(scenario, tmp_path):
    losses = []
    for place, options in enumerate([[], ["--recovery", "0.5"], ["--recovery", "0.5", "--claim-recovery", "1"], ["--vector", "least"]]):
        out = tmp_path / str(place)
        assert call(["network", scenario, "--seed", "1", "--fall", "steth=0.5", *options, "--out", str(out)]) == 0
        losses.append(pd.read_csv(out / "clearing.csv")["loss"].sum())
    plain, costly, part, least = losses
    # Half of what stands behind steth is gone either way; costs of default come on top. Without closed circles of debt there is one vector.
    assert costly > part > plain
    assert least == pytest.approx(plain)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--fall", "steth=1.5"], "a share from 0 to 1"),
        (["--fall", "steth"], "a share from 0 to 1"),
        (["--fall", "gold=0.5"], "unknown token"),
        (["--shock", "gold=0.5"], "unknown node or token"),
        (["--shock", "eth=2"], "a share from 0 to 1"),
        (["--impact", "1"], "a share between 0 and 1"),
    ],
)
def test_network_refuses_unknown_tokens_nodes_and_shares(scenario, capsys, options, said):
    assert call(["network", scenario, *options]) == 2
    assert said in capsys.readouterr().err
