"""Compound v3: signed principals, absorption by trigger, discounted sale of what was absorbed, reserves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core.actions import ALL, Borrow, Repay, Supply, Take, Trigger, Withdraw
from model.core.errors import BadInput
from model.markets.compound_v3 import CompoundV3
from model.markets.compound_v3_absorption import Absorb, Absorbed
from model.screen import HealthScreen
from tests.markets.stage import Stage, agree, settle

YEAR = 31_536_000.0
FLAT = {"kind": "fixed", "rate": 0.0}


def make(debt=80.0, lent=200.0, eth=None, **params):
    """alice owes ``debt`` usdc on 100 eth at price 1 (factors .82, .90, .95); lou lent usdc."""
    stage = Stage(eth=1.0, btc=10.0)
    collaterals = {"eth": {"feed": "feed eth"} | (eth or {}), "btc": {"feed": "feed btc", "borrow_factor": 0.7, "liquidate_factor": 0.78}}
    market = stage.place(CompoundV3, base="usdc", collaterals=collaterals, **({"borrow_rate": FLAT, "supply_rate": FLAT} | params))
    stage.fund("lou", "usdc", lent)
    stage.do("lou", Supply(target="market", token="usdc", amount=lent))
    stage.fund("alice", "eth", 100.0)
    stage.do("alice", Supply(target="market", token="eth", amount=100.0))
    if debt:
        stage.do("alice", Borrow(target="market", token="usdc", amount=debt))
    return stage, market


def row_of(stage, market, name="alice"):
    return market.book.find(stage.account(name))


def test_an_account_lends_or_owes():
    stage, market = make()
    row = row_of(stage, market)
    assert market.balance(row) == -80.0
    assert market.health_of(row) == pytest.approx(90 / 80)
    stage.fund("alice", "usdc", 20.0)
    stage.do("alice", Supply(target="market", token="usdc", amount=100.0))
    assert market.balance(row) == 20.0
    stage.do("alice", Borrow(target="market", token="usdc", amount=30.0))
    assert market.balance(row) == pytest.approx(-10.0)
    assert market.totals()["usdc"]["borrowed"] == pytest.approx(10.0)
    agree(market)


@pytest.mark.parametrize(
    ("action", "word"),
    [
        (Borrow(target="market", token="usdc", amount=2.1), "insufficient_collateral"),
        (Borrow(target="market", token="eth", amount=1.0), "not_listed"),
        (Withdraw(target="market", token="eth", amount=3.0), "insufficient_collateral"),
        (Withdraw(target="market", token="usdc", amount=3.0), "invalid_amount"),
        (Trigger(target="market", item="alice"), "no_such_item"),
        (Take(target="market", item=Absorbed("eth"), amount=1.0), "insufficient_collateral"),
    ],
)
def test_refusals(action, word):
    stage, market = make()
    before = market.book.data.copy()
    assert stage.refused("alice", action) == word
    assert (market.book.data == before).all()


def test_caps_smallest_debt_and_order_of_factors():
    stage, _ = make(debt=0.0, eth={"supply_cap": 120.0}, borrow_min=50.0)
    stage.fund("bob", "eth", 30.0)
    assert stage.refused("bob", Supply(target="market", token="eth", amount=21.0)) == "supply_cap"
    assert stage.refused("alice", Borrow(target="market", token="usdc", amount=49.0)) == "borrow_too_small"
    with pytest.raises(BadInput, match="below liquidate_factor"):
        CompoundV3.Params.read({"base": "usdc", "collaterals": {"eth": {"borrow_factor": 0.9, "liquidate_factor": 0.9}}})


def test_two_indexes_grow_linearly_and_the_margin_is_reserves():
    stage, market = make(borrow_rate={"kind": "fixed", "rate": 0.1}, supply_rate={"kind": "fixed", "rate": 0.03})
    stage.warp(YEAR)
    assert market.debts_of(stage.account("alice"))["usdc"] == pytest.approx(88.0)
    assert market.balance(row_of(stage, market, "lou")) == pytest.approx(206.0)
    assert market.totals()["usdc"]["reserves"] == pytest.approx(2.0)
    assert market.updated == stage.world.clock.start, "reading writes nothing"
    stage.fund("alice", "usdc", 10.0)
    stage.do("alice", Repay(target="market", token="usdc", amount=ALL), Withdraw(target="market", token="eth", amount=ALL))
    stage.do("lou", Withdraw(target="market", token="usdc", amount=ALL))
    assert not market.book.data.any()
    assert market.cash("usdc") == pytest.approx(2.0)


def test_absorption_credits_what_exceeds_the_debt():
    stage, market = make(absorb_tip=0.5)
    row = row_of(stage, market)
    assert market.offers(row) == []
    assert stage.refused("bob", Trigger(target="market", item=Absorb(stage.account("alice")))) == "healthy"
    stage.post("eth", 0.88)
    offer, bundle = market.offers(row)
    assert (offer.kind, bundle.kind) == ("trigger", "take")
    settle(stage, "bob", offer, 0.0)
    assert stage.held("bob", "usdc") == 0.5
    assert market.balance(row) == pytest.approx(88 * 0.95 - 80)
    assert market.collateral_of(stage.account("alice")) == {}
    assert market.reserves == pytest.approx(-88 * 0.95 - 0.5)
    assert market.totals()["eth"]["absorbed"] == 100.0
    assert (market.payable("eth"), market.cash("eth")) == (0.0, 100.0)
    assert stage.world.events.count("bad_debt") == 0


def test_absorbed_collateral_is_sold_at_the_discount_until_reserves_reach_their_target():
    stage, market = make(target_reserves=10.0)
    stage.post("eth", 0.88)
    settle(stage, "bob", market.offers(row_of(stage, market))[0], 0.0)
    (lot,) = market.lots()
    discount = 0.6 * 0.05
    assert lot.limit == pytest.approx(100 * 0.88 * (1 - discount))
    paid, received = settle(stage, "liq", lot, 20.0)
    assert received == pytest.approx(paid / 0.88 / (1 - discount))
    settle(stage, "liq", market.lots()[0], market.lots()[0].limit)
    assert market.lots() == []
    assert market.cash("eth") == 0.0
    assert market.reserves == pytest.approx(88 * (1 - discount) - 88 * 0.95)
    stage.fund("liq", "usdc", 10.0)
    assert stage.refused("liq", Take(target="market", item=Absorbed("eth"), amount=1.0)) == "insufficient_collateral"


def test_nothing_is_for_sale_while_reserves_are_at_their_target():
    stage, market = make(target_reserves=0.0, borrow_rate={"kind": "fixed", "rate": 0.9})
    stage.post("eth", 0.80)
    settle(stage, "bob", market.offers(row_of(stage, market))[0], 0.0)
    assert market.reserves < 0.0
    settle(stage, "liq", market.lots()[0], market.lots()[0].limit * 0.999999)
    assert market.reserves < 0.0, "reserves paid more than the sale brings in"
    market.reserves, before = 1.0, market.reserves
    assert market.lots() == []
    market.reserves = before
    assert len(market.lots()) == 1


@pytest.mark.parametrize("ltv", [0.92, 0.96, 0.99, 1.05])
def test_exhaustion_leaves_the_closed_form_in_reserves(ltv):
    stage, market = make()
    row, price = row_of(stage, market), 0.80 / ltv
    stage.post("eth", price)
    settle(stage, "bob", market.offers(row)[0], 0.0)
    owed_to_alice = max(0.0, 100 * price * 0.95 - 80)
    while lots := market.lots():
        settle(stage, "liq", lots[0], lots[0].limit if lots[0].limit < 10.0 else lots[0].limit / 2)
    proceeds = 100 * price * (1 - 0.03)
    assert market.reserves == pytest.approx(proceeds - 80 - owed_to_alice, abs=1e-9)
    uncovered = max(0.0, 80 - 100 * price * 0.95)
    assert market.totals()["usdc"]["bad_debt"] == pytest.approx(uncovered, abs=1e-9)
    assert stage.world.events.frame("bad_debt")["amount"].sum() == pytest.approx(uncovered, abs=1e-9)


def test_absorption_and_purchase_in_one_transaction():
    stage, market = make(absorb_tip=0.5)
    stage.fund("carol", "eth", 50.0)
    stage.do("carol", Supply(target="market", token="eth", amount=50.0), Borrow(target="market", token="usdc", amount=41.0))
    stage.post("eth", 0.88)
    settle(stage, "bob", market.offers(row_of(stage, market))[0], 0.0)
    _, bundle = market.offers(row_of(stage, market, "carol"))
    assert bundle.limit == pytest.approx(150 * 0.88 * 0.97)
    settle(stage, "liq", bundle, 60.0)
    assert market.debts_of(stage.account("carol")) == {}
    assert stage.world.events.count("liquidations") == 2
    assert market.totals()["eth"]["absorbed"] == pytest.approx(150 - 60 / 0.88 / 0.97)


def test_lenders_may_bear_the_loss_instead():
    stage, market = make(losses={"kind": "socialisation"})
    stage.post("eth", 0.5)
    settle(stage, "bob", market.offers(row_of(stage, market))[0], 0.0)
    assert market.balance(row_of(stage, market, "lou")) == pytest.approx(200 - (80 - 47.5))
    assert market.reserves == pytest.approx(-47.5)


def test_genesis_and_screen():
    stage = Stage(eth=1.0)
    market = stage.place(CompoundV3, base="usdc", collaterals={"eth": {"feed": "feed eth"}})
    owners = stage.world.accounts.open_many("borrowers", 200)
    lender = stage.world.accounts.open_many("lenders", 1)
    market.open_positions(lender, {"usdc": np.array([20_000.0])}, {})
    market.open_positions(owners, {"eth": np.full(200, 100.0)}, {"usdc": np.linspace(10.0, 81.0, 200)})
    market.open_cash(reserves=100.0)
    assert stage.world.audit() == []
    agree(market)
    screen = HealthScreen(market)
    assert screen.look() == ([], [])
    stage.post("eth", 0.8)
    _, fallen = screen.look()
    assert fallen == [row for row in range(len(market.book)) if market.health_of(row) < 1.0]
    assert len(fallen) > 10


VERBS = st.lists(
    st.tuples(
        st.sampled_from(["supply", "withdraw", "borrow", "repay", "place", "remove", "price", "warp", "absorb", "buy"]),
        st.sampled_from(["alice", "bob"]),
        st.floats(1e-3, 150.0) | st.just(ALL),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(VERBS)
def test_whatever_is_asked_the_books_close(steps):
    stage, market = make(borrow_rate={"kind": "kinked", "base": 0.02}, supply_rate={"kind": "kinked"})
    for operation, name, amount in steps:
        token = "eth" if operation in ("place", "remove") else "usdc"
        if operation in ("supply", "repay", "place", "buy"):
            stage.fund(name, token, min(amount, 500.0))
        if operation == "price":
            stage.post("eth", min(amount, 100.0) / 50.0)
        elif operation == "warp":
            stage.warp(min(amount, 150.0) * 86_400.0)
        elif operation == "absorb":
            stage.attempt(name, Trigger(target="market", item=Absorb(stage.account("alice"))))
        elif operation == "buy":
            stage.attempt(name, Take(target="market", item=Absorbed("eth"), amount=amount))
        else:
            verb = {"supply": Supply, "place": Supply, "withdraw": Withdraw, "remove": Withdraw, "borrow": Borrow, "repay": Repay}[
                operation
            ]
            stage.attempt(name, verb(target="market", token=token, amount=amount))
        assert (market.book.data[:2] >= 0.0).all()
    agree(market)
