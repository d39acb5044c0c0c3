"""Outcomes that a scenario asks for: sizes, insolvency at true prices, liquidations that do harm."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.measures import insolvency
from experiments.run import run
from experiments.scenario import Scenario
from model.core.errors import BadInput
from tests.agents.depeg_world import KINDS, depeg_world

STABLES = {"ltv": 0.97, "liquidation_threshold": 0.975, "bonus": 0.01}
LOOPS = {
    "kind": "pair_borrowers", "market": "lend", "collateral": "usdc", "debt": "usdt", "category": "stables", "count": 10, "total": 1e6,
    "health": [1.01, 1.02, 1.03, 1.04], "highest": 1.05,
}  # fmt: skip
LENT = {"kind": "yield_seeker", "market": "lend", "token": "usdt", "supplied": 2e6, "count": 1, "period": 1e9}


def world(feed="usdc_usd", **more):
    reserves = {**KINDS["pooled"]["reserves"], "usdt": {"feed": "usdt_usd"}}
    reserves["usdc"] = {**reserves["usdc"], "feed": feed}
    market = {**KINDS["pooled"], "chain": "ethereum", "rules": {"kind": "aave_v3"}, "reserves": reserves, "emodes": {"stables": STABLES}}
    raw = depeg_world({"lent": LENT, "loops": LOOPS, **more}, markets={"lend": market})
    raw["venues"]["pool"] = {
        "chain": "ethereum", "tokens": ["usdc", "usdt"], "mechanism": {"kind": "constant_product", "fee": 0.0},
        "reserves": {"usdc": 1e6, "usdt": 1e6},
    }  # fmt: skip
    raw["measures"] = {"sizes": ["pool usdc/usdt", "book usdc/usdt"], "insolvency": ["lend"], "harm": True}
    raw["run"]["record"] = 900.0
    return Scenario.model_validate(raw)


def test_a_size_is_the_sale_that_takes_the_marginal_price_down():
    series = run(world(), 1).series
    # Constant product: the price falls with the square of the reserve that is sold into.
    assert series["size.pool.usdc/usdt"].iloc[0] == pytest.approx(1e6 * (0.96**-0.5 - 1.0), rel=1e-6)
    book = series["size.book.usdc/usdt"].to_numpy()
    # A linear book: 4e8 moves it by 1 %, a spread of 2 bp is part of the way.
    assert book[0] == pytest.approx(4e8 * (1.0 - 0.96 / 0.9998) / 0.01, rel=1e-6)


@pytest.mark.parametrize("feed", ["usdc_usd", "par"])
def test_insolvency_is_stated_at_true_prices_whatever_the_market_says(feed):
    done = run(world(feed), 1)
    market = done.ecosystem.world.targets["lend"]
    true = 0.88
    short = 0.0
    for owner in market.book.owners:
        held, owed = market.collateral_of(owner).get("usdc", 0.0), market.debts_of(owner).get("usdt", 0.0)
        short += max(owed - held * true, 0.0)
    assert short > 5e4, "nobody liquidates: loops at 1.02 lose a tenth"
    assert done.series["insolvency.lend"].iloc[-1] == pytest.approx(short, rel=1e-9)
    assert insolvency(market) == pytest.approx(short, rel=1e-9)
    # By its own feed the market that states 1 has nothing uncovered.
    assert (done.series["bad_debt_value"].iloc[-1] == 0.0) == (feed == "par")


def test_liquidations_after_which_health_is_lower_are_counted():
    takers = {"kind": "inventory", "count": 2, "capital": {"usdt": 3e6}, "latency": 0.0}
    scenario = world(takers=takers)
    done = run(scenario, 1)
    events = done.events("liquidations")
    harmful = events.loc[events["health_after"] < events["health_before"], "repaid_value"].sum()
    assert len(events) > 0
    assert done.series["harmful_value"].iloc[-1] == pytest.approx(harmful)
    assert np.all(np.diff(done.series["harmful_value"]) >= 0.0)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [("sizes", ["pool usdc/gold"], "measures.sizes"), ("sizes", ["nowhere usdc/usdt"], "pool with two of usdc, usdt"),
     ("insolvency", ["nowhere"], "allowed are lend")],
)  # fmt: skip
def test_what_is_not_there_cannot_be_measured(key, value, said):
    raw = world().model_dump(mode="json", exclude_none=True)
    raw["measures"][key] = value
    with pytest.raises(BadInput, match=said):
        run(Scenario.model_validate(raw), 1)
