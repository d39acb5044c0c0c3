import pytest

from model.core.units import GWEI
from model.ordering import BaseFee, SealedBid
from model.ordering.base import Request
from model.ordering.base_fee import BaseFeeParams


def test_sealed_bids_cost_losers_nothing() -> None:
    bid = Request(1e5, 2 * GWEI, 0.0, 0)
    sealed = SealedBid(BaseFeeParams())
    assert sealed.price(bid, 30 * GWEI, True) == 0.0
    assert sealed.price(bid, 30 * GWEI, False) == pytest.approx(32 * GWEI)
    assert BaseFee(BaseFeeParams()).price(bid, 30 * GWEI, True) == pytest.approx(32 * GWEI)
