"""Kind ``depeg_seller``: somebody from outside sells a claim on a venue until the peg gives."""

from __future__ import annotations

from typing import Any

from model.core.actions import PREVIOUS, Swap, Transfer
from model.core.params import param
from model.shocks.base import Shock, ShockParams
from model.shocks.dealings import dealt
from model.world.accounts import OUTSIDE
from model.world.venue import TradingVenue
from model.world.world import World


class DepegSellerParams(ShockParams):
    """A seller from outside."""

    venue: str = param(unit="venue", description="Where it sells")
    token: str = param(unit="token", description="What it sells")
    into: str = param(unit="token", description="What it sells for")
    amount: float = param(unit="token", gt=0, description="Amount sold in all")
    over: float = param(0.0, unit="seconds", ge=0, description="Time over which it is sold evenly; 0 for at once")
    least_price: float = param(0.0, unit="into per token", ge=0, description="Marginal price below which it waits")


class DepegSeller(Shock, kind="depeg_seller"):
    """Sells, once per tick, what is due by the clock; what a venue refuses is sold later. The token comes from ``outside`` through the
    ledger, the proceeds go back there.

    Assumes: the wider market has the token to sell (``outside`` may owe it).
    """

    Params = DepegSellerParams
    params: DepegSellerParams

    def __init__(self, name: str, params: Any) -> None:
        super().__init__(name, params)
        self.sold = 0.0

    def begin(self, world: World) -> None:
        """Open the seller's account."""
        world.accounts.open(f"seller {self.name}")

    def advance(self, world: World) -> None:
        """Sell what is due."""
        amount = self.due(world.clock.now) - self.sold
        if self.ended or amount <= 1e-9 * self.params.amount:
            return
        params = self.params
        venue = world.targets[params.venue]
        assert isinstance(venue, TradingVenue)
        if not venue.spot(params.token, params.into) >= params.least_price:
            return
        seller = world.accounts.of(f"seller {self.name}")
        held = venue.ledger.balance(params.token, seller)
        if amount > held:
            venue.ledger.move(params.token, OUTSIDE, seller, amount - held)
        swap = Swap(target=venue.name, sell=params.token, buy=params.into, amount=amount)
        back = Transfer(target=venue.chain, token=params.into, amount=PREVIOUS, to=OUTSIDE)
        if dealt(world, venue.chain, seller, swap, back).ok:
            self.sold += amount

    def due(self, now: float) -> float:
        """Amount that should have been sold by ``now`` (tokens)."""
        if self.began_at is None:
            return 0.0
        share = (now - self.began_at) / self.params.over if self.params.over > 0.0 else 1.0
        return self.params.amount * min(share, 1.0)
