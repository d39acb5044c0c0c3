"""Governance of the account markets: revalidated copies, what is fixed, who may."""

import pytest

from model.core.actions import Borrow, Govern, Repay, Supply, Take, Trigger, Withdraw
from model.markets.base import Market
from model.markets.compound_v2 import CompoundV2
from model.markets.compound_v3 import CompoundV3
from model.markets.compound_v3_absorption import Absorb, Absorbed
from model.markets.euler import Euler
from model.markets.morpho import Morpho
from model.markets.vault import Vault
from tests.markets.stage import Stage

YEAR = 31_536_000.0
FLAT = {"kind": "fixed", "rate": 0.1}
ETH = {"feed": "feed eth"}
KINDS = {
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
        {"numeraire": "eth"},
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


MORPHO = {"loan": "usdc", "collateral": "eth", "feed": "feed eth", "rate": FLAT}


def test_of_an_isolated_pair_only_the_fee_can_be_changed():
    stage = Stage(eth=1.0)
    market = stage.place(Morpho, **MORPHO)
    for name, token, amount in (("lou", "usdc", 200.0), ("alice", "eth", 100.0)):
        stage.fund(name, token, amount)
        stage.do(name, Supply(target="market", token=token, amount=amount))
    stage.do("alice", Borrow(target="market", token="usdc", amount=70.0))
    stage.warp(YEAR / 10)
    for place, value in {"lltv": 0.6, "feed": "feed eth", "rate": {"kind": "adaptive_curve"}, "loan": "dai"}.items():
        receipt = stage.attempt("gov", put({place: value}))
        assert receipt.reason == f"invalid_parameters: {place} is fixed at genesis; governed: fee"
    assert stage.do("gov", put({"fee": 0.2})) == 1
    assert market.lent_shares == pytest.approx(200.0)
    stage.warp(YEAR / 10)
    before = market.lent
    market.accrue()
    assert market.supplied(market.book.find(market.treasury)) == pytest.approx(0.2 * (market.lent - before), rel=1e-6)


@pytest.mark.parametrize("kind", [name for name, cls in Market.kinds.items() if not cls.governed])
def test_what_has_nothing_governed_has_no_verb(kind):
    assert "govern" not in Market.kinds[kind].verbs
    assert Market.kinds[kind].ungoverned != Market.ungoverned


def test_an_unknown_feed_is_refused_and_a_known_one_taken():
    stage = Stage(eth=1.0, other=0.9)
    cls, params, *_ = KINDS["compound_v3"]
    market = stage.place(cls, **params)
    receipt = stage.attempt("gov", put({"collaterals.eth.feed": "nope"}))
    assert receipt.reason == "invalid_parameters: no feed 'nope' on chain: feed eth, feed other"
    stage.do("gov", put({"collaterals.eth.feed": "feed other"}))
    assert market.price("eth") == 0.9


def test_a_comet_paused_does_nothing_of_what_is_paused():
    stage = Stage(eth=1.0)
    cls, params, *_ = KINDS["compound_v3"]
    market = stage.place(cls, **params)
    for name, token, amount in (("lou", "usdc", 200.0), ("alice", "eth", 100.0)):
        stage.fund(name, token, 2.0 * amount)
        stage.do(name, Supply(target="market", token=token, amount=amount))
    stage.do("alice", Borrow(target="market", token="usdc", amount=70.0))
    asked = {
        "supply": [Supply(target="market", token="eth", amount=1.0), Repay(target="market", token="usdc", amount=1.0)],
        "withdraw": [Withdraw(target="market", token="eth", amount=1.0), Borrow(target="market", token="usdc", amount=1.0)],
    }
    for stopped, actions in asked.items():
        stage.do("gov", put({"paused": [stopped]}))
        for action in actions:
            assert stage.refused("alice", action) == "paused"
        for action in asked["withdraw" if stopped == "supply" else "supply"]:
            stage.do("alice", action)
    row = market.book.find(stage.account("alice"))
    stage.post("eth", 0.5)
    stage.do("gov", put({"paused": ["buy"]}))
    assert [offer.kind for offer in market.offers(row)] == ["trigger"]
    stage.do("gov", put({"paused": ["absorb"]}))
    assert market.offers(row) == []
    absorb = Trigger(target="market", item=Absorb(stage.account("alice")))
    assert stage.refused("bot", absorb) == "paused"
    stage.do("gov", put({"paused": []}))
    stage.do("bot", absorb)
    assert [offer.gives for offer in market.lots()] == ["eth"]
    stage.do("gov", put({"paused": ["buy"]}))
    assert market.lots() == []
    assert stage.refused("bot", Take(target="market", item=Absorbed("eth"), amount=1.0)) == "paused"


def test_a_vault_of_a_cluster_hooked_to_nothing_stands_still():
    stage = Stage(eth=1.0)
    cls, params, *_ = KINDS["euler"]
    market = stage.place(cls, **params)
    for name, token, amount in (("lou", "usdc", 200.0), ("alice", "eth", 100.0)):
        stage.fund(name, token, 2.0 * amount)
        stage.do(name, Supply(target="market", token=token, amount=amount))
    stage.do("alice", Borrow(target="market", token="usdc", amount=70.0))
    asked = {
        ("eth", "deposit"): Supply(target="market", token="eth", amount=1.0),
        ("eth", "withdraw"): Withdraw(target="market", token="eth", amount=1.0),
        ("usdc", "borrow"): Borrow(target="market", token="usdc", amount=1.0),
        ("usdc", "repay"): Repay(target="market", token="usdc", amount=1.0),
    }
    for (token, operation), action in asked.items():
        stage.do("gov", put({f"vaults.{token}.paused": [operation]}))
        assert stage.refused("alice", action) == "paused"
        stage.do("gov", put({f"vaults.{token}.paused": []}))
        stage.do("alice", action)
    stage.post("eth", 0.8)
    row = market.book.find(stage.account("alice"))
    offer = market.offers(row)[0]
    stage.fund("bot", "usdc", 100.0)
    for token, operation in (("usdc", "liquidate"), ("usdc", "repay"), ("eth", "withdraw")):
        stage.do("gov", put({f"vaults.{token}.paused": [operation]}))
        assert market.offers(row) == []
        assert stage.refused("bot", offer.action(offer.limit)) == "paused"
        stage.do("gov", put({f"vaults.{token}.paused": []}))
    stage.do("bot", offer.action(offer.limit))


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
