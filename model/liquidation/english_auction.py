"""English auction in two phases: bids raise the price of the whole lot, then take less of it. Maker Liquidation 1.x."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from model.core.errors import Refused
from model.core.params import Params, param
from model.liquidation.base import Liquidation


@dataclass(frozen=True, slots=True)
class Auction:
    """A running auction: ``lot`` collateral for sale, ``tab`` debt with penalty to raise, best ``bid`` (debt tokens) and its
    ``bidder`` (account, None before the first), time at which that bid wins, time at which the auction ends, in seconds.
    """

    lot: float
    tab: float
    ends: float
    bid: float = 0.0
    bidder: int | None = None
    bid_expires: float = math.inf

    @property
    def denting(self) -> bool:
        """Whether the tab is raised, so that bids now take less collateral."""
        return self.bid == self.tab


class EnglishAuctionParams(Params):
    """Parameters of the English auction (defaults: Maker, March 2020)."""

    lot_size: float = param(50.0, gt=0, unit="collateral token", description="Largest collateral of one auction.", source="Cat.lump")
    penalty: float = param(0.13, ge=0, le=1, unit="fraction", description="Liquidation penalty added to the debt.", source="Cat.chop - 1")
    minimum_raise: float = param(
        0.03,
        ge=0,
        le=1,
        unit="fraction",
        description="Least improvement on the standing bid.",
        source="Flipper.beg - 1 (contract default 5 %)",
    )
    bid_lifetime: float = param(600.0, gt=0, unit="seconds", description="Time after which a standing bid wins.", source="Flipper.ttl")
    auction_length: float = param(21_600.0, gt=0, unit="seconds", description="Time after which bidding ends.", source="Flipper.tau")


class EnglishAuction(Liquidation, kind="english_auction"):
    """Lots are auctioned one by one: ``tend`` until the tab is bid, ``dent`` down the collateral taken for it, ``close`` when the
    standing bid expires or the time is up. Collateral that a dent gives up goes back to the borrower.

    The market escrows ``bid`` and refunds the bidder that is outbid; without any bid an auction that ended is restarted.

    Source: MakerDAO dss Cat.bite and Flipper (kick, tick, tend, dent, deal). Assumes: roundings of the contracts are dropped.
    """

    Params = EnglishAuctionParams
    params: EnglishAuctionParams

    def portion(self, collateral: float, debt: float) -> tuple[float, float]:
        """Collateral and debt of the next lot of a position.

        Raises:
            Refused: ``no_collateral``, ``invalid_amount`` without debt.
        """
        if not collateral > 0.0:
            raise Refused("no_collateral")
        if not debt > 0.0:
            raise Refused("invalid_amount", "no debt")
        lot = min(collateral, self.params.lot_size)
        return lot, debt if lot == collateral else debt * lot / collateral

    def start(self, lot: float, debt: float, now: float) -> Auction:
        """A fresh auction of ``lot`` for ``debt`` plus penalty.

        Raises:
            Refused: ``invalid_amount``.
        """
        if not (lot > 0.0 and debt > 0.0):
            raise Refused("invalid_amount", f"lot {lot:.6g}, debt {debt:.6g}")
        return Auction(lot, debt * (1.0 + self.params.penalty), now + self.params.auction_length)

    def least_bid(self, auction: Auction) -> float:
        """Lowest bid that the next tend may make; 0 stands for any positive bid."""
        return min(auction.bid * (1.0 + self.params.minimum_raise), auction.tab)

    def largest_lot(self, auction: Auction) -> float:
        """Largest lot that the next dent may ask for the tab."""
        return auction.lot / (1.0 + self.params.minimum_raise)

    def tend(self, auction: Auction, bidder: int, bid: float, now: float) -> Auction:
        """Bid more for the whole lot, at most the tab.

        Raises:
            Refused: ``auction_over``, ``bid_above_tab``, ``bid_not_higher``, ``insufficient_increase``.
        """
        self._open(auction, now)
        if bid > auction.tab:
            raise Refused("bid_above_tab", f"bid {bid:.6g} of {auction.tab:.6g}")
        if not bid > auction.bid:
            raise Refused("bid_not_higher", f"bid {bid:.6g}, standing {auction.bid:.6g}")
        if bid < self.least_bid(auction):
            raise Refused("insufficient_increase", f"bid {bid:.6g} below {self.least_bid(auction):.6g}")
        return replace(auction, bid=bid, bidder=bidder, bid_expires=now + self.params.bid_lifetime)

    def dent(self, auction: Auction, bidder: int, lot: float, now: float) -> Auction:
        """Ask for less collateral for the tab.

        Raises:
            Refused: ``auction_over``, ``tend_not_finished``, ``lot_not_lower``, ``insufficient_decrease``.
        """
        self._open(auction, now)
        if not auction.denting:
            raise Refused("tend_not_finished", f"bid {auction.bid:.6g} of {auction.tab:.6g}")
        if not 0.0 <= lot < auction.lot:
            raise Refused("lot_not_lower", f"lot {lot:.6g}, standing {auction.lot:.6g}")
        if lot > self.largest_lot(auction):
            raise Refused("insufficient_decrease", f"lot {lot:.6g} above {self.largest_lot(auction):.6g}")
        return replace(auction, lot=lot, bidder=bidder, bid_expires=now + self.params.bid_lifetime)

    def restart(self, auction: Auction, now: float) -> Auction:
        """The auction with a new end, when it ended without any bid.

        Raises:
            Refused: ``auction_running``, ``bid_standing``.
        """
        if auction.bidder is not None:
            raise Refused("bid_standing")
        if now <= auction.ends:
            raise Refused("auction_running")
        return replace(auction, ends=now + self.params.auction_length)

    def closes_at(self, auction: Auction) -> float:
        """Last moment of bidding, in seconds: the standing bid's expiry or the end, whichever is earlier."""
        return min(auction.bid_expires, auction.ends)

    def closed(self, auction: Auction, now: float) -> bool:
        """Whether the standing bid has won and the lot can be handed over; never without a bid."""
        return auction.bidder is not None and now > self.closes_at(auction)

    def _open(self, auction: Auction, now: float) -> None:
        if now >= self.closes_at(auction):
            raise Refused("auction_over")
