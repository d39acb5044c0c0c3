"""English auction: tend, dent, closing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core.errors import Refused
from model.liquidation import EnglishAuction

kind = EnglishAuction(EnglishAuction.Params())


def refuses(reason, call, *given):
    with pytest.raises(Refused) as caught:
        call(*given)
    assert caught.value.reason == reason


def test_lots_of_fifty():
    assert kind.portion(120.0, 12_000.0) == (50.0, pytest.approx(5_000.0))
    assert kind.portion(20.0, 2_000.0) == (20.0, 2_000.0)
    refuses("no_collateral", kind.portion, 0.0, 1.0)


def test_from_start_to_close():
    auction = kind.start(50.0, 5_000.0, now=0.0)
    assert (auction.tab, auction.ends) == (pytest.approx(5_650.0), 21_600.0)
    assert kind.closes_at(auction) == 21_600.0
    auction = kind.tend(auction, 7, 1.0, 100.0)
    assert kind.closes_at(auction) == 700.0
    refuses("bid_not_higher", kind.tend, auction, 8, 1.0, 200.0)
    refuses("insufficient_increase", kind.tend, auction, 8, 1.02, 200.0)
    refuses("tend_not_finished", kind.dent, auction, 8, 40.0, 200.0)
    auction = kind.tend(auction, 8, 5_600.0, 200.0)
    refuses("bid_above_tab", kind.tend, auction, 7, 5_651.0, 300.0)
    auction = kind.tend(auction, 7, auction.tab, 300.0)
    assert auction.denting
    refuses("bid_not_higher", kind.tend, auction, 8, auction.tab, 400.0)
    refuses("lot_not_lower", kind.dent, auction, 8, 50.0, 400.0)
    refuses("insufficient_decrease", kind.dent, auction, 8, 49.0, 400.0)
    auction = kind.dent(auction, 8, 48.0, 400.0)
    assert (auction.lot, auction.bidder, auction.bid) == (48.0, 8, auction.tab)
    assert not kind.closed(auction, 1_000.0)
    refuses("auction_over", kind.dent, auction, 7, 40.0, 1_000.0)
    assert kind.closed(auction, 1_000.1)
    refuses("bid_standing", kind.restart, auction, 1_000.1)


def test_a_last_bid_cannot_outlive_the_auction():
    auction = kind.tend(kind.start(50.0, 5_000.0, 0.0), 7, 10.0, 21_500.0)
    assert kind.closes_at(auction) == 21_600.0
    assert kind.closed(auction, 21_601.0)


def test_without_a_bid_it_never_closes_and_can_be_restarted():
    auction = kind.start(50.0, 5_000.0, 0.0)
    assert not kind.closed(auction, 1e9)
    refuses("auction_running", kind.restart, auction, 21_600.0)
    refuses("auction_over", kind.tend, auction, 7, 10.0, 21_600.0)
    again = kind.restart(auction, 30_000.0)
    assert kind.tend(again, 7, 10.0, 30_001.0).bidder == 7


@given(bids=st.lists(st.tuples(st.floats(0.001, 1.2), st.floats(1.0, 400.0)), max_size=12))
@settings(max_examples=60, deadline=None)
def test_bids_only_improve(bids):
    auction, now = kind.start(50.0, 5_000.0, 0.0), 0.0
    for share, wait in bids:
        now += wait
        before = auction
        try:
            if auction.denting:
                auction = kind.dent(auction, 1, auction.lot * share, now)
                assert auction.lot <= kind.largest_lot(before)
            else:
                auction = kind.tend(auction, 1, auction.tab * share, now)
                assert before.bid < auction.bid <= auction.tab
        except Refused:
            assert auction == before
    assert auction.tab == pytest.approx(5_650.0)
