import pytest

from model.claims import Bridged
from model.claims.base import Cover
from model.claims.bridged import BridgedParams


def test_only_the_bridge_mints_and_burns() -> None:
    claim = Bridged(BridgedParams())
    assert not claim.mintable(0.0)
    assert claim.wait(0.0, 1.0, 0.0) is None


def test_a_drain_leaves_a_hole() -> None:
    claim = Bridged(BridgedParams())
    whole, drained = Cover((100.0,), 100.0, 0.0), Cover((22.0,), 100.0, 0.0)
    assert (claim.rate(whole), claim.hole(whole)) == ((1.0,), 0.0)
    assert (claim.rate(drained), claim.hole(drained)) == ((0.22,), 78.0)
    assert claim.rate(Cover((120.0,), 100.0, 0.0)) == (1.0,)


def test_first_come_takes_what_is_left_and_pro_rata_shares_it() -> None:
    drained = Cover((22.0,), 100.0, 0.0)
    assert Bridged(BridgedParams()).redeem(drained, 30.0) == (22.0,)
    assert Bridged(BridgedParams(payout="pro_rata")).redeem(drained, 30.0) == (pytest.approx(6.6),)
