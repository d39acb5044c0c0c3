"""Isolated pair: verbs, shares, offers, bad debt shared at once, conservation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core.actions import ALL, Borrow, Flash, Repay, Supply, Take, Transfer, Withdraw
from model.core.errors import BadInput
from model.markets.morpho import InShares, Morpho
from model.markets.morpho_liquidation import RepayShares, Seize
from model.markets.pooled_liquidation import Liquidate
from model.screen import HealthScreen
from tests.markets.stage import Stage, agree, settle

YEAR = 31_536_000.0


def make(lltv=0.8, collateral=100.0, debt=75.0, lent=200.0, **params):
    """alice owes 75 on 100 of collateral at price 1; lou lent 200."""
    stage = Stage(eth=1.0)
    rules = {"loan": "usdc", "collateral": "eth", "feed": "feed eth", "lltv": lltv, "rate": {"kind": "fixed", "rate": 0.0}} | params
    market = stage.place(Morpho, **rules)
    stage.fund("lou", "usdc", lent)
    stage.do("lou", Supply(target="market", token="usdc", amount=lent))
    if collateral:
        stage.fund("alice", "eth", collateral)
        stage.do("alice", Supply(target="market", token="eth", amount=collateral))
    if debt:
        stage.do("alice", Borrow(target="market", token="usdc", amount=debt))
    return stage, market


def row_of(stage, market, name="alice"):
    return market.book.find(stage.account(name))


def incentive(lltv):
    return min(1.15, 1.0 / (0.3 * lltv + 0.7))


def test_verbs_move_tokens_and_books():
    stage, market = make()
    assert stage.held("alice", "usdc") == 75.0
    assert market.collateral_of(stage.account("alice")) == {"eth": 100.0}
    assert market.debts_of(stage.account("alice"))["usdc"] == pytest.approx(75.0, rel=1e-15)
    totals = market.totals()
    assert totals["usdc"]["cash"] == 125.0
    assert totals["usdc"]["utilisation"] == pytest.approx(75 / 200)
    assert totals["eth"]["collateral"] == 100.0
    assert market.health_of(row_of(stage, market)) == pytest.approx(80 / 75)
    agree(market)


def test_all_leaves_exact_zeros():
    stage, market = make(rate={"kind": "adaptive_curve"})
    stage.warp(YEAR / 3)
    stage.fund("alice", "usdc", 100.0)
    stage.do("alice", Repay(target="market", token="usdc", amount=ALL))
    stage.do("alice", Withdraw(target="market", token="eth", amount=ALL))
    stage.do("lou", Withdraw(target="market", token="usdc", amount=ALL))
    assert not market.book.data.any()
    assert market.debts_of(stage.account("alice")) == {}
    assert stage.held("lou", "usdc") > 200.0


@pytest.mark.parametrize(
    ("action", "word"),
    [
        (Borrow(target="market", token="usdc", amount=6.0), "insufficient_collateral"),
        (Borrow(target="market", token="eth", amount=6.0), "not_listed"),
        (Supply(target="market", token="dai", amount=6.0), "not_listed"),
        (Withdraw(target="market", token="eth", amount=10.0), "insufficient_collateral"),
        (Withdraw(target="market", token="eth", amount=101.0), "invalid_amount"),
        (Withdraw(target="market", token="usdc", amount=1.0), "invalid_amount"),
        (Repay(target="market", token="usdc", amount=76.0), "invalid_amount"),
        (Repay(target="market", token="usdc", amount=1.0, borrower=0), "no_position"),
        (Borrow(target="market", token="usdc", amount=-1.0), "invalid_amount"),
    ],
)
def test_refusals_leave_no_trace(action, word):
    stage, market = make()
    before = market.book.data.copy(), market.lent, market.borrowed
    assert stage.refused("alice", action) == word
    assert (market.book.data == before[0]).all()
    assert (market.lent, market.borrowed) == before[1:]


def test_full_utilisation_blocks_withdrawal():
    stage, _ = make(lent=75.0)
    assert stage.refused("lou", Withdraw(target="market", token="usdc", amount=ALL)) == "insufficient_liquidity"


def test_interest_is_the_contracts_and_the_fee_is_paid_in_shares():
    stage, market = make(rate={"kind": "fixed", "rate": 0.5}, fee=0.2)
    stage.warp(YEAR)
    growth = 0.5 + 0.5**2 / 2 + 0.5**3 / 6
    assert market.debts_of(stage.account("alice"))["usdc"] == pytest.approx(75 * (1 + growth), rel=1e-9)
    assert market.updated == stage.world.clock.start, "reading writes nothing"
    market.accrue()
    fee = market.supplied(row_of(stage, market, market.world.accounts.name(market.treasury)))
    assert fee == pytest.approx(0.2 * 75 * growth, rel=1e-9)
    assert market.supplied(row_of(stage, market, "lou")) == pytest.approx(200 + 0.8 * 75 * growth, rel=1e-9)


def test_amounts_in_shares():
    stage, market = make(rate={"kind": "fixed", "rate": 0.5})
    stage.warp(YEAR)
    stage.fund("alice", "usdc", 100.0)
    paid = stage.do("alice", Repay(target="market", token="usdc", amount=37.5, terms=InShares()))
    assert paid == pytest.approx(37.5 * (1 + 0.5 + 0.125 + 0.5**3 / 6), rel=1e-9)
    assert market.book.get(1, row_of(stage, market)) == pytest.approx(37.5, rel=1e-12)


def test_flash_loans_are_free_and_bounded_by_what_is_there():
    stage, market = make()
    stage.do("bob", flash=Flash("market", "usdc", 125.0))
    move = Transfer(target="chain", token="usdc", amount=1.0, to=stage.account("bob"))
    assert not stage.attempt("bob", flash=Flash("market", "usdc", 125.1)).ok
    assert not stage.attempt("carol", move, flash=Flash("market", "usdc", 100.0)).ok
    assert market.cash("usdc") == 125.0


def test_offer_quotes_what_it_settles_and_is_closed_while_healthy():
    stage, market = make(lltv=0.8)
    row = row_of(stage, market)
    assert market.offers(row) == []
    item = Liquidate(stage.account("alice"), "eth", "usdc")
    stage.fund("liq", "usdc", 1.0)
    assert stage.refused("liq", Take(target="market", item=item, amount=1.0)) == "healthy"
    stage.post("eth", 0.92)
    (offer,) = market.offers(row)
    assert offer.limit == pytest.approx(75.0)
    paid, received = settle(stage, "liq", offer, 3.0)
    assert received == pytest.approx(paid * incentive(0.8) / 0.92)
    assert market.health_of(row) > 0.8 * 92 / 75
    settle(stage, "liq", market.offers(row)[0], market.offers(row)[0].limit)
    assert market.debts_of(stage.account("alice")) == {}
    assert market.offers(row) == []


def test_strict_terms_refuse_more_than_there_is():
    stage, market = make()
    stage.post("eth", 0.7)
    item = Liquidate(stage.account("alice"), "eth", "usdc")
    stage.fund("liq", "usdc", 500.0)
    assert stage.refused("liq", Take(target="market", item=item, amount=101.0, terms=Seize())) == "seize_too_much"
    assert stage.refused("liq", Take(target="market", item=item, amount=75.0, terms=RepayShares())) == "seize_too_much"
    assert stage.refused("liq", Take(target="market", item=item, amount=80.0, terms=RepayShares())) == "invalid_amount"
    assert stage.do("liq", Take(target="market", item=item, amount=40.0, terms=Seize())) == 40.0
    assert market.collateral_of(stage.account("alice")) == {"eth": 60.0}


@pytest.mark.parametrize("ltv", [0.90, 0.96, 0.99, 1.05])
def test_exhaustion_leaves_the_closed_form_and_lenders_share_it_at_once(ltv):
    stage, market = make(lltv=0.86)
    row, price = row_of(stage, market), 0.75 / ltv
    stage.post("eth", price)
    while offers := market.offers(row):
        settle(stage, "liq", offers[0], max(offers[0].limit / 2, min(offers[0].limit, 5.0)))
    lost = max(0.0, 75.0 - 100.0 * price / incentive(0.86))
    assert market.lent == pytest.approx(200.0 - lost, rel=1e-12)
    assert market.supplied(row_of(stage, market, "lou")) == pytest.approx(200.0 - lost, rel=1e-12)
    assert stage.world.events.frame("bad_debt")["amount"].sum() == pytest.approx(lost, abs=1e-9)
    assert market.debts_of(stage.account("alice")) == {} or market.health_of(row) >= 1.0


def test_another_loss_rule_leaves_a_deficit():
    stage, market = make(losses={"kind": "deficit"})
    stage.post("eth", 0.5)
    (offer,) = market.offers(row_of(stage, market))
    paid, _ = settle(stage, "liq", offer, offer.limit)
    assert market.lent == 200.0
    assert market.deficit == pytest.approx(75.0 - paid)


def test_genesis_and_screen():
    stage = Stage(eth=1.0)
    market = stage.place(Morpho, loan="usdc", collateral="eth", feed="feed eth", lltv=0.8)
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
    stage.warp(YEAR)
    stage.post("eth", 0.89)
    _, more = screen.look()
    assert sorted(fallen + more) == [row for row in range(len(market.book)) if market.health_of(row) < 1.0]


def test_impossible_parameters_are_refused():
    with pytest.raises(BadInput):
        Morpho.Params.read({"loan": "usdc", "collateral": "eth", "lltv": 1.0})
    with pytest.raises(ValueError, match="two tokens"):
        Stage().place(Morpho, loan="eth", collateral="eth")


VERBS = st.lists(
    st.tuples(
        st.sampled_from(["supply", "withdraw", "borrow", "repay", "place", "remove", "price", "warp", "take", "seize"]),
        st.sampled_from(["alice", "bob"]),
        st.floats(1e-3, 150.0) | st.just(ALL),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(VERBS)
def test_whatever_is_asked_the_books_close(steps):
    stage, market = make(rate={"kind": "adaptive_curve"}, fee=0.1)
    for operation, name, amount in steps:
        token = "eth" if operation in ("place", "remove") else "usdc"
        if operation in ("supply", "repay", "place", "take"):
            stage.fund(name, token, min(amount, 500.0))
        if operation == "price":
            stage.post("eth", min(amount, 100.0) / 50.0)
        elif operation == "warp":
            stage.warp(min(amount, 150.0) * 86_400.0)
        elif operation in ("take", "seize"):
            item = Liquidate(stage.account("alice"), "eth", "usdc")
            stage.attempt(name, Take(target="market", item=item, amount=amount, terms=Seize() if operation == "seize" else None))
        else:
            verb = {"supply": Supply, "place": Supply, "withdraw": Withdraw, "remove": Withdraw, "borrow": Borrow, "repay": Repay}[
                operation
            ]
            stage.attempt(name, verb(target="market", token=token, amount=amount))
        assert (market.book.data >= 0.0).all()
        assert not math.isnan(market.lent)
    agree(market)
