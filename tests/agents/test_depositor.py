"""Depositors beside borrowers whose positions stand from the start: cash is deposits less debt, whoever supplied them."""

from __future__ import annotations

import pytest

from experiments.inputs import Inputs
from experiments.load import read
from experiments.run import open_ecosystem
from model.core.errors import BadInput
from tests.experiments.small import small


def lent_by(supplied):
    raw = small()
    raw["agents"]["lenders"] = {"kind": "depositor", "market": "aave", "token": "usdc", "supplied": supplied, "count": 3}
    model = open_ecosystem(read(raw).scenario, 1, Inputs())
    return model, model.world.targets["aave"]


def test_borrowers_with_opened_positions_have_taken_their_part_out():
    model, market = lent_by(50e6)
    debt = market.debt("usdc")
    assert debt > 1e6
    assert market.cash("usdc") == pytest.approx(50e6 - debt, rel=1e-12)
    assert market.deposits("usdc") == pytest.approx(50e6, rel=1e-12)
    for _ in range(3):
        model.step()
    assert model.world.audit() == []


def test_more_debt_than_deposits_is_refused():
    with pytest.raises(BadInput, match=r"markets\.aave: aave\.usdc: debt exceeds deposits by"):
        lent_by(1e6)


def test_a_claim_that_is_lent_goes_back_to_its_holders_outside():
    raw = small()
    raw["markets"]["aave"]["reserves"]["steth"]["borrowable"] = True
    raw["agents"] |= {
        "steth_lenders": {"kind": "depositor", "market": "aave", "token": "steth", "supplied": 5_000.0},
        "shorts": {"kind": "pair_borrowers", "market": "aave", "collateral": "usdc", "debt": "steth", "total": 4e6, "count": 20},
        "lenders": {"kind": "depositor", "market": "aave", "token": "usdc", "supplied": 50e6},
    }
    model = open_ecosystem(read(raw).scenario, 1, Inputs())
    market = model.world.targets["aave"]
    assert market.debt("steth") > 100.0
    assert market.cash("steth") == pytest.approx(market.deposits("steth") - market.debt("steth"), rel=1e-12)
    assert model.world.audit() == []
