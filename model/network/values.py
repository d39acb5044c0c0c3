"""What a token stands on in this world, and what it is worth by that."""

from __future__ import annotations

import math
from collections.abc import Mapping

from model.claims.graph import exposure, order
from model.core.errors import Refused
from model.markets.base import Market
from model.world.venue import TradingVenue
from model.world.world import World


def claims_of(world: World) -> dict[str, dict[str, float]]:
    """The claim graph as it stands: token -> units of each token behind one of it. Claims, shares of venues and of vaults.

    Raises:
        BadInput: it has a cycle (with its path).
    """
    graph = {name: dict(behind) for name, target in world.targets.items() if (behind := target.stands_on())}
    order(graph)
    return graph


class Valuation:
    """USD value of tokens: a true price, else what stands behind the token, else what the deepest venue says, else what a market's feed
    says, else 0.

    ``factors`` scale single tokens (a price that falls, backing that is lost); what stands on them follows.
    Assumes: a claim is worth its backing; its market price is the business of venues.
    """

    def __init__(self, world: World, factors: Mapping[str, float] | None = None) -> None:
        self._world = world
        self.graph = claims_of(world)
        self.factors = dict(factors or {})
        self._known: dict[str, float] = {}
        self._plain: Valuation | None = Valuation(world) if self.factors else None

    def usd(self, token: str) -> float:
        """USD per token."""
        if token not in self._known:
            self._known[token] = 0.0
            self._known[token] = self._found(token) * self.factors.get(token, 1.0)
        return self._known[token]

    def value(self, holdings: Mapping[str, float]) -> float:
        """USD value of holdings (token -> amount)."""
        return sum(amount * self.usd(token) for token, amount in holdings.items())

    def look_through(self, holdings: Mapping[str, float]) -> dict[str, float]:
        """Holdings down to tokens that stand on nothing, amounts in those."""
        return exposure(self.graph, holdings)

    def _found(self, token: str) -> float:
        behind = self.graph.get(token)
        if behind:
            return sum(units * self.usd(under) for under, units in behind.items())
        true = self._world.board.usd(token)
        if true is not None:
            return true
        if self._plain is not None:
            return self._plain.usd(token)
        return self._said(token)

    def _said(self, token: str) -> float:
        """What the deepest venue says, else a market."""
        best, depth = 0.0, 0.0
        for venue in self._world.all(TradingVenue):
            if token in venue.place and not venue.mechanism.exogenous and token != venue.name:
                for other in venue.tokens:
                    known = self._world.board.usd(other)
                    if other != token and known is not None and (held := venue.ledger.balance(other, venue.account) * known) > depth:
                        best, depth = venue.spot(token, other) * known, held
        if depth > 0.0 and math.isfinite(best):
            return best
        for market in self._world.all(Market):
            if token in market.totals():
                try:
                    return market.usd(token)
                except (KeyError, LookupError, Refused):
                    continue
        return 0.0
