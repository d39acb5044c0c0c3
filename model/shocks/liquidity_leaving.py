"""Kind ``liquidity_leaving``: providers take a share of a venue's liquidity away."""

from __future__ import annotations

from typing import Any

import numpy as np

from model.core.actions import RemoveLiquidity, Transfer
from model.core.params import param
from model.shocks.base import Shock, ShockParams
from model.shocks.dealings import dealt
from model.world.accounts import OUTSIDE
from model.world.venue import TradingVenue
from model.world.world import World


class LiquidityLeavingParams(ShockParams):
    """Liquidity that leaves."""

    venue: str = param(unit="venue", description="Venue that is left; its shares are a token")
    share: float = param(0.5, unit="fraction", gt=0, le=1, description="Share of every provider's liquidity")
    over: float = param(0.0, unit="seconds", ge=0, description="Time over which it leaves evenly; 0 for at once")


class LiquidityLeaving(Shock, kind="liquidity_leaving"):
    """Every holder of shares burns the same part of them for the pool's tokens, and takes these outside.

    Assumes: shares that a market, a bridge or another target keeps (pledged, lent, wrapped) stay: who pledged them cannot burn them; of a
    venue without a share token nothing leaves.
    """

    Params = LiquidityLeavingParams
    params: LiquidityLeavingParams

    def __init__(self, name: str, params: Any) -> None:
        super().__init__(name, params)
        self.left: dict[int, float] = {}
        self._whole: dict[int, float] = {}

    def begin(self, world: World) -> None:
        """Note who provides how much."""
        venue = self._venue(world)
        if venue.mechanism.exogenous or not venue.mechanism.fungible:
            raise ValueError(f"shock {self.name}: {venue.name} has no shares; allowed: a pool whose shares are a token")
        held = venue.ledger.column(venue.name)
        keepers = {venue.account, OUTSIDE} | {account for target in world.targets.values() for account in target.accounts()}
        self._whole = {place: float(held[place]) for place in np.flatnonzero(held > 0.0).tolist() if place not in keepers}

    def advance(self, world: World) -> None:
        """Take out what is due."""
        if self.ended or self.began_at is None:
            return
        part = (world.clock.now - self.began_at) / self.params.over if self.params.over > 0.0 else 1.0
        venue = self._venue(world)
        for account, whole in self._whole.items():
            due = whole * self.params.share * min(part, 1.0) - self.left.get(account, 0.0)
            shares = min(due, venue.ledger.balance(venue.name, account))
            if shares > 1e-12 * whole and self._leave(world, venue, account, shares):
                self.left[account] = self.left.get(account, 0.0) + shares

    def _leave(self, world: World, venue: TradingVenue, account: int, shares: float) -> bool:
        before = {token: venue.ledger.balance(token, account) for token in venue.tokens}
        receipt = dealt(world, venue.chain, account, RemoveLiquidity(target=venue.name, shares=shares))
        if not receipt.ok:
            return False
        for token, amount in before.items():
            received = venue.ledger.balance(token, account) - amount
            if received > 0.0:
                dealt(world, venue.chain, account, Transfer(target=venue.chain, token=token, amount=received, to=OUTSIDE))
        return True

    def _venue(self, world: World) -> TradingVenue:
        venue = world.targets[self.params.venue]
        assert isinstance(venue, TradingVenue)
        return venue
