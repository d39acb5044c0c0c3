"""The same shock under three ways to price a claim."""

from __future__ import annotations

import pytest

from experiments.cli import call
from experiments.feed_conventions import compare_conventions, conventions, draw
from experiments.load import read
from model.core.errors import BadInput
from tests.experiments.small import small


def depegged():
    raw = small()
    raw["prices"]["eth"] = {"kind": "constant", "value": 2000.0}
    raw["run"]["days"] = 0.15
    raw["shocks"] = {
        "seller": {"kind": "depeg_seller", "at": 1800, "venue": "curve", "token": "steth", "into": "eth", "amount": 9300.0, "over": 3600},
    }
    return raw


def test_a_depeg_liquidates_only_where_the_market_prices_the_claim():
    curves = {curve.convention: curve for curve in compare_conventions(read(depegged()).scenario, "aave", "steth", 1)}
    assert list(curves) == ["market", "exchange rate", "capped growth"]
    assert curves["market"].total > curves["exchange rate"].total
    assert curves["exchange rate"].total == pytest.approx(curves["capped growth"].total, rel=0.05, abs=1.0)
    axes = draw(list(curves.values()), "depeg").axes[0]
    assert len(axes.lines) == 3


def test_only_the_feed_differs():
    made = conventions(read(depegged()).scenario, "aave", "steth")
    kinds = [one.feeds["convention"].mechanism.kind for one in made.values()]
    assert kinds == ["exchange_rate", "exchange_rate", "capped_growth"]


def test_a_token_that_is_no_claim_is_refused():
    with pytest.raises(BadInput, match="a claim among the reserves"):
        conventions(read(depegged()).scenario, "aave", "usdc")


def test_the_command_draws_one_figure(small_file, tmp_path, capsys):
    assert call(["feeds", str(small_file), "--seed", "1", "--out", str(tmp_path / "f"), "--set", "run.days=0.1"]) == 0
    assert (tmp_path / "f" / "feeds.png").stat().st_size > 10_000
    assert "exchange rate" in capsys.readouterr().out
