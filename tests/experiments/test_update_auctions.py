"""The command that compares public, auctioned and failing updates of one feed."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.cli import call
from experiments.load import load, read, resolved
from experiments.update_auctions import PARTIES, compare_ways, table, ways
from model.core.errors import BadInput

SHORT = {"run.days": 0.15, "agents.borrowers.count": 30}


@pytest.fixture(scope="module")
def outcomes():
    return {one.name: one for one in compare_ways(load("liquidation-designs", SHORT).scenario, "eth_dollar", {}, 1)}


def test_the_parts_add_up_to_the_bonus(outcomes):
    for one in outcomes.values():
        assert sum(one.parts[party] for party in PARTIES) == pytest.approx(one.bonus)
        assert one.bonus == pytest.approx(0.05 * one.repaid, rel=1e-6)


def test_only_auctions_with_bids_recapture(outcomes):
    assert outcomes["auctioned"].parts["protocol"] > 0.2 * outcomes["auctioned"].bonus
    for name, one in outcomes.items():
        if name != "auctioned":
            assert one.parts["protocol"] == 0.0


def test_failed_auctions_delay_by_their_fallback_time(outcomes):
    assert outcomes["public"].delay == 0.0
    assert outcomes["failed, 60 s"].delay == pytest.approx(60.0, abs=30.0)
    assert outcomes["failed, 600 s"].delay == pytest.approx(600.0, abs=60.0)


def test_rows_of_the_table(outcomes):
    rows = table(list(outcomes.values()))
    assert [row["updates"] for row in rows] == list(outcomes)
    assert all(set(PARTIES) <= set(row) for row in rows)


def test_faults():
    with pytest.raises(BadInput, match="nosuch"):
        ways(load("liquidation-designs").scenario, "nosuch", {})
    without = resolved(load("liquidation-designs").scenario)
    del without["agents"]["liquidators"]
    with pytest.raises(BadInput, match="bid"):
        ways(read(without).scenario, "eth_dollar", {})


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    settings = [part for place, value in SHORT.items() for part in ("--set", f"{place}={value}")]
    assert call(["auctions", "liquidation-designs", "--seed", "1", "--out", str(tmp_path), *settings]) == 0
    assert (tmp_path / "auctions.png").stat().st_size > 10_000
    assert "auctioned" in capsys.readouterr().out
