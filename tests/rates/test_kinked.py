"""Aave's curve against the recorded contract."""

import gzip
import json
from pathlib import Path

import pytest

from model.core.errors import BadInput
from model.rates import Kinked

RAY = 1e27
DATA = Path(__file__).parents[1] / "vectors" / "data" / "aave_v3"


def rows(name):
    with gzip.open(DATA / f"{name}.jsonl.gz", "rt") as file:
        return [json.loads(line) for line in file]


def model_of(row):
    rate = {name: int(value) / RAY for name, value in row["rate"].items()}
    return Kinked(
        Kinked.Params(
            optimal_utilisation=rate["optimal_usage_ray"],
            base=rate["base_ray"],
            slope1=rate["slope1_ray"],
            slope2=rate["slope2_ray"],
        )
    )


@pytest.mark.parametrize("row", rows("rate_strategy"), ids=lambda row: row["id"])
def test_both_rates_as_the_contract_computes_them(row):
    """Direct calls of calculateInterestRates: no debt, above the kink, all lent."""
    model = model_of(row)
    given = {key: int(value) for key, value in row["in"].items()}
    debt = given["totalVariableDebt"]
    available = given["underlying_in_atoken"] + given["liquidityAdded"] - given["liquidityTaken"]
    utilisation = debt / (available + debt) if debt else 0.0
    borrow, supply = int(row["out"]["variableBorrowRate"]) / RAY, int(row["out"]["liquidityRate"]) / RAY
    assert model.borrow_rate(utilisation) == pytest.approx(borrow, rel=1e-9)
    assert model.supply_rate(utilisation, row["reserve_factor_bps"] / 10_000) == pytest.approx(supply, rel=1e-9)


def test_rates_that_reserves_stored_on_both_sides_of_the_kink():
    """Read-outs of reserves right after a supply, borrow, repay or withdrawal (every fourth of the recorded accrual traces)."""
    sides = set()
    for row in rows("stored_rates"):
        model = model_of(row)
        debt, cash = int(row["totalVariableDebt"]), int(row["availableLiquidity"])
        utilisation = debt / (debt + cash)
        sides.add(utilisation > model.params.optimal_utilisation)
        assert model.borrow_rate(utilisation) == pytest.approx(int(row["variableBorrowRate"]) / RAY, rel=1e-9)
        supply = model.supply_rate(utilisation, row["reserve_factor_bps"] / 10_000)
        assert supply == pytest.approx(int(row["liquidityRate"]) / RAY, rel=1e-9)
    assert sides == {False, True}


def test_continuous_at_the_kink_and_rising():
    model = Kinked(Kinked.Params(optimal_utilisation=0.9, base=0.01, slope1=0.027, slope2=0.8))
    assert model.borrow_rate(0.9) == pytest.approx(0.037)
    assert model.borrow_rate(0.9 + 1e-12) == pytest.approx(0.037, abs=1e-10)
    assert model.borrow_rate(1.0) == pytest.approx(0.837)
    curve = [model.borrow_rate(i / 100) for i in range(101)]
    assert curve == sorted(curve)


@pytest.mark.parametrize("kink", [0, 1, -0.1, 1.1, float("nan")])
def test_impossible_kink_is_refused_with_all_other_faults(kink):
    with pytest.raises(BadInput) as caught:
        Kinked.Params.read({"optimal_utilisation": kink, "slope1": -0.1, "slope3": 1}, "markets.aave.rate")
    assert [fault.place for fault in caught.value.faults] == [
        "markets.aave.rate.optimal_utilisation",
        "markets.aave.rate.slope1",
        "markets.aave.rate.slope3",
    ]
