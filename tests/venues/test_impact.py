"""Fit of impact to quotes."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from model.venues.impact import average_factor, fit_impact

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("form", ["linear", "exponential"])
def test_recovers_what_made_the_quotes(form):
    sizes = np.geomspace(0.1, 5e4, 200)
    slope, spread = 6e-6, 0.0007
    frame = pd.DataFrame(
        {"token_in": "A", "token_out": "B", "amount_in": sizes, "price_impact": 1 - (1 - spread) * average_factor(form, slope, sizes)}
    )
    found = fit_impact(frame, prices={"A": 2000.0}).set_index("form").loc[form]
    assert found["depth"] == pytest.approx((0.01 if form == "linear" else -np.log1p(-0.01)) / slope, rel=1e-5)
    assert found["half_spread"] == pytest.approx(spread, abs=1e-8)
    assert found["error"] < 1e-8
    assert found["explained"] == pytest.approx(1.0)
    assert found["depth_value"] == pytest.approx(2000 * found["depth"])


def test_the_book_quotes_what_was_fitted():
    from model.venues import ReferenceBook
    from model.venues.base import Pool

    sizes = np.array([10.0, 1000.0, 20000.0])
    kind = ReferenceBook(ReferenceBook.Params(depth=(3e6,), steady=(1,), half_spread=0.0))
    pool = Pool((), 0.0, kind.start(2, 0.0), 0.0, (2000.0, 1.0))
    quoted = [kind.swap(pool, 0, 1, size).received / (2000 * size) for size in sizes]
    assert average_factor("linear", 0.01 / 3e6 * 2000, sizes) == pytest.approx(quoted)


def test_refuses_frames_without_quotes():
    with pytest.raises(ValueError, match="token_out"):
        fit_impact(pd.DataFrame({"token_in": ["A"], "amount_in": [1.0], "price_impact": [0.0]}))
    with pytest.raises(ValueError, match="no quote"):
        fit_impact(pd.DataFrame({"token_in": ["A"], "token_out": ["B"], "amount_in": [0.0], "price_impact": [0.0]}))


def test_fits_the_aggregator_quotes():
    homes = [os.environ.get("SPILLOVER_DATA", ""), ROOT.parent / "shared" / "data", ROOT.parent.parent / "shared" / "data"]
    files = [Path(home) / "liquidity" / "aggregator_quotes_2023-11-20.csv" for home in homes if home]
    found = [file for file in files if file.is_file()]
    if not found:
        pytest.skip("no aggregator quotes")
    table = fit_impact(pd.read_csv(found[0]))
    assert len(table) == 40
    best = table.groupby(["token_in", "token_out"])["explained"].max()
    assert best.median() > 0.9
    assert (table["half_spread"] >= 0).all()
    deep = table[table["form"] == "linear"].set_index(["token_in", "token_out"])["depth"]
    assert deep["wstETH", "WETH"] > deep["wstETH", "WBTC"]
