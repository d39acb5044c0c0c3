"""Selling shares of a venue to the venue itself: liquidity is taken out and the other tokens are sold there, in one action.

Source: withdrawals in one token ("zap out") of pool front ends; Curve offers its own, ``remove_liquidity_one_coin``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from model.core.errors import Refused
from model.venues.base import Fill

if TYPE_CHECKING:
    from model.world.venue import TradingVenue


class ShareSale(NamedTuple):
    """A sale of shares as quoted: what is received, the shares that the protocol gets on the way, the state after."""

    fill: Fill
    protocol: float


def share_sale(venue: TradingVenue, buy: str, shares: float) -> ShareSale:
    """What ``shares`` sold for ``buy`` alone would get; changes nothing.

    Raises:
        Refused: as the venue's removal and swaps.
    """
    mechanism, wanted, pool = venue.mechanism, venue.place[buy], venue.pool()
    change = mechanism.remove(pool, shares)
    left = [balance - amount for balance, amount in zip(pool.balances, change.amounts, strict=True)]
    after = pool._replace(balances=tuple(left), shares=pool.shares - change.shares + change.protocol, state=change.state)
    received, fee = change.amounts[wanted], 0.0
    for place, amount in enumerate(change.amounts):
        if place != wanted and amount > 0.0:
            fill = mechanism.swap(after, place, wanted, amount)
            left[place] += amount
            left[wanted] -= fill.received
            after = after._replace(balances=tuple(left), state=fill.state)
            received, fee = received + fill.received, fee + fill.fee
    return ShareSale(Fill(received, fee, after.state), change.protocol)


def share_spot(venue: TradingVenue, buy: str) -> float:
    """Marginal price of a share in ``buy`` before fees: what is behind it at the venue's own prices.

    Raises:
        Refused: the venue has run dry.
    """
    behind = venue.stands_on()
    if not behind:
        raise Refused("insufficient_liquidity", venue.name)
    return sum(units * (1.0 if token == buy else venue.spot(token, buy)) for token, units in behind.items())
