"""What a token stands on in this world, and what it is worth by that."""

from __future__ import annotations

import math
from collections.abc import Mapping

from model.claims.graph import look_through, order
from model.core.errors import Refused
from model.markets.base import Market
from model.network.forms import Forms
from model.world.claim import ClaimToken
from model.world.venue import TradingVenue
from model.world.world import World


def claims_of(world: World, forms: Forms | None = None, *, par: bool = False) -> dict[str, dict[str, float]]:
    """The claim graph as it stands: token -> units of each token behind one of it. Claims, shares of venues and of vaults, and what bridges
    have brought to other chains. At ``par`` no bridge has a hole. Of principal that is owed later, what it is worth now: the rest belongs
    to the yield side.

    Raises:
        BadInput: it has a cycle (with its path).
    """
    forms = forms or Forms(world)
    graph: dict[str, dict[str, float]] = {}
    for name, target in world.targets.items():
        kept = 1.0 if par else forms.kept.get(name, 1.0)
        at = target.chain
        if isinstance(target, ClaimToken):
            at, kept = target.home, kept * target.mechanism.value(world.clock.now)
        if behind := target.stands_on():
            graph[name] = {forms.name(at, under): units * kept for under, units in behind.items()}
    graph.update(forms.backing(par=par))
    order(graph)
    return graph


class Valuation:
    """USD value of tokens: a true price, else what stands behind the token, else what the deepest venue says, else what a market's feed
    says, else 0.

    ``factors`` scale single tokens (a price that falls, backing that is lost); what stands on them follows. At ``par`` every bridge is
    whole. Tokens are named by chain (``model.network.forms``).
    Assumes: a claim is worth its backing; its market price is the business of venues.
    """

    def __init__(self, world: World, factors: Mapping[str, float] | None = None, forms: Forms | None = None, *, par: bool = False) -> None:
        self._world = world
        self.forms = forms or Forms(world)
        self.par = par
        self.graph = claims_of(world, self.forms, par=par)
        self.factors = dict(factors or {})
        self._known: dict[str, float] = {}
        self._through: dict[str, dict[str, float]] = {}
        self._plain: Valuation | None = Valuation(world, forms=self.forms, par=par) if self.factors else None

    def usd(self, token: str) -> float:
        """USD per token."""
        if token not in self._known:
            self._known[token] = 0.0
            self._known[token] = self._found(token) * self.factors.get(token, 1.0)
        return self._known[token]

    def value(self, holdings: Mapping[str, float]) -> float:
        """USD value of holdings (token -> amount)."""
        return sum(amount * self.usd(token) for token, amount in holdings.items())

    def look_through(self, token: str) -> dict[str, float]:
        """One token down to tokens that stand on nothing, amounts in those."""
        if token not in self._through:
            self._through[token] = look_through(self.graph, token)
        return self._through[token]

    def _found(self, token: str) -> float:
        behind = self.graph.get(token)
        if behind:
            return sum(units * self.usd(under) for under, units in behind.items())
        true = self._world.board.usd(token)
        if true is not None:
            return true * (1.0 if self.par else self.forms.kept.get(token, 1.0))
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
