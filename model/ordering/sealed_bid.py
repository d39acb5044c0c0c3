"""Sealed bids: private order flow, in which who loses or reverts pays nothing."""

from __future__ import annotations

from model.ordering.base import Request
from model.ordering.base_fee import BaseFee


class SealedBid(BaseFee, kind="sealed_bid"):
    """Transactions go to the builder in private. The highest tip comes first, as under a base fee; one that fails when its turn comes
    pays nothing, so losing a race is free.

    Source: proposer-builder separation with bundle auctions (own knowledge). Assumes: every sender uses private order flow and every
    block is built from it.
    """

    def price(self, request: Request, base_fee: float, reverted: bool) -> float:
        """Base fee plus tip, 0 for a transaction that failed."""
        return 0.0 if reverted else base_fee + request.tip
