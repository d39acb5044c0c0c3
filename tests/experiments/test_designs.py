"""The experiment on liquidation designs: every mechanism runs, the figures conserve value and have the signs that theory gives them."""

import pytest

from experiments.cli import call
from experiments.designs.measure import PATHS, measure, mechanisms
from experiments.designs.report import draw, frame_of, markdown, tables

SMALL = {"agents.borrowers.count": 16, "run.days": 0.2}


@pytest.fixture(scope="module")
def gap():
    return {name: measure(name, "gap", SMALL) for name in mechanisms()}


def test_every_mechanism_of_the_field_is_there():
    assert set(mechanisms()) == {
        "aave_v2", "aave_v3", "aave_v3_3", "aave_v4", "compound_v2", "compound_v3", "morpho", "euler", "maker_linear", "maker_stairstep",
        "maker_exponential", "maker_english", "liquity", "llamma",
    }  # fmt: skip


def test_every_mechanism_clears_the_gap(gap):
    for name, found in gap.items():
        assert found.debt_cleared > 0.0, name
        assert found.left_open <= 1e-3 * found.debt_cleared, name
        assert found.bad_debt > 0.0, name
        assert found.liquidator_profit > 0.0, name
        assert found.borrower_loss > 0.0, name
        assert found.hours_to_clear >= 0.0, name


@pytest.mark.parametrize("name", ["aave_v2", "liquity"])
def test_many_open_accounts_are_all_come_to_in_the_end(name):
    """More are open at once than are offered at a time, and some of Aave's v2 keep their debt when nothing is left to sell."""
    found = measure(name, "gap", {"agents.borrowers.count": 120, "run.days": 0.2})
    assert found.debt_cleared > 0.0
    assert found.left_open <= 1e-3 * found.debt_cleared


def test_fixed_spreads_lose_the_same_and_fees_only_change_hands(gap):
    for name in ("aave_v3", "aave_v3_3", "aave_v4", "compound_v2"):
        assert gap[name].bad_debt == pytest.approx(gap["aave_v2"].bad_debt, rel=2e-3)
    fees = gap["compound_v2"].lenders_and_protocol - gap["aave_v2"].lenders_and_protocol
    assert fees == pytest.approx(gap["aave_v2"].liquidator_profit - gap["compound_v2"].liquidator_profit, rel=0.05)
    assert gap["maker_linear"].bad_debt < gap["aave_v2"].bad_debt < gap["euler"].bad_debt


def test_what_a_gap_takes_from_lenders_is_bad_debt_beyond_what_the_fall_alone_makes(gap):
    """All price change comes before the first sale, so bad debt = what the fall alone leaves uncovered + what liquidations cost lenders."""
    alone = {name: gap[name].bad_debt + gap[name].lenders_and_protocol for name in ("aave_v2", "aave_v3", "aave_v3_3", "morpho", "euler")}
    assert max(alone.values()) == pytest.approx(min(alone.values()), rel=0.01)


def test_a_steady_fall_makes_no_bad_debt():
    for name in ("aave_v3", "maker_stairstep", "llamma"):
        found = measure(name, "continuous", {**SMALL, "run.days": 0.32})
        assert found.bad_debt == pytest.approx(0.0, abs=1.0)
        assert found.borrower_loss > 0.0


def test_table_and_figure(gap):
    found = list(gap.values())[:3]
    assert len(tables(found)) == 1
    assert markdown(found, "gap").count("\n") == 4
    assert len(frame_of(found)) == 3
    assert len(draw(found).axes) == 4


def test_the_command(tmp_path, capsys):
    given = ["--mechanism", "aave_v3", "--path", "gap", "--set", "agents.borrowers.count=8", "--set", "run.days=0.1"]
    assert call(["designs", "--out", str(tmp_path), *given]) == 0
    assert (tmp_path / "designs.png").stat().st_size > 10_000
    assert "aave_v3" in (tmp_path / "designs.csv").read_text()
    assert call(["designs", "--mechanism", "nonsense", "--path", "up"]) == 2
    said = capsys.readouterr().err
    assert "nonsense" in said
    assert "continuous" in said
    assert set(PATHS) == {"continuous", "gap"}
