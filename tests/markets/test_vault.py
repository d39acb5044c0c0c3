"""A curator's vault: queues, caps, runs on what is liquid, losses of a pair, fee, reallocation."""

import numpy as np
import pytest

from model.core.actions import ALL, Borrow, Supply, Transfer, Withdraw
from model.markets.morpho import Morpho
from model.markets.vault import Reallocate, Vault
from tests.markets.stage import Stage, settle

YEAR = 31_536_000.0


def make(rate=0.0, **params):
    """Two pairs with caps 100 and 60; lou has deposited 120, so 100 and 20; alice owes 80 in the first."""
    stage = Stage(eth=1.0, btc=1.0)
    curve = {"kind": "fixed", "rate": rate}
    for name, token in (("first", "eth"), ("second", "btc")):
        stage.place(Morpho, name, loan="usdc", collateral=token, feed=f"feed {token}", lltv=0.86, rate=curve)
    stage.account("curator")
    vault = stage.place(Vault, "vault", token="usdc", caps={"first": 100.0, "second": 60.0}, curator="curator", **params)
    deposit(stage, "lou", 120.0)
    stage.fund("alice", "eth", 100.0)
    stage.do("alice", Supply(target="first", token="eth", amount=100.0), Borrow(target="first", token="usdc", amount=80.0))
    return stage, vault


def deposit(stage, name, amount):
    stage.fund(name, "usdc", amount)
    stage.do(name, Supply(target="vault", token="usdc", amount=amount))


def test_deposits_follow_the_queue_and_stop_at_the_caps():
    stage, vault = make()
    assert (vault.lent("first"), vault.lent("second")) == (pytest.approx(100.0), pytest.approx(20.0))
    assert stage.held("lou", "vault") == pytest.approx(120.0)
    stage.fund("bob", "usdc", 50.0)
    assert stage.refused("bob", Supply(target="vault", token="usdc", amount=41.0)) == "all_caps_reached"
    assert stage.refused("bob", Supply(target="vault", token="eth", amount=1.0)) == "not_listed"
    assert stage.refused("bob", Withdraw(target="vault", token="usdc", amount=1.0)) == "invalid_amount"
    stage.do("bob", Supply(target="vault", token="usdc", amount=40.0))
    assert vault.totals()["usdc"]["cash"] == pytest.approx(160.0 - 80.0)


def test_redemptions_drain_what_is_liquid_and_the_last_find_nothing():
    stage, vault = make(withdraw_queue=["second", "first"])
    deposit(stage, "bob", 40.0)
    assert stage.do("bob", Withdraw(target="vault", token="usdc", amount=ALL)) == pytest.approx(40.0)
    assert vault.lent("second") == pytest.approx(20.0)
    stage.do("lou", Withdraw(target="vault", token="usdc", amount=40.0))
    assert vault.lent("second") == pytest.approx(0.0, abs=1e-9)
    assert stage.refused("lou", Withdraw(target="vault", token="usdc", amount=1.0)) == "insufficient_liquidity"


def test_bad_debt_of_a_pair_is_the_shares_at_once():
    stage, vault = make()
    stage.post("eth", 0.5)
    pair = stage.world.targets["first"]
    row = pair.book.find(stage.account("alice"))
    (offer,) = pair.offers(row)
    paid, _ = settle(stage, "liq", offer, offer.limit)
    assert vault.supplied(stage.account("lou")) == pytest.approx(120.0 - (80.0 - paid))
    deposit(stage, "bob", 10.0)
    assert vault.supplied(stage.account("bob")) == pytest.approx(10.0)


def test_fee_is_a_share_of_interest():
    stage, vault = make(rate=0.2, fee=0.1)
    stage.warp(YEAR)
    interest = 80 * (0.2 + 0.02 + 0.008 / 6)
    assert vault.supplied(stage.account("lou")) == pytest.approx(120 + 0.9 * interest, rel=1e-9)
    stage.do("lou", Withdraw(target="vault", token="usdc", amount=1.0))
    assert vault.supplied(vault.treasury) == pytest.approx(0.1 * interest, rel=1e-9)
    assert vault.totals()["usdc"]["supply_rate"] > 0.0


def test_only_the_curator_reallocates_within_caps_and_without_loss():
    stage, vault = make()
    move = Supply(target="vault", token="usdc", amount=0.0, terms=Reallocate((("first", 90.0), ("second", ALL))))
    assert stage.refused("bob", move) == "not_the_curator"
    assert stage.do("curator", move) == pytest.approx(10.0)
    assert (vault.lent("first"), vault.lent("second")) == (pytest.approx(90.0), pytest.approx(30.0))
    for targets, word in (
        ((("first", 80.0),), "inconsistent_reallocation"),
        ((("second", 0.0), ("first", ALL)), "supply_cap"),
        ((("third", 0.0),), "not_listed"),
    ):
        assert stage.refused("curator", Supply(target="vault", token="usdc", amount=0.0, terms=Reallocate(targets))) == word


def test_shares_are_a_token():
    stage, _ = make()
    stage.do("lou", Transfer(target="chain", token="vault", amount=20.0, to=stage.account("bob")))
    assert stage.do("bob", Withdraw(target="vault", token="usdc", amount=ALL)) == pytest.approx(20.0)


def test_genesis_lends_along_the_queue():
    stage = Stage(eth=1.0)
    pair = stage.place(Morpho, "first", loan="usdc", collateral="eth", feed="feed eth", lltv=0.86)
    vault = stage.place(Vault, "vault", token="usdc", caps={"first": 100.0})
    lenders = stage.world.accounts.open_many("lenders", 4)
    vault.open_positions(lenders, {"usdc": np.full(4, 30.0)}, {})
    borrowers = stage.world.accounts.open_many("borrowers", 2)
    pair.open_positions(borrowers, {"eth": np.full(2, 50.0)}, {"usdc": np.full(2, 40.0)})
    pair.open_cash()
    vault.open_cash()
    assert stage.world.audit() == []
    assert vault.assets() == pytest.approx(120.0)
    assert vault.totals()["usdc"]["cash"] == pytest.approx(40.0)
    with pytest.raises(ValueError, match="only"):
        vault.open_positions(lenders, {"eth": np.full(4, 30.0)}, {})
