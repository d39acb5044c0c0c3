"""Quotes that all who ask in the same state share: open offers of liquidations, marginal prices, routes."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

from model.markets.base import Offer
from model.routes import RouteMap
from model.screen import HealthScreen
from model.view import Leg
from model.world.world import World

State = tuple[float, int, int]
T = TypeVar("T")


class Quotes:
    """Answers that hold until the clock, a post or a transaction changes the state; each is found once per state."""

    def __init__(self, world: World, screens: Mapping[str, HealthScreen]) -> None:
        self._world = world
        self._screens = screens
        self._routes = RouteMap(world)
        self._marginals: dict[tuple[str, str, str], float] = {}
        self._offers: dict[str, list[Offer]] = {}
        self._found: dict[Hashable, Any] = {}
        self._state: State = (-math.inf, 0, 0)

    @property
    def state(self) -> State:
        """What quotes depend on: time, version of the board, transactions so far."""
        return (self._world.clock.now, self._world.board.version, self._world.journal.commits)

    def paths(self, chain: str, sell: str, buy: str) -> tuple[tuple[Leg, ...], ...]:
        """Ways of at most two swaps from one token to another."""
        return self._routes.paths(chain, sell, buy)

    def marginal(self, chain: str, token: str, numeraire: str) -> float:
        """Best marginal price of a token in another along any route, 0 where there is none."""
        self._refresh()
        key = (chain, token, numeraire)
        best = self._marginals.get(key)
        if best is None:
            prices = [0.0]
            for path in self.paths(chain, token, numeraire):
                spots = [self._routes.venue(leg.venue).spot(leg.sell, leg.buy) for leg in path]
                prices.append(math.prod(spots))
            best = self._marginals[key] = max(prices)
        return best

    def offers(self, chain: str) -> list[Offer]:
        """Open offers of a chain's markets, liquidations of rows first."""
        self._refresh()
        found = self._offers.get(chain)
        if found is None:
            found = []
            for screen in self._screens.values():
                market = screen.market
                if chain in market.chains:
                    open_ones = [offer for row in screen.unhealthy for offer in market.offers(row)] + market.lots()
                    found.extend(offer for offer in open_ones if (offer.chain or market.chain) == chain)
            self._offers[chain] = found
        return found

    def once(self, key: Hashable, find: Callable[[], T]) -> T:
        """What ``find`` finds, found once per state for all who ask under the same key."""
        self._refresh()
        if key not in self._found:
            self._found[key] = find()
        found: T = self._found[key]
        return found

    def _refresh(self) -> None:
        state = self.state
        if state != self._state:
            self._state = state
            self._marginals.clear()
            self._offers.clear()
            self._found.clear()
