import pytest

from model.claims import Bridged, PoolShare, Synthetic
from model.claims.base import Cover
from model.claims.bridged import BridgedParams
from model.claims.pool_share import PoolShareParams
from model.claims.synthetic import SyntheticParams
from model.core.errors import Refused


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


def test_synthetic_is_owed_one_unit_of_value_in_collateral() -> None:
    claim = Synthetic(SyntheticParams(collateral_ratio=1.5, mint_fee=0.01, redeem_fee=0.02))
    cover = Cover((100.0,), 100_000.0, 0.0, (2_000.0,))
    assert claim.rate(cover) == (1 / 2_000,)
    assert claim.coverage(cover) == pytest.approx(2.0)
    assert claim.mint(cover, (1.5,)).minted == pytest.approx(1.5 * 2_000 / 1.5 * 0.99)
    assert claim.redeem(cover, 2_000.0) == (pytest.approx(0.98),)


def test_synthetic_below_its_cover_shares_what_is_left() -> None:
    claim = Synthetic(SyntheticParams())
    crashed = Cover((100.0,), 100_000.0, 0.0, (800.0,))
    assert claim.coverage(crashed) == pytest.approx(0.8)
    assert claim.rate(crashed) == (pytest.approx(0.001),)
    with pytest.raises(Refused, match="no_backing"):
        claim.mint(crashed, (1.0,))
    with pytest.raises(Refused, match="no_price"):
        claim.rate(Cover((100.0,), 100_000.0, 0.0))


def test_synthetic_waits_for_the_message_unless_paused() -> None:
    assert Synthetic(SyntheticParams(message_delay=60.0)).wait(0.0, 1.0, 0.0) == 60.0
    paused = Synthetic(SyntheticParams(paused=True))
    assert paused.wait(0.0, 1.0, 0.0) is None
    assert not paused.mintable(0.0)


def test_pool_share_stands_on_several_tokens() -> None:
    claim = PoolShare(PoolShareParams(tokens=["eth", "steth"]))
    assert claim.backing == ("eth", "steth")
    first = claim.mint(Cover((0.0, 0.0), 0.0, 0.0), (4.0, 9.0))
    assert first.minted == pytest.approx(6.0)
    cover = Cover((300.0, 700.0), 900.0, 0.0)
    issue = claim.mint(cover, (3.0, 70.0))
    assert issue.minted == pytest.approx(9.0)
    assert issue.taken == (pytest.approx(3.0), pytest.approx(7.0))
    assert claim.redeem(cover, 90.0) == (pytest.approx(30.0), pytest.approx(70.0))
    assert claim.impair(cover, 0.1) == (pytest.approx(30.0), pytest.approx(70.0))
    assert claim.wait(0.0, 1.0, 0.0) == 0.0


def test_lending_pool_pays_only_its_cash() -> None:
    claim = PoolShare(PoolShareParams(tokens=["weth"], pool="lending"))
    assert claim.wait(0.0, 100.0, 0.0, liquid=100.0) == 0.0
    assert claim.wait(1.0, 100.0, 0.0, liquid=100.0) is None
