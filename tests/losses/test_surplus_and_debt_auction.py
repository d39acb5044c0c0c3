"""Surplus first, whole debt lots against new governance tokens, the rest waits."""

import pytest

from model.core.errors import Refused
from model.losses import SurplusAndDebtAuction

rule = SurplusAndDebtAuction(SurplusAndDebtAuction.Params())


def test_black_thursday():
    # March 2020: 5.67 M DAI uncovered; lots of 50,000 DAI. A surplus of 300,000 is assumed here.
    parts = rule.split(5_670_000.0, {"reserves": 300_000.0, "governance": 1e9})
    assert parts == {"reserves": 300_000.0, "governance": 5_350_000.0, "deficit": 20_000.0}
    assert rule.debt_auctions(5_370_000.0) == 107


def test_buyers_bound_what_is_raised():
    assert rule.split(200_000.0, {"governance": 120_000.0}) == {"governance": 100_000.0, "deficit": 100_000.0}
    assert rule.split(49_999.0, {"governance": 1e9}) == {"deficit": 49_999.0}


def test_surplus_auctions_wait_for_the_buffer_and_for_the_debt():
    assert rule.surplus_auctions(525_000.0, 0.0) == 2
    assert rule.surplus_auctions(525_000.0, 1.0) == 0
    assert rule.surplus_auctions(400_000.0, 0.0) == 0


def test_debt_auction_bids_take_less_and_restarts_offer_more():
    assert rule.dent(250.0, 200.0) == 200.0
    with pytest.raises(Refused, match="insufficient_decrease"):
        rule.dent(250.0, 249.0)
    with pytest.raises(Refused, match="lot_not_lower"):
        rule.dent(250.0, 250.0)
    assert rule.restart(250.0) == 375.0
