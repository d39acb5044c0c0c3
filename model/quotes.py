"""Quotes that all who ask in the same state share: open offers of liquidations, marginal prices, routes."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final, TypeVar

import numpy as np

from model.markets.base import Market, Offer
from model.routes import RouteMap, Ways
from model.screen import HealthScreen
from model.world.world import World

State = tuple[float, int, int]
MOST_ROWS: Final = 32
"""Rows of one market whose offers are made at a time."""
_STALE = 60.0
T = TypeVar("T")


class Quotes:
    """Answers that hold until the clock, a post or a transaction changes the state; each is found once per state."""

    def __init__(self, world: World, screens: Mapping[str, HealthScreen]) -> None:
        self._world = world
        self._screens = screens
        self._routes = RouteMap(world)
        self._marginals: dict[tuple[str, str, str], float] = {}
        self._offers: dict[str, list[Offer]] = {}
        self._rows: dict[tuple[str, int], tuple[Hashable, float, list[Offer]]] = {}
        self._found: dict[Hashable, Any] = {}
        self._state: State = (-math.inf, 0, 0)

    @property
    def state(self) -> State:
        """What quotes depend on: time, version of the board, transactions so far."""
        return (self._world.clock.now, self._world.board.version, self._world.journal.commits)

    def ways(self, chain: str, sell: str, buy: str) -> Ways:
        """Ways of at most two swaps from one token to another."""
        return self._routes.ways(chain, sell, buy)

    def marginal(self, chain: str, token: str, numeraire: str) -> float:
        """Best marginal price of a token in another along any route, 0 where there is none."""
        self._refresh()
        key = (chain, token, numeraire)
        best = self._marginals.get(key)
        if best is None:
            prices, venue = [0.0], self._routes.venue
            for first, seconds in self.ways(chain, token, numeraire):
                spot = venue(first.venue).spot(token, first.buy)
                rest = [venue(second.venue).spot(second.sell, numeraire) for second in seconds] if seconds else [1.0]
                prices.extend(spot * one for one in rest)
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
                    open_ones = [offer for row in self._largest(screen) for offer in self._of_row(market, row)] + market.lots()
                    found.extend(offer for offer in open_ones if (offer.chain or market.chain) == chain)
            self._offers[chain] = found
        return found

    def _largest(self, screen: HealthScreen) -> list[int]:
        """Rows below health 1, where there are many those with most collateral to sell for their debt: what a small row offers, a large one
        offers too.
        """
        rows = list(screen.unhealthy)
        if len(rows) <= MOST_ROWS:
            return rows
        market = screen.market
        sides = np.zeros((2, len(market.book)))
        for side, columns in zip(sides, market.position_columns(), strict=True):
            for token, amounts in columns.items():
                side += amounts[: len(side)] * market.price(token)
        sold = sides.min(axis=0)[rows]
        return [rows[place] for place in np.argsort(-sold, kind="stable")[:MOST_ROWS].tolist()]

    def _of_row(self, market: Market, row: int) -> list[Offer]:
        """Offers of a row; made anew when what they depend on has changed, and after a minute."""
        depends = market.offer_state(row)
        if depends is None:
            return market.offers(row)
        now, state = self._world.clock.now, (depends, self._world.board.version_on(market.chain))
        known = self._rows.get((market.name, row))
        if known is None or known[0] != state or now > known[1] + _STALE:
            known = self._rows[market.name, row] = state, now, market.offers(row)
        return known[2]

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
