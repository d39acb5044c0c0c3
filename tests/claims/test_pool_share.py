import pytest

from model.claims import PoolShare
from model.claims.base import Cover
from model.claims.pool_share import PoolShareParams


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
