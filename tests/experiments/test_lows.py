"""A scenario at several lows of one token."""

from __future__ import annotations

import pytest

from experiments.cli import call
from experiments.lows import Fall, fallen, medians, rows_of
from model.core.errors import BadInput

JUMP = Fall("usdc", starts=0.5, over=0.02)
SHORT = {"run.days": 0.06, "run.tick": 300, "shocks.market_makers.at": 1800, "run.audited": True}


def test_only_the_tokens_path_is_another():
    made = fallen("usdc-2023", SHORT, JUMP, 0.9)
    path = made.prices["usdc"].make()
    start = 1.6784e9
    grid = path.grid(start, start + 7200.0)
    assert path.params.values == (1.0, 1.0, 0.9, 0.9)
    assert grid is not None
    assert made.prices["eth"].params.volatility == 0.5


def test_liquidations_after_a_jump_below_the_toxic_price_do_harm_and_above_it_do_not():
    # E-mode loops at an LTV of up to .97 with a bonus of 1 %: a jump below .97 x 1.01 = .9797 leaves the highest beyond 1 / 1.01.
    table = medians(list(rows_of("usdc-2023", {"W": SHORT}, JUMP, [0.985, 0.95], [1]))).set_index("low")
    assert table.loc[0.985, "liquidated_value"] > 1e6
    assert table.loc[0.985, "harmful_value"] == 0.0
    assert table.loc[0.95, "harmful_value"] > 1e6
    assert table.loc[0.95, "insolvency.aave"] > 1e5
    assert table.loc[0.95, "insolvency.aave_v2"] == 0.0


def test_what_cannot_be_run_is_refused(small_file):
    with pytest.raises(BadInput, match="--token"):
        fallen("usdc-2023", {}, Fall("gold"), 0.9)
    with pytest.raises(BadInput, match=r"measures\.harm"):
        fallen(str(small_file), {}, Fall("usdc"), 0.9)


def test_the_command_writes_a_row_for_each_run(tmp_path, capsys):
    told = [part for place, value in SHORT.items() for part in ("--set", f"{place}={str(value).lower()}")]
    out = tmp_path / "lows"
    assert call(["lows", "usdc-2023", "--low", "0.99", "--over", "0.02", *told, "--variant", "all fixed at 1", "--out", str(out)]) == 0
    assert len((out / "lows.csv").read_text().splitlines()) == 3
    assert call(["lows", "usdc-2023", "--variant", "none"]) == 2
    assert "all fixed at 1" in capsys.readouterr().err
