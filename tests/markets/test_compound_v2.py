"""Compound v2: membership, per-block accrual, refusing close factor, cTokens or underlying, who bears what is left."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core.actions import ALL, Borrow, Repay, Supply, Take, Withdraw
from model.markets.compound_v2 import CompoundV2, Membership
from model.markets.pooled_liquidation import Liquidate, Receive
from model.screen import HealthScreen
from tests.markets.stage import Stage, agree, settle

FLAT = {"kind": "fixed", "rate": 0.0}


def make(debt=70.0, lent=200.0, rate=None, **params):
    """alice owes ``debt`` usdc on 100 eth at price 1 and factor .8; lou lent usdc and eth."""
    stage = Stage(eth=1.0)
    reserves = {
        "eth": {"feed": "feed eth", "collateral_factor": 0.8, "rate": FLAT},
        "usdc": {"collateral_factor": 0.75, "decimals": 6, "rate": rate or FLAT},
    }
    market = stage.place(CompoundV2, reserves=reserves, **params)
    for token, amount in (("usdc", lent), ("eth", 50.0)):
        stage.fund("lou", token, amount)
        stage.do("lou", Supply(target="market", token=token, amount=amount))
    stage.fund("alice", "eth", 100.0)
    stage.do("alice", Supply(target="market", token="eth", amount=100.0))
    if debt:
        if not market.params.enter_on_supply:
            stage.do("alice", Supply(target="market", token="eth", amount=0.0, terms=Membership(True)))
        stage.do("alice", Borrow(target="market", token="usdc", amount=debt))
    return stage, market


def row_of(stage, market, name="alice"):
    return market.book.find(stage.account(name))


def take_of(stage, amount, terms=None):
    return Take(target="market", item=Liquidate(stage.account("alice"), "eth", "usdc"), amount=amount, terms=terms)


def test_verbs_and_totals():
    stage, market = make()
    assert market.health_of(row_of(stage, market)) == pytest.approx(80 / 70)
    assert market.book.get(0, row_of(stage, market)) == pytest.approx(100 / 0.02)
    totals = market.totals()["usdc"]
    assert (totals["borrowed"], totals["cash"]) == (70.0, 130.0)
    agree(market)


@pytest.mark.parametrize(
    ("action", "word"),
    [
        (Borrow(target="market", token="usdc", amount=11.0), "insufficient_collateral"),
        (Borrow(target="market", token="dai", amount=1.0), "not_listed"),
        (Withdraw(target="market", token="eth", amount=20.0), "insufficient_collateral"),
        (Withdraw(target="market", token="eth", amount=100.1), "invalid_amount"),
        (Repay(target="market", token="usdc", amount=70.1), "invalid_amount"),
        (Repay(target="market", token="eth", amount=1.0), "no_debt"),
        (Supply(target="market", token="eth", amount=0.0, terms=Membership(False)), "insufficient_collateral"),
        (Supply(target="market", token="usdc", amount=0.0, terms=Membership(False)), "debt_outstanding"),
    ],
)
def test_refusals(action, word):
    stage, market = make()
    before = market.book.data.copy()
    assert stage.refused("alice", action) == word
    assert (market.book.data == before).all()


def test_membership_must_be_said_where_the_contract_wants_it():
    stage, market = make(debt=0.0, enter_on_supply=False)
    borrow = Borrow(target="market", token="usdc", amount=70.0)
    assert stage.refused("alice", borrow) == "insufficient_collateral"
    stage.do("alice", Supply(target="market", token="eth", amount=0.0, terms=Membership(True)), borrow)
    assert market.entered(row_of(stage, market)) == {"eth", "usdc"}
    agree(market)


def test_interest_is_simple_per_block_and_part_of_it_is_reserves():
    stage, market = make(rate={"kind": "jump", "base": 0.1, "multiplier": 0.0, "jump_multiplier": 0.0, "blocks_per_year": 1000.0})
    stage.warp(15.0 * 500 + 14.0)
    assert market.debts_of(stage.account("alice"))["usdc"] == pytest.approx(70 * 1.05, rel=1e-12)
    assert market.reserves["usdc"].borrows == 70.0, "reading writes nothing"
    agree(market)
    market.accrue("usdc")
    assert market.reserves["usdc"].reserves == pytest.approx(0.35, rel=1e-12)
    assert market.supplied("usdc", row_of(stage, market, "lou")) == pytest.approx(200 + 3.15, rel=1e-12)
    stage.fund("alice", "usdc", 10.0)
    stage.do("alice", Repay(target="market", token="usdc", amount=ALL))
    stage.do("alice", Withdraw(target="market", token="eth", amount=ALL))
    assert not market.book.data[:, row_of(stage, market)].any()


def test_close_factor_refuses_and_all_means_as_much_as_allowed():
    stage, market = make()
    stage.fund("liq", "usdc", 100.0)
    assert stage.refused("liq", take_of(stage, 1.0)) == "healthy"
    stage.post("eth", 0.86)
    assert stage.refused("liq", take_of(stage, 35.000001)) == "close_factor"
    assert stage.refused("alice", take_of(stage, 1.0)) == "self_liquidation"
    received = stage.do("liq", take_of(stage, ALL))
    assert received == pytest.approx(35 * 1.08 / 0.86 * (1 - 0.028))
    assert market.reserves["eth"].reserves == pytest.approx(35 * 1.08 / 0.86 * 0.028)


def test_ctokens_can_be_kept_where_cash_is_short():
    stage, market = make(debt=0.0)
    stage.fund("bob", "usdc", 200.0)
    stage.do("bob", Supply(target="market", token="usdc", amount=200.0), Borrow(target="market", token="eth", amount=149.0))
    stage.do("alice", Borrow(target="market", token="usdc", amount=79.0))
    stage.post("eth", 0.95)
    stage.fund("liq", "usdc", 40.0)
    assert stage.refused("liq", take_of(stage, 30.0)) == "insufficient_liquidity"
    stage.do("liq", take_of(stage, 30.0, Receive(shares=True)))
    assert market.supplied("eth", row_of(stage, market, "liq")) == pytest.approx(30 * 1.08 / 0.95 * 0.972)


@pytest.mark.parametrize("ltv", [0.90, 0.96, 0.99, 1.05])
def test_exhaustion_leaves_the_closed_form(ltv):
    stage, market = make()
    row, price = row_of(stage, market), 0.70 / ltv
    stage.post("eth", price)
    while offers := market.offers(row):
        settle(stage, "liq", offers[0], offers[0].limit)
    lost = max(0.0, 70.0 - 100.0 * price / 1.08)
    owed = market.debts_of(stage.account("alice")).get("usdc", 0.0)
    assert owed == pytest.approx(lost, abs=1e-6) or market.health_of(row) >= 1.0
    assert market.totals()["usdc"]["bad_debt"] == pytest.approx(lost, abs=1e-6)
    assert stage.world.events.frame("bad_debt")["amount"].sum() == pytest.approx(lost, abs=1e-6)


def test_losses_may_fall_on_reserves_and_lenders():
    stage, market = make(losses={"kind": "reserve_first", "sources": ["reserves"], "then": {"kind": "socialisation"}})
    row = row_of(stage, market)
    stage.post("eth", 0.5)
    while offers := market.offers(row):
        settle(stage, "liq", offers[0], offers[0].limit)
    lost = 70.0 - 50.0 / 1.08
    assert market.debts_of(stage.account("alice")) == {}
    assert market.supplied("usdc", row_of(stage, market, "lou")) == pytest.approx(200.0 - lost)


def test_genesis_and_screen():
    stage = Stage(eth=1.0)
    reserves = {"eth": {"feed": "feed eth", "collateral_factor": 0.8}, "usdc": {"collateral_factor": 0.75, "decimals": 6}}
    market = stage.place(CompoundV2, reserves=reserves)
    owners = stage.world.accounts.open_many("borrowers", 200)
    lender = stage.world.accounts.open_many("lenders", 1)
    market.open_positions(lender, {"usdc": np.array([20_000.0])}, {})
    market.open_positions(owners, {"eth": np.full(200, 100.0)}, {"usdc": np.linspace(10.0, 79.0, 200)})
    market.open_cash()
    assert stage.world.audit() == []
    agree(market)
    screen = HealthScreen(market)
    assert screen.look() == ([], [])
    stage.post("eth", 0.9)
    _, fallen = screen.look()
    assert fallen == [row for row in range(len(market.book)) if market.health_of(row) < 1.0]


VERBS = st.lists(
    st.tuples(
        st.sampled_from(["supply", "withdraw", "borrow", "repay", "enter", "leave", "price", "warp", "take", "keep"]),
        st.sampled_from(["alice", "bob"]),
        st.sampled_from(["eth", "usdc"]),
        st.floats(1e-3, 150.0) | st.just(ALL),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(VERBS)
def test_whatever_is_asked_the_books_close(steps):
    stage, market = make(rate={"kind": "jump", "base": 0.02, "multiplier": 0.2, "jump_multiplier": 2.0})
    for operation, name, token, amount in steps:
        if operation in ("supply", "repay", "take", "keep"):
            stage.fund(name, token, min(amount, 500.0))
        if operation == "price":
            stage.post("eth", min(amount, 100.0) / 50.0)
        elif operation == "warp":
            stage.warp(min(amount, 150.0) * 86_400.0)
        elif operation in ("take", "keep"):
            stage.attempt(name, take_of(stage, amount, Receive(operation == "keep")))
        elif operation in ("enter", "leave"):
            stage.attempt(name, Supply(target="market", token=token, amount=0.0, terms=Membership(operation == "enter")))
        else:
            verb = {"supply": Supply, "withdraw": Withdraw, "borrow": Borrow, "repay": Repay}[operation]
            stage.attempt(name, verb(target="market", token=token, amount=amount))
        assert (market.book.data >= 0.0).all()
    agree(market)
