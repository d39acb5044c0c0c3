"""Compound's jump-rate model against the recorded contract."""

import gzip
import json
from pathlib import Path

import pytest

from model.core.errors import BadInput
from model.rates import Jump

WAD = 1e18
RECORDED = Path(__file__).parents[1] / "vectors" / "data" / "compound_v2" / "jump_rate.jsonl.gz"


def rows():
    with gzip.open(RECORDED, "rt") as file:
        return [json.loads(line) for line in file]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["id"])
def test_rates_per_block_as_the_contract_computes_them(row):
    given = {name: int(value) / WAD for name, value in row["params"].items()}
    model = Jump(
        Jump.Params(
            base=given["baseRatePerYear"],
            multiplier=given["multiplierPerYear"],
            jump_multiplier=given["jumpMultiplierPerYear"],
            kink=given["kink"],
            blocks_per_year=row["blocksPerYear"],
        )
    )
    for point in row["points"]:
        utilisation = model.utilisation(int(point["cash"]), int(point["borrows"]), int(point["reserves"]))
        assert utilisation == pytest.approx(int(point["utilizationRate"]) / WAD, rel=1e-9, abs=2 / WAD)
        # Integers of 10^-18 per block: each rate is cut once for each of its terms.
        assert model.borrow_rate_per_block(utilisation) == pytest.approx(int(point["borrowRatePerBlock"]) / WAD, rel=1e-9, abs=3 / WAD)
        supply = model.supply_rate_per_block(utilisation, int(point["reserveFactor_wad"]) / WAD)
        assert supply == pytest.approx(int(point["supplyRatePerBlock"]) / WAD, rel=1e-9, abs=3 / WAD)


def test_multiplier_is_reached_at_the_kink_and_the_jump_is_per_unit_of_utilisation():
    model = Jump(Jump.Params(base=0.02, multiplier=0.1, jump_multiplier=2.0, kink=0.8))
    assert model.borrow_rate(0.8) == pytest.approx(0.12)
    assert model.borrow_rate(1.0) == pytest.approx(0.12 + 0.2 * 2.0)
    assert model.utilisation(10.0, 0.0, 0.0) == 0.0


@pytest.mark.parametrize("kink", [0, 1])
def test_kink_at_either_end_is_refused(kink):
    with pytest.raises(BadInput) as caught:
        Jump.Params.read({"kink": kink, "base": -1, "blocks_per_year": 0}, "rate")
    assert [fault.place for fault in caught.value.faults] == ["rate.base", "rate.blocks_per_year", "rate.kink"]
