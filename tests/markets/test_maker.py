"""Vaults that mint: verbs, fees, Dutch and English auctions, the system's balance; the audit after every operation."""

import numpy as np
import pytest

from model.core.actions import ALL, AddLiquidity, Bid, Borrow, Repay, Supply, Swap, Take, Transaction, Trigger, Withdraw
from model.core.actions import Flash as FlashFunds
from model.core.errors import BadInput
from model.core.units import YEAR
from model.markets import Maker
from model.markets.maker import OfType
from model.markets.maker_auctions import Bark, LotNumber, Slice
from model.markets.maker_vow import DebtLot, SurplusLot
from model.screen import HealthScreen
from model.venues.constant_product import ConstantProduct
from model.world.venue import TradingVenue
from tests.markets.minting import CHAIN, FEED, MARKET, Bench

DAI, ETH, MKR = "dai", "eth", "mkr"
FUNDS = {"alice": {ETH: 1_000.0}, "bob": {ETH: 1_000.0}, "keeper": {DAI: 1e6}, "rival": {DAI: 1e6}, "holder": {MKR: 1e4}}
DUTCH = {"kind": "dutch_auction", "curve": "linear", "tau": 3_600.0, "tail": 2_400.0, "buf": 1.2, "tip": 100.0, "chip": 0.01}
ENGLISH = {"kind": "english_auction", "lot_size": 40.0}


def bench_of(auction=DUTCH, price=300.0, funds=FUNDS, kind=None, **params):
    terms = {"feed": FEED, "stability_fee": 0.0, "dust": 100.0, "auction": auction, **(kind or {})}
    return Bench(Maker, price, funds, types={ETH: terms}, **params)


def open_vault(bench, name="alice", ink=100.0, debt=18_000.0):
    bench.must(name, Supply(target=MARKET, token=ETH, amount=ink), Borrow(target=MARKET, token=DAI, amount=debt))
    return bench.row(name)


def fall(bench, price):
    bench.post(price)
    bench.sound()


def test_vault_verbs():
    bench = bench_of()
    row = open_vault(bench)
    market = bench.market
    assert market.health_of(row) == pytest.approx(100.0 * 300.0 / 1.5 / 18_000.0)
    bench.refused("alice", "insufficient_collateral", Borrow(target=MARKET, token=DAI, amount=2_001.0))
    bench.refused("alice", "insufficient_collateral", Withdraw(target=MARKET, token=ETH, amount=10.1))
    bench.must("alice", Withdraw(target=MARKET, token=ETH, amount=10.0))
    bench.refused("alice", "dust", Repay(target=MARKET, token=DAI, amount=17_950.0))
    bench.must("alice", Repay(target=MARKET, token=DAI, amount=8_000.0))
    bench.must("keeper", Repay(target=MARKET, token=DAI, amount=1_000.0, borrower=bench.account("alice")))
    assert market.debts_of(bench.account("alice")) == {DAI: pytest.approx(9_000.0)}
    bench.must("alice", Repay(target=MARKET, token=DAI, amount=ALL), Withdraw(target=MARKET, token=ETH, amount=ALL))
    assert bench.balances("alice", ETH, DAI) == [1_000.0, pytest.approx(1_000.0)]
    assert market.unpaid() == 0.0
    bench.refused("alice", "no_debt", Repay(target=MARKET, token=DAI, amount=1.0))
    bench.refused("bob", "no_position", Withdraw(target=MARKET, token=ETH, amount=1.0))


def test_ceilings_hold():
    bench = bench_of(kind={"ceiling": 10_000.0})
    bench.refused(
        "alice",
        "ceiling_exceeded",
        Supply(target=MARKET, token=ETH, amount=100.0),
        Borrow(target=MARKET, token=DAI, amount=10_001.0),
    )
    bench = bench_of(ceiling=9_000.0)
    bench.refused(
        "alice", "ceiling_exceeded", Supply(target=MARKET, token=ETH, amount=100.0), Borrow(target=MARKET, token=DAI, amount=9_001.0)
    )


def test_stability_fee_compounds_by_the_second_and_is_the_systems():
    bench = bench_of(kind={"stability_fee": 0.08})
    row = open_vault(bench)
    bench.warp(YEAR / 2)
    assert bench.market.owed(bench.market.types[ETH], row) == pytest.approx(18_000.0 * 1.08**0.5)
    bench.must("alice", Repay(target=MARKET, token=DAI, amount=1_000.0))
    bench.warp(YEAR / 2)
    bench.must("alice", Borrow(target=MARKET, token=DAI, amount=500.0))
    expected = (18_000.0 * 1.08**0.5 - 1_000.0) * 1.08**0.5 + 500.0
    assert bench.market.debts_of(bench.account("alice"))[DAI] == pytest.approx(expected)
    assert bench.market.surplus() == pytest.approx(expected - 18_000.0 + 500.0)


def test_dutch_auction_from_bark_to_the_last_take():
    bench = bench_of()
    row = open_vault(bench)
    assert bench.offers("alice") == []
    fall(bench, 250.0)
    (start,) = bench.offers("alice")
    assert bench.settles("keeper", start, 0.0).reward == pytest.approx(100.0 + 0.01 * 18_000.0 * 1.13)
    assert bench.offers("alice") == []
    assert bench.market.health_of(row) == np.inf
    bench.warp(1_200.0)
    (lot,) = bench.market.lots()
    price = 250.0 * 1.2 * (1.0 - 1_200.0 / 3_600.0)
    assert lot.limit == pytest.approx(100.0 * price)
    quote = bench.settles("keeper", lot, 5_000.0)
    assert quote.received == pytest.approx(5_000.0 / price)
    bench.warp(60.0)
    bench.settles("rival", bench.market.lots()[0], bench.market.lots()[0].limit)
    assert bench.market.lots() == []
    events = bench.world.events.since("liquidations", 0)
    assert [event["liquidator"] for event in events] == ["keeper", "rival"]
    raised = sum(event["repaid"] for event in events)
    lost = sum(event["amount"] for event in bench.world.events.since("bad_debt", 0))
    assert raised + lost == pytest.approx(max(raised, 18_000.0))


def test_what_the_tab_does_not_need_goes_back():
    bench = bench_of()
    open_vault(bench)
    fall(bench, 269.0)
    bench.must("keeper", Trigger(target=MARKET, item=Bark(bench.account("alice"), ETH)))
    bench.must("keeper", Take(target=MARKET, item=LotNumber(0), terms=Slice(amount=ALL, max_price=400.0)))
    sold = 18_000.0 * 1.13 / (269.0 * 1.2)
    assert bench.balances("alice", ETH) == [pytest.approx(1_000.0 - sold)]
    assert bench.market.uncovered() == 0.0


def test_reset_and_its_reward():
    bench = bench_of()
    open_vault(bench)
    fall(bench, 250.0)
    bench.must("keeper", Trigger(target=MARKET, item=Bark(bench.account("alice"), ETH)))
    bench.refused("keeper", "cannot_reset", Trigger(target=MARKET, item=LotNumber(0)))
    bench.warp(2_401.0)
    bench.refused("keeper", "needs_reset", Take(target=MARKET, item=LotNumber(0)))
    (offer,) = bench.market.lots()
    assert offer.kind == "trigger"
    assert bench.settles("rival", offer, 0.0).reward == pytest.approx(100.0 + 0.01 * 18_000.0 * 1.13)
    assert bench.market.lots()[0].kind == "take"


def test_holes_limit_what_is_on_auction():
    bench = bench_of(kind={"hole": 11_300.0})
    row = open_vault(bench)
    fall(bench, 250.0)
    bench.must("keeper", Trigger(target=MARKET, item=Bark(bench.account("alice"), ETH)))
    assert bench.market.owed(bench.market.types[ETH], row) == pytest.approx(8_000.0)
    assert bench.offers("alice") == []
    bench.refused("keeper", "limit_hit", Trigger(target=MARKET, item=Bark(bench.account("alice"), ETH)))


def test_refusals_of_liquidation():
    bench = bench_of()
    open_vault(bench)
    bench.refused("keeper", "healthy", Trigger(target=MARKET, item=Bark(bench.account("alice"), ETH)))
    bench.refused("keeper", "no_such_item", Take(target=MARKET, item=LotNumber(7)))
    bench.refused("keeper", "no_such_item", Trigger(target=MARKET, item=Bark(bench.account("alice"), "gold")))
    bench.refused("keeper", "not_offered", Bid(target=MARKET, item=Bark(bench.account("alice"), ETH), amount=1.0))


def english(wait=0.0):
    bench = bench_of(ENGLISH, price=300.0, loss={"kind": "surplus_and_debt_auction", "debt_lot": 1_000.0}, governance_token=MKR, wait=wait)
    open_vault(bench)
    fall(bench, 250.0)
    return bench


def test_english_auction_in_lots_tend_dent_and_deal():
    bench = english()
    start, first = bench.offers("alice")
    assert (start.kind, first.kind) == ("trigger", "bid")
    tab = 18_000.0 * 0.4 * 1.13
    assert bench.settles_bid("keeper", first, 5_000.0) == pytest.approx(5_000.0)
    (lot,) = bench.market.lots()
    assert (lot.least, lot.holder) == (pytest.approx(5_150.0), bench.account("keeper"))
    bench.refused("rival", "insufficient_increase", Bid(target=MARKET, item=lot.item, amount=5_100.0))
    bench.must("rival", lot.action(6_000.0))
    assert bench.balances("keeper", DAI) == [1e6]
    bench.must("keeper", bench.market.lots()[0].action(tab * 1.1))
    (lot,) = bench.market.lots()
    assert bench.balances("keeper", DAI) == [pytest.approx(1e6 - tab)]
    assert bench.balances("alice", ETH) == [pytest.approx(900.0 + 40.0 - 40.0 / 1.1)]
    bench.refused("rival", "insufficient_decrease", Bid(target=MARKET, item=lot.item, amount=tab * 1.11))
    assert bench.settles_bid("rival", lot, lot.least) == pytest.approx(tab)
    bench.refused("rival", "auction_running", Trigger(target=MARKET, item=lot.item))
    bench.warp(601.0)
    assert next(iter(bench.market.settle_passive())) == "auction 0 closed"
    bench.sound()
    assert bench.balances("rival", ETH) == [pytest.approx(40.0 / 1.1 / 1.03)]
    assert bench.balances("alice", ETH) == [pytest.approx(900.0 + 40.0 - 40.0 / 1.1 / 1.03)]
    assert bench.world.events.since("liquidations", 0)[0]["liquidator"] == "rival"


def test_auction_without_bids_restarts_and_a_zero_bid_wins_it():
    bench = english(wait=561_600.0)
    for _ in range(3):
        bench.must("keeper", Trigger(target=MARKET, item=Bark(bench.account("alice"), ETH)))
    bench.refused("keeper", "healthy", Trigger(target=MARKET, item=Bark(bench.account("alice"), ETH)))
    bench.warp(21_601.0)
    list(bench.market.settle_passive())
    bench.sound()
    for offer in bench.market.lots():
        bench.must("keeper", offer.action(1e-9))
    bench.warp(601.0)
    list(bench.market.settle_passive())
    bench.sound()
    assert bench.balances("keeper", ETH) == [pytest.approx(100.0)]
    lost = bench.world.events.since("bad_debt", 0)
    assert sum(event["amount"] for event in lost) == pytest.approx(18_000.0)
    assert {event["borne_by"] for event in lost} == {"governance", "deficit"}


def test_debt_auctions_recapitalise_the_system():
    bench = english()
    for _ in range(3):
        bench.must("keeper", Trigger(target=MARKET, item=Bark(bench.account("alice"), ETH)))
    for offer in bench.market.lots():
        bench.must("keeper", offer.action(4_000.0))
    bench.warp(601.0)
    list(bench.market.settle_passive())
    bench.sound()
    market = bench.market
    assert market.sin == pytest.approx(6_000.0)
    assert market.surplus() == 0.0
    offers = [offer for offer in market.lots() if isinstance(offer.item, DebtLot)]
    assert len(offers) == 6
    assert offers[0].quote(offers[0].least).received == pytest.approx(250.0)
    assert bench.settles_bid("keeper", offers[0], 1_000.0) == pytest.approx(1_000.0)
    assert market.sin == pytest.approx(5_000.0)
    again = next(offer for offer in market.lots() if offer.item == offers[0].item)
    bench.refused("rival", "insufficient_decrease", again.action(1_010.0))
    bench.settles_bid("rival", again, 2_000.0)
    assert bench.balances("keeper", DAI) == [pytest.approx(1e6 - 12_000.0)]
    bench.warp(10_801.0)
    list(market.settle_passive())
    bench.sound()
    assert bench.balances("rival", MKR) == [pytest.approx(125.0)]
    bench.warp(172_801.0)
    list(market.settle_passive())
    fresh = next(offer for offer in market.lots() if isinstance(offer.item, DebtLot))
    assert fresh.quote(fresh.least).received == pytest.approx(375.0)


def test_surplus_auctions_burn_governance_tokens():
    loss = {"kind": "surplus_and_debt_auction", "buffer": 500.0, "surplus_lot": 400.0}
    bench = bench_of(kind={"stability_fee": 0.05}, loss=loss, governance_token=MKR)
    open_vault(bench)
    bench.warp(YEAR)
    bench.must("alice", Repay(target=MARKET, token=DAI, amount=1_000.0))
    assert list(bench.market.settle_passive()) == ["surplus auction 0"]
    (offer,) = bench.market.lots()
    assert offer.item == SurplusLot(0)
    bench.must("holder", offer.action(2.0))
    bench.refused("holder", "insufficient_increase", offer.action(2.05))
    bench.warp(10_801.0)
    list(bench.market.settle_passive())
    bench.sound()
    assert bench.balances("holder", DAI, MKR) == [400.0, 1e4 - 2.0]
    assert bench.market.surplus() == pytest.approx(500.0)


def test_each_vault_type_stands_alone():
    types = {
        "eth": {"feed": FEED, "liquidation_ratio": 1.5, "stability_fee": 0.0, "dust": 0.0},
        "eth-b": {"token": ETH, "feed": FEED, "liquidation_ratio": 1.3, "stability_fee": 0.0, "dust": 0.0},
    }
    bench = Bench(Maker, 300.0, FUNDS, types=types)
    second = OfType("eth-b")
    bench.must("alice", Supply(target=MARKET, token=ETH, amount=10.0), Borrow(target=MARKET, token=DAI, amount=1_900.0))
    bench.must(
        "alice",
        Supply(target=MARKET, token=ETH, amount=10.0, terms=second),
        Borrow(target=MARKET, token=DAI, amount=2_000.0, terms=second),
    )
    bench.refused("alice", "which_type", Borrow(target=MARKET, token=DAI, amount=1.0))
    row, screen = bench.row("alice"), HealthScreen(bench.market)
    assert screen.look() == ([], [])
    fall(bench, 284.9)
    assert screen.look() == ([], [row])
    assert bench.market.health_of(row) == bench.market.health()[row] == pytest.approx(10.0 * 284.9 / 1.5 / 1_900.0)
    (offer,) = bench.offers("alice")
    assert offer.item == Bark(bench.account("alice"), "eth")


def test_flash_mint_pays_for_a_take_and_is_gone():
    bench = bench_of(flash_line=1e6, funds={"alice": {ETH: 1_000.0}, "poor": {}, "maker": {DAI: 5e5, ETH: 2_000.0}})
    bench.world.add(TradingVenue(bench.world, "pair", CHAIN, (ETH, DAI), ConstantProduct(ConstantProduct.Params())))
    bench.must("maker", AddLiquidity(target="pair", amounts=((ETH, 2_000.0), (DAI, 5e5))))
    open_vault(bench)
    fall(bench, 250.0)
    bench.must("poor", Trigger(target=MARKET, item=Bark(bench.account("alice"), ETH)))
    bench.warp(1_200.0)
    offer = bench.market.lots()[0]
    actions = (offer.action(offer.limit), Swap(target="pair", sell=ETH, buy=DAI, amount=ALL))
    assert (bench.market.flash_most(DAI), bench.market.flash_most(ETH)) == (1e6, 0.0)
    flash = FlashFunds(MARKET, DAI, offer.limit)
    receipt = bench.chain.execute(bench.account("poor"), Transaction(actions, flash=flash), bench.world.clock.now)
    bench.sound()
    assert receipt.ok, receipt.reason
    assert bench.held("poor", DAI) > 0.0


def test_genesis_population():
    bench = bench_of()
    accounts = bench.world.accounts.open_many("vaults", 40)
    ink = np.linspace(10.0, 100.0, 40)
    bench.market.open_positions(accounts, {ETH: ink}, {DAI: ink * np.linspace(100.0, 190.0, 40)})
    bench.market.open_cash()
    bench.sound()
    assert bench.market.health().min() == pytest.approx(200.0 / 190.0)
    with pytest.raises(ValueError, match="debt without collateral"):
        bench.market.open_positions(bench.world.accounts.open_many("bad", 1), {}, {DAI: np.ones(1)})


def test_parameters_that_cannot_be_are_refused():
    for bad in ({"auction": {"kind": "fixed_spread"}}, {"liquidation_ratio": 1.0}, {"auction": {**DUTCH, "tau": 0.0}}):
        with pytest.raises(BadInput):
            Maker.Params.read({"types": {ETH: bad}})
