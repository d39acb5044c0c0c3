"""Dutch auction: Maker's documented figures, partial takes, conservation."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core.actions import ALL
from model.core.errors import BadInput, Refused
from model.liquidation import DutchAuction
from model.liquidation.dutch_auction import Sale

ETH_B = DutchAuction(DutchAuction.Params(curve="stairstep", cut=0.99, step=90.0, buf=1.3, cusp=0.4, tail=8_400.0))


def test_figures_of_eth_b():
    sale = ETH_B.start(10.0, 15_000.0, 2_000.0, 0.0)
    assert (sale.top, sale.tab) == (2_600.0, pytest.approx(16_950.0))
    first_below_feed = next(t for t in range(0, 8_400) if ETH_B.price(sale, t) < 2_000.0)
    first_reset = next(t for t in range(0, 8_402) if ETH_B.needs_reset(sale, t))
    assert (first_below_feed, first_reset) == (2_430, 8_280)


def test_reset_after_the_tail():
    kind = DutchAuction(DutchAuction.Params(curve="linear", tau=10_000.0, tail=600.0, cusp=0.1))
    sale = kind.start(10.0, 1_000.0, 100.0, 50.0)
    assert not kind.needs_reset(sale, 650.0)
    assert kind.needs_reset(sale, 651.0)
    with pytest.raises(Refused, match="cannot_reset"):
        kind.reset(sale, 90.0, 650.0)
    fresh = kind.reset(sale, 90.0, 651.0)
    assert (fresh.top, fresh.started, fresh.lot, fresh.tab) == (pytest.approx(117.0), 651.0, sale.lot, sale.tab)
    with pytest.raises(Refused, match="needs_reset"):
        kind.take(sale, ALL, 1e9, 0.0, 651.0)


def sale_at(price, lot, tab):
    return Sale(lot, tab, price, 0.0)


def test_partial_takes_leave_chost_or_nothing():
    dust = 100.0 / 1.13
    assert ETH_B.chost(dust) == pytest.approx(100.0)
    running = sale_at(10.0, 50.0, 300.0)
    plain = ETH_B.take(running, 5.0, 10.0, dust, 0.0)
    assert (plain.slice, plain.owe) == (5.0, 50.0)
    assert plain.sale == sale_at(10.0, 45.0, 250.0)
    cut = ETH_B.take(running, 25.0, 10.0, dust, 0.0)
    assert (cut.slice, cut.owe) == (pytest.approx(20.0), pytest.approx(200.0))
    small = sale_at(10.0, 50.0, 100.0)
    with pytest.raises(Refused, match="no_partial_purchase"):
        ETH_B.take(small, 5.0, 10.0, dust, 0.0)
    whole = ETH_B.take(small, ALL, 10.0, dust, 0.0)
    assert (whole.slice, whole.owe, whole.returned, whole.sale) == (pytest.approx(10.0), 100.0, pytest.approx(40.0), None)


def test_a_lot_that_does_not_raise_the_tab_leaves_it_uncovered():
    taken = ETH_B.take(sale_at(2.0, 50.0, 300.0), ALL, 2.0, 10.0, 0.0)
    assert (taken.slice, taken.owe, taken.sale, taken.returned, taken.uncovered) == (50.0, 100.0, None, 0.0, 200.0)


def test_refusals_of_a_take():
    running = sale_at(10.0, 50.0, 300.0)
    with pytest.raises(Refused, match="too_expensive"):
        ETH_B.take(running, 1.0, 9.99, 0.0, 0.0)
    with pytest.raises(Refused, match="invalid_amount"):
        ETH_B.take(running, 0.0, 10.0, 0.0, 0.0)


def test_incentives():
    kind = DutchAuction(DutchAuction.Params(tip=300.0, chip=0.001))
    assert kind.incentive(10_000.0) == pytest.approx(310.0)
    assert kind.reset_incentive(sale_at(10.0, 50.0, 300.0), 10.0, 100.0 / 1.13) == pytest.approx(300.3)
    assert kind.reset_incentive(sale_at(10.0, 50.0, 99.0), 10.0, 100.0 / 1.13) == 0.0
    assert kind.reset_incentive(sale_at(10.0, 50.0, 300.0), 1.9, 100.0 / 1.13) == 0.0


def test_portion_under_the_limits():
    assert ETH_B.portion(10.0, 1_000.0, 1e9, 100.0) == (10.0, 1_000.0)
    lot, part = ETH_B.portion(10.0, 1_000.0, 565.0, 100.0)
    assert (lot, part) == (pytest.approx(5.0), pytest.approx(500.0))
    assert ETH_B.portion(10.0, 1_000.0, 1_050.0, 100.0) == (10.0, 1_000.0)
    with pytest.raises(Refused, match="dusty_auction"):
        ETH_B.portion(10.0, 1_000.0, 50.0, 100.0)
    with pytest.raises(Refused, match="limit_hit"):
        ETH_B.portion(10.0, 1_000.0, 0.0, 100.0)


@pytest.mark.parametrize("raw", [{"cut": 1.0}, {"step": 9_000.0}, {"cut": 0.3}, {"curve": "exponential", "cut": 1.0}, {"tau": 0.0}])
def test_auctions_that_never_fall_are_refused(raw):
    with pytest.raises(BadInput):
        DutchAuction.Params.read(raw)


@given(lot=st.floats(0.1, 1e5), tab=st.floats(1.0, 1e6), price=st.floats(0.01, 1e4), amounts=st.lists(st.floats(1e-3, 1e5), max_size=8))
@settings(max_examples=60, deadline=None)
def test_takes_conserve_lot_and_tab(lot, tab, price, amounts):
    running, sold, raised = sale_at(price, lot, tab), 0.0, 0.0
    for amount in [*amounts, ALL]:
        taken = ETH_B.take(running, amount, price, 0.0, 0.0)
        sold, raised = sold + taken.slice, raised + taken.owe
        assert taken.owe <= taken.slice * price * (1.0 + 1e-12)
        if taken.sale is None:
            break
        running = taken.sale
    assert taken.sale is None
    assert sold + taken.returned == pytest.approx(lot, rel=1e-12)
    assert raised + taken.uncovered == pytest.approx(tab, rel=1e-12)
    assert taken.returned == 0.0 or taken.uncovered == 0.0
