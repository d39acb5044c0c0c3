"""The surplus buffer pays, then governance tokens are minted and auctioned for the rest. Maker's Vow."""

from __future__ import annotations

import math
from collections.abc import Mapping

from model.core.errors import Refused
from model.core.params import Params, param
from model.losses.base import Ladder, LossRule


class SurplusAndDebtAuctionParams(Params):
    """Parameters of the surplus buffer and of its auctions (defaults: Maker, March 2020)."""

    debt_lot: float = param(
        50_000.0, gt=0, unit="debt token", description="Debt that one debt auction raises; a smaller rest waits.", source="Vow.sump"
    )
    initial_mint: float = param(
        250.0, gt=0, unit="governance token", description="Governance tokens first offered for one debt lot.", source="Vow.dump"
    )
    minimum_decrease: float = param(
        0.05, ge=0, le=1, unit="fraction", description="Least improvement on the standing bid.", source="Flopper.beg - 1"
    )
    restart_increase: float = param(
        0.5, ge=0, le=10, unit="fraction", description="Rise of the offered tokens when an auction had no bid.", source="Flopper.pad - 1"
    )
    buffer: float = param(
        500_000.0, ge=0, unit="debt token", description="Surplus that is kept before surplus auctions start.", source="Vow.hump"
    )
    surplus_lot: float = param(
        10_000.0, gt=0, unit="debt token", description="Surplus that one surplus auction sells for governance tokens.", source="Vow.bump"
    )


class SurplusAndDebtAuction(LossRule, kind="surplus_and_debt_auction"):
    """``reserves`` (the surplus) pay first; whole debt lots go to auction against new governance tokens, bounded by what their
    buyers (``governance``) pay; the rest is a deficit.

    Source: MakerDAO dss Vow (heal, flop, flap) and Flopper.
    Assumes: the waiting time of the debt queue (Vow.wait) is the market's.
    """

    Params = SurplusAndDebtAuctionParams
    params: SurplusAndDebtAuctionParams

    def split(self, loss: float, bearers: Mapping[str, float]) -> dict[str, float]:
        """``reserves``, then ``governance`` in whole debt lots."""
        ladder = Ladder(loss, bearers)
        ladder.bear("reserves")
        raisable = min(ladder.left, max(bearers.get("governance", 0.0), 0.0))
        ladder.bear("governance", self.debt_auctions(raisable) * self.params.debt_lot)
        return ladder.close()

    def debt_auctions(self, uncovered: float) -> int:
        """Debt auctions that ``uncovered`` debt admits."""
        return math.floor(uncovered / self.params.debt_lot)

    def surplus_auctions(self, surplus: float, debt: float) -> int:
        """Surplus auctions that may start: what exceeds the buffer, once no debt is uncovered."""
        if debt > 0.0:
            return 0
        return max(0, math.floor((surplus - self.params.buffer) / self.params.surplus_lot))

    def dent(self, offered: float, lot: float) -> float:
        """Accept a bid that takes ``lot`` governance tokens where ``offered`` stood; returns the tokens then standing.

        Raises:
            Refused: ``lot_not_lower``, ``insufficient_decrease``.
        """
        if not 0.0 <= lot < offered:
            raise Refused("lot_not_lower", f"lot {lot:.6g}, standing {offered:.6g}")
        if lot * (1.0 + self.params.minimum_decrease) > offered:
            raise Refused("insufficient_decrease", f"lot {lot:.6g}, standing {offered:.6g}")
        return lot

    def restart(self, offered: float) -> float:
        """Governance tokens offered when an auction that had no bid starts again."""
        return offered * (1.0 + self.params.restart_increase)
