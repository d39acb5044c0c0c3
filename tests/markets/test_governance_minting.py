"""Governance of the markets that mint: fees and discounts, ceilings, halts of auctions; what is immutable."""

import pytest

from model.core.actions import Borrow, Govern, Supply, Take, Trigger
from model.core.units import YEAR
from model.markets import Liquity, Llamma, Maker
from model.markets.maker_auctions import Bark, LotNumber
from model.world.governed import authorise
from tests.markets.minting import FEED, MARKET, Bench

DUTCH = {"kind": "dutch_auction", "curve": "linear", "tau": 3_600.0, "tail": 2_400.0, "buf": 1.2, "tip": 100.0, "cusp": 0.2}
TERMS = {"feed": FEED, "stability_fee": 0.1, "dust": 100.0, "auction": DUTCH}


@pytest.fixture
def maker():
    funds = {"alice": {"eth": 1_000.0}, "keeper": {"dai": 1e6}, "gov": {}}
    bench = Bench(Maker, 300.0, funds, types={"eth": TERMS})
    bench.must("alice", Supply(target=MARKET, token="eth", amount=100.0), Borrow(target=MARKET, token="dai", amount=18_000.0))
    return bench


@pytest.fixture
def llamma():
    funds = {"alice": {"eth": 100.0}, "gov": {}}
    bench = Bench(Llamma, 3_000.0, funds, feed=FEED, rate={"kind": "fixed", "rate": 0.1}, base_price=3_000.0)
    bench.must("alice", Supply(target=MARKET, token="eth", amount=10.0), Borrow(target=MARKET, token="crvusd", amount=15_000.0))
    return bench


def put(**changes):
    return Govern(target=MARKET, changes=tuple((place.replace("__", "."), value) for place, value in changes.items()))


def owed(bench):
    return sum(bench.market.debts_of(bench.account("alice")).values())


def test_a_stability_fee_runs_from_the_change_on(maker):
    maker.warp(YEAR)
    assert owed(maker) == pytest.approx(18_000.0 * 1.1)
    maker.must("gov", put(types__eth__stability_fee=0.5))
    assert owed(maker) == pytest.approx(18_000.0 * 1.1)
    maker.warp(YEAR)
    assert owed(maker) == pytest.approx(18_000.0 * 1.1 * 1.5)
    maker.sound()


def test_a_liquidation_ratio_and_a_ceiling(maker):
    row = maker.row("alice")
    maker.must("gov", put(types__eth__liquidation_ratio=1.7, types__eth__ceiling=18_500.0))
    assert maker.market.health_of(row) == pytest.approx(100.0 * 300.0 / 1.7 / 18_000.0)
    assert maker.market.offers(row) != []
    maker.must("gov", put(types__eth__liquidation_ratio=1.2))
    maker.refused("alice", "ceiling_exceeded", Borrow(target=MARKET, token="dai", amount=600.0))
    maker.must("gov", put(ceiling=17_000.0, types__eth__ceiling=1e6))
    maker.refused("alice", "ceiling_exceeded", Borrow(target=MARKET, token="dai", amount=100.0))


def test_a_running_auction_falls_by_the_new_curve_from_its_own_start(maker):
    maker.post(260.0)
    maker.must("keeper", Trigger(target=MARKET, item=Bark(maker.account("alice"), "eth")))
    maker.warp(900.0)
    (offer,) = maker.market.lots()
    assert offer.quote(offer.limit).paid / offer.quote(offer.limit).received == pytest.approx(1.2 * 260.0 * 0.75)
    maker.must("gov", put(types__eth__auction__tau=7_200.0, types__eth__auction__buf=2.0))
    (offer,) = maker.market.lots()
    assert offer.quote(offer.limit).paid / offer.quote(offer.limit).received == pytest.approx(1.2 * 260.0 * 0.875)
    maker.refused("gov", "invalid_parameters", put(types__eth__auction={"kind": "english_auction"}))
    maker.refused("gov", "invalid_parameters", put(types__eth__token="steth"))
    maker.refused("gov", "invalid_parameters", put(stablecoin="usds"))
    maker.refused("gov", "invalid_parameters", put(loss={"kind": "deficit"}))


def test_a_halt_stops_level_by_level(maker):
    row, bark = maker.row("alice"), Trigger(target=MARKET, item=Bark(maker.account("alice"), "eth"))
    maker.post(260.0)
    assert maker.market.offers(row) != []
    maker.must("gov", put(types__eth__stopped=1))
    assert maker.market.offers(row) == []
    maker.refused("keeper", "stopped", bark)
    maker.must("gov", put(types__eth__stopped=0))
    maker.must("keeper", bark)
    (lot,) = maker.market.running
    take, redo = Take(target=MARKET, item=LotNumber(lot), amount=1_000.0), Trigger(target=MARKET, item=LotNumber(lot))
    maker.must("gov", put(types__eth__stopped=3))
    assert maker.market.lots() == []
    maker.refused("keeper", "stopped", take)
    maker.must("gov", put(types__eth__stopped=2))
    assert [offer.kind for offer in maker.market.lots()] == ["take"]
    maker.must("keeper", take)
    maker.warp(2_500.0)
    assert maker.market.lots() == []
    maker.refused("keeper", "stopped", redo)
    maker.must("gov", put(types__eth__stopped=1))
    assert [offer.kind for offer in maker.market.lots()] == ["trigger"]
    maker.must("keeper", redo)


def test_a_revert_takes_everything_back(maker):
    params, kind = maker.market.params, maker.market.types["eth"]
    held = kind.params, kind.mechanism
    maker.warp(YEAR)
    changes = put(types__eth__auction__tau=7_200.0, types__eth__stability_fee=0.5)
    maker.refused("gov", "insufficient_balance", changes, Supply(target=MARKET, token="eth", amount=1.0))
    assert (kind.params, kind.mechanism, maker.market.params) == (*held, params)
    assert kind.rate == 1.0


def test_a_policy_a_fee_and_a_ceiling_of_the_bands(llamma):
    llamma.warp(YEAR)
    before = owed(llamma)
    assert before == pytest.approx(16_500.0)
    llamma.must("gov", put(rate={"kind": "fixed", "rate": 0.3}, fee=0.01, ceiling=16_600.0))
    assert owed(llamma) == pytest.approx(before)
    llamma.warp(YEAR)
    assert owed(llamma) == pytest.approx(before * 1.3)
    assert llamma.market.venue.mechanism.fee == 0.01
    llamma.refused("alice", "ceiling_exceeded", Borrow(target=MARKET, token="crvusd", amount=1.0))
    llamma.sound()


def test_a_loan_discount_holds_for_new_loans_alone(llamma):
    row = llamma.row("alice")
    health, band = llamma.market.health_of(row), llamma.market.book.get(1, row)
    llamma.must("gov", put(loan_discount=0.3))
    assert (llamma.market.health_of(row), llamma.market.book.get(1, row)) == (health, band)
    llamma.must("alice", Supply(target=MARKET, token="eth", amount=1e-6))
    assert llamma.market.book.get(1, row) < band


@pytest.mark.parametrize("place", ["amplification", "feed", "liquidation_discount", "collateral"])
def test_what_is_immutable_in_the_bands(llamma, place):
    value = {"amplification": 50.0, "liquidation_discount": 0.01}.get(place, "x")
    before = llamma.market.params
    llamma.refused("gov", "invalid_parameters", put(**{place: value}))
    assert llamma.market.params is before


def test_nobody_governs_liquity():
    bench = Bench(Liquity, 3_000.0, {"gov": {}}, feed=FEED)
    bench.refused("gov", "not_offered", put(least_ratio=1.2))
    with pytest.raises(LookupError, match="immutable"):
        authorise(bench.world, MARKET, bench.account("gov"))
