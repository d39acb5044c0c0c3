import pytest

from model.claims import Synthetic
from model.claims.base import Cover
from model.claims.synthetic import SyntheticParams
from model.core.errors import Refused


def test_synthetic_is_owed_one_unit_of_value_in_collateral() -> None:
    claim = Synthetic(SyntheticParams(collateral_ratio=1.5, mint_fee=0.01, redeem_fee=0.02))
    cover = Cover((100.0,), 100_000.0, 0.0, (2_000.0,))
    assert claim.rate(cover) == (1 / 2_000,)
    assert claim.coverage(cover) == pytest.approx(2.0)
    issue = claim.mint(cover, (1.5,))
    assert issue.minted == pytest.approx(1.5 * 2_000 * 0.99)
    assert issue.added == (pytest.approx(1.5 * 0.99 * 0.5),), "the vault brings what the ratio asks beyond par"
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


def test_it_opens_at_the_ratio_and_what_exceeds_it_is_the_vaults() -> None:
    claim = Synthetic(SyntheticParams(collateral_ratio=1.5))
    assert claim.opening(Cover((0.0,), 0.0, 0.0, (2_000.0,))) == (1.5 / 2_000,)
    assert claim.surplus(Cover((100.0,), 100_000.0, 0.0, (2_000.0,))) == pytest.approx(25.0)
    assert claim.surplus(Cover((100.0,), 100_000.0, 0.0, (1_400.0,))) == 0.0
    assert claim.surplus(Cover((3.0,), 0.0, 0.0, (2_000.0,))) == 3.0
    assert claim.surplus(Cover((100.0,), 100_000.0, 0.0)) == 0.0
