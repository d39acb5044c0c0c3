"""A steward that scales collateral: what it measures, against what, and in which steps it acts."""

import math

import numpy as np
import pytest

from agents.stewards.volatility import RobustVariance
from experiments.inputs import Inputs
from experiments.load import read
from experiments.run import open_ecosystem
from model.core.units import DAY, HOUR, YEAR
from tests.experiments.small import small


def _scale():
    """One over the mean square of the third of five absolute normal draws, by its density 30 F^2 (1 - F)^2 f."""
    x = np.linspace(0.0, 10.0, 200_001)
    f = math.sqrt(2.0 / math.pi) * np.exp(-0.5 * x * x)
    below = np.concatenate([[0.0], np.cumsum(0.5 * (f[1:] + f[:-1]) * np.diff(x))])
    return 1.0 / float(np.sum(x * x * 30.0 * below**2 * (1.0 - below) ** 2 * f) * (x[1] - x[0]))


SCALE = _scale()


def seen(prices, half_life=2.0 * DAY, start=0.0):
    variance = RobustVariance(start, half_life)
    for place, price in enumerate(prices):
        variance.see(HOUR * place, price)
    return variance.value


def test_it_measures_the_variance_of_normal_returns():
    sigma = 0.8 / math.sqrt(YEAR / HOUR)
    path = np.exp(np.cumsum(np.random.default_rng(1).normal(0.0, sigma, 40_000)))
    assert seen(path.tolist(), half_life=1e9 * HOUR, start=0.0) >= 0.0
    mean = np.mean([seen(path[place : place + 400].tolist(), half_life=50 * HOUR) for place in range(0, 40_000, 400)])
    assert math.sqrt(mean * YEAR) == pytest.approx(0.8, rel=0.03)


def test_weights_halve_and_the_median_of_five_is_scaled():
    zigzag = [1.0, math.exp(0.01)] * 3
    assert seen(zigzag, half_life=HOUR) == pytest.approx(0.5 * SCALE * 1e-4 / HOUR)
    assert seen([*zigzag, 1.0], half_life=HOUR) == pytest.approx(0.75 * SCALE * 1e-4 / HOUR)


def test_a_pool_that_ran_dry_for_a_sample_counts_for_nothing():
    calm = [1.0 + 1e-4 * (place % 2) for place in range(60)]
    dry = [*calm[:30], 0.001, *calm[31:]]
    dry_for_long = [*calm[:30], *[0.001] * 8, *calm[38:]]
    gone = [*calm[:30], 0.0, math.nan, math.inf, *calm[33:]]
    assert seen(dry) == pytest.approx(seen(calm), rel=0.1)
    assert seen(dry_for_long) <= seen(calm)
    assert seen(gone) == pytest.approx(seen(calm), rel=0.1)


def test_a_fall_of_several_samples_counts():
    calm = [1.0 + 1e-4 * (place % 2) for place in range(30)]
    falling = [*calm, 0.9, 0.8, 0.7, 0.6]
    assert seen(falling) > 1000.0 * seen(calm)


STEWARD = {"kind": "collateral_scaling", "market": "aave", "token": "steth", "venue": "curve", "into": "eth", "sample": 600.0,
           "half_life": 3600.0, "review": 3600.0, "volatility": 0.3, "horizon": 21_600.0, "cap_per_depth": 2.0}  # fmt: skip
WILD = {"kind": "table", "from_start": True, "times": [600 * n for n in range(40)], "values": [2000.0 * 0.96 ** (n % 2) for n in range(40)]}
BOOK = {"kind": "flat_book", "market": "aave", "collateral": "steth", "total": 1_000.0, "count": 40}


def ecosystem(debt, ltv, steward, eth=WILD):
    raw = small()
    raw["run"]["days"] = 2.0
    raw["prices"]["eth"] = eth
    raw["feeds"]["steth_eth"]["mechanism"] = {"kind": "exchange_rate", "fixed_at_one": True}
    keepers = {f"{token}_keeper": {"kind": "depositor", "market": "aave", "token": token, "supplied": amount}
               for token, amount in {"eth": 50_000.0, "usdc": 50_000_000.0}.items()}  # fmt: skip
    books = {f"book_{token}": {**BOOK, "debt": token, "ltv": list(ltv)} for token in debt}
    raw["agents"] = {**keepers, **books, "oracles": {"kind": "honest"}, "steward": {**STEWARD, **steward}}
    return open_ecosystem(read(raw).scenario, 1, Inputs())


def run(model, ticks):
    for _ in range(ticks):
        model.step()
    assert model.world.audit() == []
    return model.world.targets["aave"].params.reserves["steth"], model.deciders[-1]


def test_volatility_is_that_against_what_is_owed():
    _, against_eth = run(ecosystem(["eth"], (0.2, 0.4), {}), 12)
    _, against_usdc = run(ecosystem(["usdc"], (0.2, 0.4), {}), 12)
    _, against_both = run(ecosystem(["eth", "usdc"], (0.2, 0.4), {}), 12)
    assert against_eth.volatility() < 0.21
    assert against_usdc.volatility() == pytest.approx(math.sqrt(SCALE * math.log(0.96) ** 2 / 600.0 * YEAR), rel=0.3)
    assert against_both.volatility() == against_usdc.volatility()


def test_a_debt_of_no_weight_does_not_count():
    model = ecosystem(["eth", "usdc"], (0.2, 0.4), {"least_share": 0.99})
    run(model, 12)
    steward = model.deciders[-1]
    assert steward._owed_in() == []
    assert steward.volatility() == model.deciders[-1].params.volatility


def test_the_ltv_is_cut_first_and_the_threshold_in_small_steps_some_time_apart():
    model = ecosystem(["usdc"], (0.1, 0.2), {"interval": 7_200.0})
    run(model, 40)
    events = model.world.events.frame("governance")
    start = model.world.clock.start
    ltv = events[events["place"] == "reserves.steth.ltv"]
    threshold = events[events["place"] == "reserves.steth.liquidation_threshold"]
    falls = ltv["before"].astype(float) - ltv["after"].astype(float)
    assert falls.max() == pytest.approx(0.1)
    assert float(ltv["after"].iloc[1]) < 0.6
    cuts = [(float(row.before), float(row.after)) for row in threshold.itertuples()]
    assert [round(before - after, 6) for before, after in cuts[:3]] == [0.03] * 3
    assert min(np.diff(threshold["time"])) >= 7_200.0 - 60.0
    assert min(ltv["time"]) - start <= 3_700.0
    found = model.world.targets["aave"].params.reserves["steth"]
    assert 0.5 <= found.liquidation_threshold < 0.81 - 0.08
    assert found.ltv < found.liquidation_threshold
    assert found.supply_cap > 0.0


def test_a_threshold_is_not_cut_below_what_accounts_bear():
    found, steward = run(ecosystem(["usdc"], (0.6, 0.69), {"interval": 0.0, "most_liquidated": 0.0}), 38)
    market = steward.model.world.targets["aave"]
    rows = [row for row in range(len(market.book)) if market.debts_of(market.book.owners[row])]
    assert found.ltv < 0.66
    assert 0.69 * 0.99 < found.liquidation_threshold < 0.81
    assert min(market.health_of(row) for row in rows) >= 1.0
    assert steward.bearable() <= found.liquidation_threshold + 1e-9


def test_what_a_cut_may_liquidate_is_a_share_of_the_debt():
    model = ecosystem(["usdc"], (0.5, 0.69), {"most_liquidated": 0.3})
    market, steward = model.world.targets["aave"], model.deciders[-1]
    least = steward.bearable()
    needed = []
    for account in market.book.owners:
        if debts := market.debts_of(account):
            debt = debts["usdc"] * market.price("usdc")
            needed.append((debt / market.collateral_of(account)["steth"], debt))
    total = sum(debt for _, debt in needed)
    assert sum(debt for need, debt in needed if need > least * (1.0 + 1e-4)) <= 0.3 * total
    assert sum(debt for need, debt in needed if need >= least * (1.0 - 1e-4)) > 0.3 * total


def test_calm_raises_it_slowly():
    flat = {"kind": "constant", "value": 2000.0}
    model = ecosystem(["usdc"], (0.2, 0.4), {"interval": 7_200.0, "highest": 0.9}, eth=flat)
    found, _ = run(model, 26)
    events = model.world.events.frame("governance")
    rises = events[events["place"] == "reserves.steth.liquidation_threshold"]
    assert [round(float(row.after) - float(row.before), 6) for row in rises.itertuples()] == [0.0025] * 2
    assert found.liquidation_threshold == pytest.approx(0.815)
