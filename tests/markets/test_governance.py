"""Governance of the account markets: revalidated copies, what is fixed, who may."""

import pytest

from model.core.actions import Borrow, Govern, Supply
from model.markets.compound_v2 import CompoundV2
from model.markets.compound_v3 import CompoundV3
from model.markets.euler import Euler
from model.markets.morpho import Morpho
from model.markets.vault import Vault
from tests.markets.stage import Stage

YEAR = 31_536_000.0
FLAT = {"kind": "fixed", "rate": 0.1}
ETH = {"feed": "feed eth"}
KINDS = {
    "morpho": (
        Morpho,
        {"loan": "usdc", "collateral": "eth", "feed": "feed eth", "rate": FLAT},
        {"lltv": 0.6, "rate": {"kind": "adaptive_curve"}},
        {"lltv": 1.5},
        {"loan": "dai"},
    ),
    "compound_v2": (
        CompoundV2,
        {"reserves": {"eth": {**ETH, "collateral_factor": 0.8}, "usdc": {"rate": {"kind": "fixed", "rate": 0.1}}}},
        {"reserves.eth.collateral_factor": 0.6, "liquidation.close_factor": 0.25},
        {"reserves.eth.collateral_factor": 0.95},
        {"seconds_per_block": 12.0},
    ),
    "compound_v3": (
        CompoundV3,
        {"base": "usdc", "collaterals": {"eth": ETH}, "borrow_rate": FLAT},
        {"collaterals.eth.borrow_factor": 0.5, "collaterals.eth.liquidate_factor": 0.6},
        {"collaterals.eth.liquidate_factor": 0.5},
        {"collaterals": {}},
    ),
    "euler": (
        Euler,
        {"vaults": {"eth": ETH, "usdc": {"rate": FLAT, "ltvs": {"eth": {"borrow": 0.8, "liquidation": 0.85}}}}},
        {"vaults.usdc.ltvs.eth.borrow": 0.5, "vaults.usdc.ltvs.eth.liquidation": 0.6},
        {"vaults.usdc.ltvs.eth.liquidation": 0.7},
        {"vaults.usdc.decimals": 6},
    ),
}


def put(changes):
    return Govern(target="market", changes=tuple(changes.items()))


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_change_after_accrual_under_the_old_ones(kind):
    cls, params, changes, impossible, fixed = KINDS[kind]
    stage = Stage(eth=1.0)
    market = stage.place(cls, **params)
    for name, token, amount in (("lou", "usdc", 200.0), ("alice", "eth", 100.0)):
        stage.fund(name, token, amount)
        stage.do(name, Supply(target="market", token=token, amount=amount))
    stage.do("alice", Borrow(target="market", token="usdc", amount=70.0))
    stage.warp(YEAR / 10)
    row = market.book.find(stage.account("alice"))
    owed, health = market.debts_of(stage.account("alice"))["usdc"], market.health_of(row)
    for wrong in (impossible, fixed, {"nonsense": 1.0}, {"nonsense.inner": 1.0}):
        assert stage.refused("gov", put(wrong)) == "invalid_parameters"
    assert stage.do("gov", put(changes)) == len(changes)
    assert owed > 70.0
    assert market.debts_of(stage.account("alice"))["usdc"] == pytest.approx(owed, rel=1e-12)
    assert market.health_of(row) < health
    assert market.health_of(row) < 1.0
    assert stage.world.events.count("governance") == len(changes)
    market.governors = (stage.account("dao"),)
    assert stage.refused("gov", put(changes)) == "not_a_governor"


def test_a_vault_keeps_the_pairs_it_has_deposits_in():
    stage = Stage(eth=1.0)
    for name in ("first", "second"):
        stage.place(Morpho, name, loan="usdc", collateral="eth", feed="feed eth")
    vault = stage.place(Vault, "market", token="usdc", caps={"first": 100.0, "second": 10.0})
    stage.fund("lou", "usdc", 50.0)
    stage.do("lou", Supply(target="market", token="usdc", amount=50.0))
    assert stage.refused("gov", put({"caps": {"second": 10.0}})) == "invalid_parameters"
    stage.do("gov", put({"caps": {"first": 60.0}}))
    assert vault.params.caps == {"first": 60.0}
