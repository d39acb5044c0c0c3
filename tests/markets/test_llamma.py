"""Soft-liquidating market: loans in bands, arbitrage through the venue, health, hard liquidation, conservation after every operation."""

import math

import numpy as np
import pytest

from agents.sizing import best_size
from model.core.actions import ALL, Borrow, Repay, Supply, Swap, Take, Withdraw
from model.core.errors import BadInput
from model.core.units import YEAR
from model.markets import Llamma
from model.markets.llamma import InBands
from model.markets.llamma_liquidation import Liquidate
from model.routes import RouteMap
from model.screen import HealthScreen
from model.world.venue import TradingVenue
from tests.markets.minting import FEED, MARKET, Bench

STABLE, ETH = "crvusd", "eth"
VENUE = f"{MARKET}.bands"


@pytest.fixture
def bench():
    funds = {"alice": {ETH: 20.0}, "bob": {ETH: 50.0}, "trader": {STABLE: 1e6, ETH: 100.0}, "liquidator": {STABLE: 1e6}}
    return Bench(Llamma, 3_000.0, funds, feed=FEED, rate={"kind": "fixed", "rate": 0.0}, base_price=3_000.0)


def open_loan(bench, name="alice", collateral=10.0, debt=20_000.0, bands=10):
    bench.must(
        name,
        Supply(target=MARKET, token=ETH, amount=collateral),
        Borrow(target=MARKET, token=STABLE, amount=debt, terms=InBands(bands)),
    )
    return bench.row(name)


def arbitrage(bench, price):
    """Post a price and trade the bands to it."""
    bench.post(price)
    bench.sound()
    venue = bench.market.venue
    for sell, least in ((STABLE, 1.0 / price), (ETH, price)):
        pool = venue.pool()
        amount = venue.mechanism.amount_to(pool, venue.place[sell], 1 - venue.place[sell], least)
        if amount > 0.0:
            bench.must("trader", Swap(target=VENUE, sell=sell, buy=ETH if sell == STABLE else STABLE, amount=amount))


def glide(bench, price, steps=40):
    """The price moves in small steps, each arbitraged."""
    for step in np.geomspace(bench.market.oracle(), price, steps + 1)[1:]:
        arbitrage(bench, float(step))


def test_first_band_follows_the_published_formula(bench):
    row = open_loan(bench)
    market, ratio = bench.market, 0.99
    effective = 10.0 * (1.0 - 0.09) * math.sqrt(ratio) / 10 * sum(ratio**k for k in range(10))
    expected = math.floor(math.log(effective * 3_000.0 / 20_000.0) / math.log(1.0 / ratio))
    assert market.span(row) == range(expected, expected + 10)
    assert market.holdings(row) == (0.0, pytest.approx(10.0))
    assert 1.0 < market.health_of(row) < 1.0 + (0.09 - 0.06) / 0.91 + 0.0105
    assert bench.held("alice", STABLE) == 20_000.0


def test_debts_too_high_for_the_bands_are_refused(bench):
    place = Supply(target=MARKET, token=ETH, amount=10.0)
    bench.refused("alice", "debt_too_high", place, Borrow(target=MARKET, token=STABLE, amount=27_500.0))
    bench.refused("alice", "debt_too_high", Borrow(target=MARKET, token=STABLE, amount=1.0))
    bench.refused("alice", "bands", place, Borrow(target=MARKET, token=STABLE, amount=1.0, terms=InBands(3)))
    bench.refused("alice", "bands", place, Borrow(target=MARKET, token=STABLE, amount=1.0, terms=InBands(51)))
    assert bench.held("alice", ETH) == 20.0


def test_the_ceiling_holds():
    bench = Bench(Llamma, 3_000.0, {"alice": {ETH: 20.0}}, feed=FEED, ceiling=10_000.0)
    place = Supply(target=MARKET, token=ETH, amount=10.0)
    bench.refused("alice", "ceiling_exceeded", place, Borrow(target=MARKET, token=STABLE, amount=10_001.0))
    bench.must("alice", place, Borrow(target=MARKET, token=STABLE, amount=10_000.0))


def test_verbs_move_a_loan_among_the_bands(bench):
    row = open_loan(bench)
    market = bench.market
    first = market.span(row).start
    bench.must("alice", Supply(target=MARKET, token=ETH, amount=5.0))
    lower = market.span(row).start
    assert lower > first
    bench.must("alice", Borrow(target=MARKET, token=STABLE, amount=5_000.0))
    assert market.span(row).start < lower
    bench.must("alice", Repay(target=MARKET, token=STABLE, amount=10_000.0))
    assert market.owed(row) == pytest.approx(15_000.0)
    bench.must("alice", Withdraw(target=MARKET, token=ETH, amount=3.0))
    assert market.holdings(row)[1] == pytest.approx(12.0)
    bench.refused("alice", "debt_too_high", Withdraw(target=MARKET, token=ETH, amount=8.0))
    bench.must("alice", Repay(target=MARKET, token=STABLE, amount=ALL))
    assert bench.held("alice", ETH) == pytest.approx(20.0)
    assert market.debts_of(bench.account("alice")) == {}
    assert market.venue.state.y == {}
    assert len(market.shares) == 0


def test_collateral_that_waits_can_be_taken_back(bench):
    bench.must("alice", Supply(target=MARKET, token=ETH, amount=4.0))
    bench.must("alice", Withdraw(target=MARKET, token=ETH, amount=1.0))
    bench.must("alice", Withdraw(target=MARKET, token=ETH, amount=ALL))
    assert bench.held("alice", ETH) == 20.0
    bench.refused("alice", "invalid_amount", Withdraw(target=MARKET, token=ETH, amount=1.0))


def test_arbitrage_converts_and_back(bench):
    row = open_loan(bench)
    open_loan(bench, "bob", 30.0, 40_000.0, 20)
    market = bench.market
    glide(bench, 2_100.0)
    x, y = market.holdings(row)
    assert x > 0.0
    assert y < 10.0
    bench.refused("alice", "soft_liquidated", Supply(target=MARKET, token=ETH, amount=1.0))
    bench.refused("alice", "soft_liquidated", Borrow(target=MARKET, token=STABLE, amount=1.0))
    bench.must("alice", Repay(target=MARKET, token=STABLE, amount=1_000.0))
    assert market.owed(row) == pytest.approx(19_000.0)
    glide(bench, 3_000.0)
    x, y = market.holdings(row)
    assert x == pytest.approx(0.0, abs=1e-6)
    assert 9.0 < y < 10.0


def test_whole_repayment_during_conversion_returns_both_tokens(bench):
    row = open_loan(bench)
    arbitrage(bench, 2_150.0)
    x, y = bench.market.holdings(row)
    bench.ledger.create(STABLE, bench.account("bob"), 30_000.0, "outside")
    bench.must("bob", Repay(target=MARKET, token=STABLE, amount=ALL, borrower=bench.account("alice")))
    assert bench.balances("alice", STABLE, ETH) == [pytest.approx(20_000.0 + x), pytest.approx(10.0 + y)]


def test_the_venue_is_one_among_others(bench):
    open_loan(bench)
    venue = bench.world.targets[VENUE]
    assert isinstance(venue, TradingVenue)
    assert [(first.venue, seconds) for first, seconds in RouteMap(bench.world).ways("chain", STABLE, ETH)] == [(VENUE, ())]
    bench.post(2_150.0)

    def profit(size):
        return venue.quote(STABLE, ETH, size).received * 2_150.0 - size

    size, gain = best_size(profit, 15_000.0)
    assert gain > 0.0
    before = bench.held("trader", ETH)
    quote = venue.quote(STABLE, ETH, size)
    bench.must("trader", Swap(target=VENUE, sell=STABLE, buy=ETH, amount=size, min_received=quote.received))
    assert bench.held("trader", ETH) - before == pytest.approx(quote.received)


def gap(bench, price):
    """The price jumps and nobody arbitrages the bands."""
    bench.post(price)
    bench.sound()


@pytest.mark.parametrize("share", [1.0, 0.4])
def test_hard_liquidation_settles_as_quoted(bench, share):
    row = open_loan(bench)
    assert bench.offers("alice") == []
    arbitrage(bench, 2_160.0)
    gap(bench, 1_900.0)
    assert bench.market.health_of(row) < 1.0
    (offer,) = bench.offers("alice")
    assert (offer.kind, offer.pays, offer.gives) == ("take", STABLE, ETH)
    owed = bench.market.owed(row)
    quote = bench.settles("liquidator", offer, offer.limit * share)
    assert quote.paid == pytest.approx(offer.limit * share)
    assert bench.market.owed(row) == pytest.approx(owed * (1.0 - share), abs=1e-9)
    event = bench.world.events.since("liquidations", 0)[0]
    assert event["mechanism"] == "llamma"
    assert event["repaid"] == pytest.approx(owed * share)


def test_healthy_loans_are_not_liquidated_by_others(bench):
    open_loan(bench)
    item = Liquidate(bench.account("alice"))
    bench.refused("liquidator", "healthy", Take(target=MARKET, item=item))
    bench.must("alice", Take(target=MARKET, item=item))
    assert bench.balances("alice", STABLE, ETH) == [0.0, pytest.approx(20.0)]


def test_health_by_rows_and_by_row_agree_and_the_screen_finds_the_fallen(bench):
    row = open_loan(bench)
    other = open_loan(bench, "bob", 40.0, 20_000.0, 4)
    screen = HealthScreen(bench.market)
    assert screen.look() == ([], [])
    for price in (2_500.0, 2_200.0):
        glide(bench, price)
        assert screen.look() == ([], [])
    gap(bench, 1_850.0)
    assert bench.market.health().tolist() == pytest.approx([bench.market.health_of(row), bench.market.health_of(other)], rel=1e-12)
    assert screen.look()[1] == [row]


def test_interest_lifts_debt_and_bands_alike():
    funds = {"alice": {ETH: 10.0}}
    bench = Bench(Llamma, 3_000.0, funds, feed=FEED, rate={"kind": "fixed", "rate": 0.1})
    row = open_loan(bench)
    health, base = bench.market.health_of(row), bench.market.base_price()
    bench.warp(YEAR)
    assert bench.market.owed(row) == pytest.approx(22_000.0)
    assert bench.market.base_price() == pytest.approx(base * 1.1)
    assert bench.market.health_of(row) == pytest.approx(health, rel=1e-9)
    bench.must("alice", Repay(target=MARKET, token=STABLE, amount=100.0))
    assert bench.ledger.balance(STABLE, bench.market.treasury) == pytest.approx(2_000.0)


def test_bad_debt_stays_in_sight(bench):
    row = open_loan(bench)
    gap(bench, 900.0)
    lost = bench.market.totals()[STABLE]["bad_debt"]
    market = bench.market
    assert lost == pytest.approx(market.owed(row) - market.health_of(row) * market.owed(row) / 0.94)


def test_genesis_population():
    bench = Bench(Llamma, 3_000.0, {}, feed=FEED)
    accounts = bench.world.accounts.open_many("loans", 50)
    held = np.linspace(1.0, 20.0, 50)
    bench.market.open_positions(accounts, {ETH: held}, {STABLE: held * np.linspace(500.0, 2_500.0, 50)})
    bench.market.open_cash()
    bench.sound()
    assert (bench.market.health() > 1.0).all()
    with pytest.raises(ValueError, match="debt_too_high"):
        bench.market.open_positions(bench.world.accounts.open_many("bad", 1), {ETH: np.ones(1)}, {STABLE: np.array([2_900.0])})


@pytest.mark.parametrize("bad", [{"amplification": 0.0}, {"bands": 3}, {"bands": 51}, {"loan_discount": 0.05}, {"fee": 1.0}])
def test_parameters_that_cannot_be_are_refused(bad):
    with pytest.raises(BadInput):
        Llamma.Params.read(bad)
