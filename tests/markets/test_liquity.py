"""Troves: verbs, fees, liquidation in both modes, stability pool, redemption; the audit after every operation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core.actions import ALL, Borrow, Collect, Redeem, Repay, Supply, Transfer, Trigger, Withdraw
from model.core.errors import BadInput
from model.core.units import DAY, HOUR
from model.markets import Liquity
from model.markets.liquity_liquidation import Liquidate
from model.markets.liquity_redemption import quote as redemption
from model.screen import HealthScreen
from tests.markets.minting import CHAIN, FEED, MARKET, Bench

LUSD, ETH = "lusd", "eth"
NAMES = ("whale", "alice", "bob", "carol")


def bench_of(price=200.0, **params):
    return Bench(Liquity, price, {name: {ETH: 1_000.0} for name in NAMES}, feed=FEED, **params)


def open_trove(bench, name, collateral, debt):
    """Open a trove whose debt, fee and compensation included, is ``debt``."""
    drawn = (debt - 200.0) / (1.0 + bench.market.borrowing_rate())
    bench.must(name, Supply(target=MARKET, token=ETH, amount=collateral), Borrow(target=MARKET, token=LUSD, amount=drawn))
    return bench.row(name)


def troves(bench):
    """A whale at 400 %, alice at 150 %, bob at 160 %."""
    return open_trove(bench, "whale", 400.0, 20_000.0), open_trove(bench, "alice", 30.0, 4_000.0), open_trove(bench, "bob", 40.0, 5_000.0)


def liquidate(bench, name, by="liquidator"):
    return bench.do(by, Trigger(target=MARKET, item=Liquidate(bench.account(name))))


def deposit(bench, amount, by="whale"):
    bench.must(by, Supply(target=MARKET, token=LUSD, amount=amount))


def fall(bench, price):
    bench.post(price)
    bench.sound()


def test_trove_verbs():
    bench = bench_of()
    market, (_, alice, _) = bench.market, troves(bench)
    assert market.entire(alice) == (30.0, pytest.approx(4_000.0))
    assert market.ratio_of(alice) == pytest.approx(1.5)
    assert market.health_of(alice) == pytest.approx(1.5 / 1.1)
    assert bench.ledger.balance(LUSD, market.gas_pool) == 600.0
    bench.must("alice", Supply(target=MARKET, token=ETH, amount=10.0))
    bench.must("alice", Withdraw(target=MARKET, token=ETH, amount=5.0))
    bench.refused("alice", "insufficient_collateral", Withdraw(target=MARKET, token=ETH, amount=14.0))
    bench.must("alice", Repay(target=MARKET, token=LUSD, amount=1_000.0))
    bench.refused("alice", "least_debt", Repay(target=MARKET, token=LUSD, amount=1_100.0))
    bench.refused("bob", "not_offered", Repay(target=MARKET, token=LUSD, amount=100.0, borrower=bench.account("alice")))
    bench.refused("alice", "insufficient_balance", Repay(target=MARKET, token=LUSD, amount=ALL))
    bench.must("whale", Transfer(target=CHAIN, token=LUSD, amount=100.0, to=bench.account("alice")))
    bench.must("alice", Repay(target=MARKET, token=LUSD, amount=ALL))
    assert bench.held("alice", ETH) == pytest.approx(1_000.0)
    assert market.debts_of(bench.account("alice")) == {}
    bench.refused("alice", "least_debt", Supply(target=MARKET, token=ETH, amount=10.0), Borrow(target=MARKET, token=LUSD, amount=1_500.0))


def test_system_ratio_bounds_new_debt():
    bench = bench_of()
    open_trove(bench, "whale", 100.0, 12_500.0)
    place = Supply(target=MARKET, token=ETH, amount=100.0)
    bench.refused("alice", "total_ratio_too_low", place, Borrow(target=MARKET, token=LUSD, amount=16_000.0))
    bench.must("alice", Supply(target=MARKET, token=ETH, amount=1.0), Withdraw(target=MARKET, token=ETH, amount=ALL))


def test_borrowing_fee_follows_the_base_rate():
    bench = bench_of()
    troves(bench)
    market = bench.market
    paid = bench.ledger.balance(LUSD, market.staking)
    assert paid == pytest.approx(28_400.0 / 1.005 * 0.005)
    bench.refused("whale", "nothing_to_redeem", Redeem(target=MARKET, amount=2_900.0))
    bench.must("whale", Redeem(target=MARKET, amount=1_900.0))
    rate = market.base_rate
    assert rate == pytest.approx(1_900.0 / 29_000.0 / 2.0)
    assert market.borrowing_rate() == pytest.approx(0.005 + rate)
    bench.must("whale", Redeem(target=MARKET, amount=6_000.0))
    assert market.borrowing_rate() == 0.05
    rate = market.base_rate
    bench.warp(12 * HOUR)
    assert market.decayed_rate() == pytest.approx(rate / 2.0)
    rate = rate / 2.0
    bench.warp(24 * HOUR)
    assert market.borrowing_rate() == pytest.approx(0.005 + rate / 4.0)


def test_redemption_takes_the_lowest_ratios_first():
    bench = bench_of()
    market, (_, alice, bob) = bench.market, troves(bench)
    found = redemption(market, 5_000.0)
    assert [row for row, _ in found.lots] == [alice, bob]
    assert [lot for _, lot in found.lots] == [pytest.approx(3_800.0), pytest.approx(1_200.0)]
    before = bench.held("whale", ETH)
    bench.must("whale", Redeem(target=MARKET, amount=5_000.0))
    assert bench.held("whale", ETH) - before == pytest.approx(found.drawn - found.fee)
    assert found.drawn == pytest.approx(25.0)
    assert not market.active(alice)
    bench.must("alice", Collect(target=MARKET))
    assert bench.held("alice", ETH) == pytest.approx(1_000.0 - 19.0)
    bench.refused("alice", "nothing_to_collect", Collect(target=MARKET))


def test_redemption_is_refused_at_first_and_below_the_least_ratio():
    bench = bench_of(bootstrap=14 * DAY)
    troves(bench)
    bench.refused("whale", "bootstrap", Redeem(target=MARKET, amount=100.0))
    bench.warp(14 * DAY)
    bench.must("whale", Redeem(target=MARKET, amount=100.0))
    fall(bench, 50.0)
    bench.refused("whale", "undercollateralised", Redeem(target=MARKET, amount=100.0))


def test_liquidation_by_the_pool_settles_as_quoted():
    bench = bench_of()
    market, (_, alice, _) = bench.market, troves(bench)
    deposit(bench, 10_000.0)
    assert bench.offers("alice") == []
    fall(bench, 145.0)
    (offer,) = bench.offers("alice")
    assert (offer.kind, offer.gives, offer.reward_token) == ("trigger", ETH, LUSD)
    quote = bench.settles("liquidator", offer, 0.0)
    assert (quote.received, quote.reward) == (pytest.approx(0.15), 200.0)
    whale = bench.account("whale")
    assert market.pool.compounded(whale) == pytest.approx(6_000.0)
    assert market.pool.gain(whale) == pytest.approx(29.85)
    assert not market.active(alice)
    assert bench.world.events.count("bad_debt") == 0
    before = bench.held("whale", ETH)
    bench.must("whale", Withdraw(target=MARKET, token=LUSD, amount=0.0))
    assert bench.held("whale", ETH) - before == pytest.approx(29.85)
    bench.must("whale", Withdraw(target=MARKET, token=LUSD, amount=ALL))
    assert len(market.pool.snapshots) == 0


def test_an_emptied_pool_begins_a_new_epoch_and_the_rest_is_redistributed():
    bench = bench_of()
    market, (whale, _, bob) = bench.market, troves(bench)
    deposit(bench, 1_000.0)
    fall(bench, 145.0)
    assert liquidate(bench, "alice").ok
    assert (market.pool.epoch, market.pool.deposits) == (1, 0.0)
    assert market.pending_debt == pytest.approx(3_000.0)
    assert market.entire(whale)[1] == pytest.approx(20_000.0 + 3_000.0 * 400.0 / 440.0)
    assert market.entire(bob)[0] == pytest.approx(40.0 + 29.85 * 0.75 * 40.0 / 440.0)
    bench.must("bob", Supply(target=MARKET, token=ETH, amount=1.0))
    assert market.pending(bob) == (0.0, 0.0)
    deposit(bench, 500.0)
    assert market.pool.compounded(bench.account("whale")) == 500.0


def test_recovery_mode_takes_only_what_the_pool_covers_and_leaves_the_surplus():
    bench = bench_of()
    open_trove(bench, "whale", 400.0, 40_000.0)
    alice = open_trove(bench, "alice", 30.0, 3_600.0)
    bob = open_trove(bench, "bob", 80.0, 10_000.0)
    market, screen = bench.market, HealthScreen(bench.market)
    screen.look()
    fall(bench, 150.0)
    assert market.recovering()
    assert screen.look() == ([], [])
    bench.refused("alice", "recovery_mode", Withdraw(target=MARKET, token=ETH, amount=1.0))
    bench.refused("alice", "recovery_mode", Borrow(target=MARKET, token=LUSD, amount=100.0))
    bench.refused("alice", "recovery_mode", Repay(target=MARKET, token=LUSD, amount=ALL))
    deposit(bench, 4_000.0)
    assert screen.look() == ([], [alice])
    assert market.health_of(bob) > 1.0
    assert np.allclose(market.health(), [market.health_of(row) for row in range(3)])
    bench.settles("liquidator", bench.offers("alice")[0], 0.0)
    capped = 1.1 * 3_600.0 / 150.0
    assert market.surplus[bench.account("alice")] == pytest.approx(30.0 - capped)
    assert market.pool.collateral == pytest.approx(capped * 0.995)
    bench.must("alice", Collect(target=MARKET))


def test_a_worthless_trove_is_kept_from_the_pool_in_recovery_mode():
    bench = bench_of()
    troves(bench)
    deposit(bench, 10_000.0)
    fall(bench, 75.0)
    assert bench.market.recovering()
    assert liquidate(bench, "bob").ok
    assert bench.market.pool.deposits == 10_000.0
    lost = bench.world.events.since("bad_debt", 0)
    assert [event["borne_by"] for event in lost] == ["others"]
    assert lost[0]["amount"] == pytest.approx(5_000.0 - 40.0 * 0.995 * 75.0)


def test_the_last_trove_stays():
    bench = bench_of()
    open_trove(bench, "whale", 20.0, 2_500.0)
    fall(bench, 120.0)
    assert bench.offers("whale") == []
    assert not liquidate(bench, "whale").ok


def test_deposits_wait_while_a_trove_is_to_be_liquidated():
    bench = bench_of()
    troves(bench)
    deposit(bench, 1_000.0)
    fall(bench, 140.0)
    bench.refused("whale", "undercollateralised_troves", Withdraw(target=MARKET, token=LUSD, amount=100.0))
    bench.refused("alice", "no_deposit", Withdraw(target=MARKET, token=LUSD, amount=100.0))


def test_redistribution_alone():
    bench = bench_of(loss={"kind": "redistribution"})
    market, (whale, _, _) = bench.market, troves(bench)
    deposit(bench, 10_000.0)
    fall(bench, 145.0)
    assert liquidate(bench, "alice").ok
    assert market.pool.deposits == 10_000.0
    assert market.entire(whale)[1] == pytest.approx(20_000.0 + 4_000.0 * 400.0 / 440.0)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(("deposit", "liquidate", "price", "touch", "redeem", "leave")), st.integers(0, 9), st.floats(0.05, 1.0)),
        max_size=20,
    )
)
def test_any_order_of_operations_is_sound(operations):
    bench = bench_of()
    names = [f"t{place}" for place in range(10)]
    for place, name in enumerate(names):
        bench.fund(name, ETH, 1_000.0)
        open_trove(bench, name, 30.0 + 20.0 * place, 3_000.0)
    screen = HealthScreen(bench.market)
    for kind, place, share in operations:
        name = names[place]
        match kind:
            case "deposit":
                bench.do(name, Supply(target=MARKET, token=LUSD, amount=share * bench.held(name, LUSD)))
            case "liquidate":
                liquidate(bench, name)
            case "price":
                fall(bench, 60.0 + 140.0 * share)
            case "touch":
                bench.do(name, Supply(target=MARKET, token=ETH, amount=share))
            case "redeem":
                bench.do(name, Redeem(target=MARKET, amount=share * bench.held(name, LUSD)))
            case "leave":
                bench.do(name, Withdraw(target=MARKET, token=LUSD, amount=ALL))
        screen.look()
        market = bench.market
        below = [row for row in range(len(market.book)) if market.health_of(row) < 1.0]
        assert sorted(screen.unhealthy) == below


def test_genesis_population():
    bench = bench_of()
    accounts = bench.world.accounts.open_many("troves", 30)
    held = np.linspace(20.0, 200.0, 30)
    bench.market.open_positions(accounts, {ETH: held}, {LUSD: held * 100.0})
    savers = bench.world.accounts.open_many("savers", 3)
    bench.market.open_positions(savers, {LUSD: np.array([100.0, 200.0, 300.0])}, {})
    bench.market.open_cash()
    bench.sound()
    assert bench.market.total_ratio() == pytest.approx(2.0)
    fall(bench, 100.0)
    assert liquidate(bench, "troves").ok


@pytest.mark.parametrize("bad", [{"least_ratio": 1.0}, {"critical_ratio": 1.05}, {"loss": {"kind": "deficit"}}, {"half_life": 0.0}])
def test_parameters_that_cannot_be_are_refused(bad):
    with pytest.raises(BadInput):
        Liquity.Params.read(bad)
