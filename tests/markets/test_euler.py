"""Euler: two LTVs, one controller, a discount that follows health, debt repaid or taken over, losses shared by depositors."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core.actions import ALL, Borrow, Flash, Repay, Supply, Take, Withdraw
from model.core.errors import BadInput
from model.markets.euler import Euler
from model.markets.euler_liquidation import TakeOver
from model.markets.pooled_liquidation import Liquidate, Receive
from model.screen import HealthScreen
from tests.markets.stage import Stage, agree, settle

YEAR = 31_536_000.0
FLAT = {"kind": "fixed", "rate": 0.0}
LTVS = {"eth": {"borrow": 0.8, "liquidation": 0.85}}


def make(debt=78.0, lent=200.0, rate=None, **params):
    """alice owes ``debt`` usdc on 100 eth at price 1; lou lent usdc and eth."""
    stage = Stage(eth=1.0)
    vaults = {
        "eth": {"feed": "feed eth", "rate": FLAT, "ltvs": {"usdc": {"borrow": 0.8, "liquidation": 0.85}}},
        "usdc": {"rate": rate or FLAT, "ltvs": LTVS},
        "dai": {"ltvs": LTVS},
    }
    market = stage.place(Euler, vaults=vaults, **params)
    for token, amount in (("usdc", lent), ("eth", 50.0), ("dai", 50.0)):
        stage.fund("lou", token, amount)
        stage.do("lou", Supply(target="market", token=token, amount=amount))
    stage.fund("alice", "eth", 100.0)
    stage.do("alice", Supply(target="market", token="eth", amount=100.0))
    if debt:
        stage.do("alice", Borrow(target="market", token="usdc", amount=debt))
    return stage, market


def row_of(stage, market, name="alice"):
    return market.book.find(stage.account(name))


def take_of(stage, amount, terms=None):
    return Take(target="market", item=Liquidate(stage.account("alice"), "eth", "usdc"), amount=amount, terms=terms)


def test_verbs_and_totals():
    stage, market = make()
    assert market.health_of(row_of(stage, market)) == pytest.approx(85 / 78)
    assert market.controller(row_of(stage, market)) == "usdc"
    assert market.totals()["usdc"]["cash"] == 122.0
    agree(market)


@pytest.mark.parametrize(
    ("action", "word"),
    [
        (Borrow(target="market", token="usdc", amount=2.1), "insufficient_collateral"),
        (Borrow(target="market", token="dai", amount=1.0), "other_controller"),
        (Borrow(target="market", token="btc", amount=1.0), "not_listed"),
        (Withdraw(target="market", token="eth", amount=3.0), "insufficient_collateral"),
        (Withdraw(target="market", token="eth", amount=101.0), "invalid_amount"),
        (Repay(target="market", token="usdc", amount=78.1), "invalid_amount"),
        (Repay(target="market", token="dai", amount=1.0), "no_debt"),
    ],
)
def test_refusals(action, word):
    stage, market = make()
    before = market.book.data.copy()
    assert stage.refused("alice", action) == word
    assert (market.book.data == before).all()


def test_ltvs_that_cannot_be_are_refused():
    with pytest.raises(BadInput, match="up to liquidation"):
        Euler.Params.read({"vaults": {"usdc": {"ltvs": {"eth": {"borrow": 0.9, "liquidation": 0.85}}}, "eth": {}}})
    with pytest.raises(BadInput, match="not btc"):
        Euler.Params.read({"vaults": {"usdc": {"ltvs": {"btc": {"borrow": 0.8, "liquidation": 0.85}}}, "eth": {}}})


def test_debt_compounds_by_the_second_and_the_fee_is_shares():
    stage, market = make(rate={"kind": "fixed", "rate": 0.2})
    stage.warp(YEAR)
    growth = math.exp(YEAR * math.log1p(0.2 / YEAR))
    assert market.debts_of(stage.account("alice"))["usdc"] == pytest.approx(78 * growth, rel=1e-12)
    assert market.vaults["usdc"].updated == stage.world.clock.start, "reading writes nothing"
    agree(market)
    stage.fund("alice", "usdc", 30.0)
    stage.do("alice", Repay(target="market", token="usdc", amount=ALL), Withdraw(target="market", token="eth", amount=ALL))
    fee = row_of(stage, market, market.world.accounts.name(market.treasury))
    assert market.supplied("usdc", fee) == pytest.approx(0.1 * 78 * (growth - 1), rel=1e-6)
    stage.do("lou", Withdraw(target="market", token="usdc", amount=ALL))
    assert not market.book.data[:, row_of(stage, market)].any()
    assert market.supplied("usdc", fee) == pytest.approx(market.cash("usdc"), rel=1e-3)


def test_a_flash_loan_is_free_and_moves_no_share_price():
    stage, market = make()
    before = market.share_price("usdc")
    stage.do("bob", Supply(target="market", token="usdc", amount=60.0), Withdraw(target="market", token="usdc", amount=ALL),
             flash=Flash("market", "usdc", 122.0))  # fmt: skip
    assert market.share_price("usdc") == pytest.approx(before, rel=1e-12)
    assert not stage.attempt("bob", flash=Flash("market", "usdc", 123.0)).ok


def test_discount_follows_health():
    stage, market = make()
    row = row_of(stage, market)
    stage.fund("liq", "usdc", 200.0)
    assert stage.refused("liq", take_of(stage, 1.0)) == "healthy"
    for price, discount in ((0.90, 1 - 76.5 / 78), (0.85, 1 - 72.25 / 78), (0.70, 0.15)):
        stage.post("eth", price)
        (offer,) = market.offers(row)
        quote = offer.quote(10.0)
        assert quote.received == pytest.approx(10 / price / (1 - discount))
    stage.post("eth", 0.85)
    settle(stage, "liq", market.offers(row)[0], 30.0)
    assert stage.refused("alice", take_of(stage, 1.0)) == "self_liquidation"
    assert stage.refused("liq", take_of(stage, 70.0)) == "invalid_amount"


def test_shares_can_be_kept_and_debt_taken_over():
    stage, market = make()
    stage.post("eth", 0.88)
    health = market.health_of(row_of(stage, market))
    assert stage.refused("liq", take_of(stage, 20.0, TakeOver())) == "insufficient_collateral"
    stage.fund("liq", "eth", 10.0)
    stage.do("liq", Supply(target="market", token="eth", amount=10.0), take_of(stage, 20.0, TakeOver()))
    liq = row_of(stage, market, "liq")
    assert market.owed("usdc", liq) == pytest.approx(20.0)
    assert market.supplied("eth", liq) == pytest.approx(10.0 + 20.0 / 0.88 / health)
    stage.fund("bob", "usdc", 5.0)
    stage.do("bob", take_of(stage, 5.0, Receive(shares=True)))
    assert stage.held("bob", "eth") == 0.0
    assert market.supplied("eth", row_of(stage, market, "bob")) > 5.0 / 0.88
    agree(market)


@pytest.mark.parametrize("ltv", [0.92, 0.96, 0.99, 1.05])
def test_exhaustion_leaves_the_closed_form_for_depositors(ltv):
    stage, market = make()
    row, price = row_of(stage, market), 0.78 / ltv
    stage.post("eth", price)
    discount = min(0.15, 1 - 0.85 / ltv)
    stage.post("eth", price)
    (offer,) = market.offers(row)
    settle(stage, "liq", offer, offer.limit)
    lost = max(0.0, 78.0 - 100.0 * price * (1 - discount))
    assert market.supplied("usdc", row_of(stage, market, "lou")) == pytest.approx(200.0 - lost, rel=1e-6)
    assert market.debts_of(stage.account("alice")) == {}
    assert stage.world.events.frame("bad_debt")["amount"].sum() == pytest.approx(lost, abs=1e-9)


def test_genesis_and_screen():
    stage = Stage(eth=1.0)
    market = stage.place(Euler, vaults={"eth": {"feed": "feed eth"}, "usdc": {"ltvs": LTVS}})
    owners = stage.world.accounts.open_many("borrowers", 200)
    lender = stage.world.accounts.open_many("lenders", 1)
    market.open_positions(lender, {"usdc": np.array([20_000.0])}, {})
    market.open_positions(owners, {"eth": np.full(200, 100.0)}, {"usdc": np.linspace(10.0, 79.0, 200)})
    market.open_cash()
    assert stage.world.audit() == []
    agree(market)
    screen = HealthScreen(market)
    assert screen.look() == ([], [])
    stage.post("eth", 0.85)
    _, fallen = screen.look()
    assert fallen == [row for row in range(len(market.book)) if market.health_of(row) < 1.0]
    assert len(fallen) > 10


VERBS = st.lists(
    st.tuples(
        st.sampled_from(["supply", "withdraw", "borrow", "repay", "price", "warp", "take", "keep", "over"]),
        st.sampled_from(["alice", "bob"]),
        st.sampled_from(["eth", "usdc"]),
        st.floats(1e-3, 150.0) | st.just(ALL),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(VERBS)
def test_whatever_is_asked_the_books_close(steps):
    stage, market = make(rate={"kind": "kinked", "base": 0.02})
    for operation, name, token, amount in steps:
        if operation in ("supply", "repay", "take", "keep"):
            stage.fund(name, token, min(amount, 500.0))
        if operation == "price":
            stage.post("eth", min(amount, 100.0) / 50.0)
        elif operation == "warp":
            stage.warp(min(amount, 150.0) * 86_400.0)
        elif operation in ("take", "keep", "over"):
            stage.attempt(name, take_of(stage, amount, {"keep": Receive(True), "over": TakeOver()}.get(operation)))
        else:
            verb = {"supply": Supply, "withdraw": Withdraw, "borrow": Borrow, "repay": Repay}[operation]
            stage.attempt(name, verb(target="market", token=token, amount=amount))
        assert (market.book.data >= 0.0).all()
    agree(market)
