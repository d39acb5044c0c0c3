"""Quotes that all who ask in the same state share: open offers of liquidations, marginal prices, routes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final, TypeVar

import numpy as np

from model.markets.base import Market, Offer
from model.routes import RouteMap, Ways
from model.screen import HealthScreen
from model.world.world import World

State = tuple[int, int, int, int, float]
MOST_ROWS: Final = 12
"""Rows of one market whose offers are made at a time."""
_HOLD, _STALE = 12.0, 60.0
"""Seconds for which a quote, and the offers of a row, hold where nothing is settled or said: what time alone moves moves slowly."""
T = TypeVar("T")


class _Held:
    """What was found in one state of a chain."""

    __slots__ = ("found", "marginals", "offers", "state")

    def __init__(self, state: State) -> None:
        self.state = state
        self.marginals: dict[tuple[str, str], float] = {}
        self.offers: list[Offer] | None = None
        self.found: dict[Hashable, Any] = {}


class Quotes:
    """Answers that hold for all who ask on a chain until a transaction, a post or a few seconds have changed its state."""

    def __init__(self, world: World, screens: Mapping[str, HealthScreen]) -> None:
        self._world = world
        self._screens = screens
        self._routes = RouteMap(world)
        self._held: dict[str, _Held] = {}
        self._rows: dict[tuple[str, int], tuple[Hashable, float, list[Offer]]] = {}
        self._lists: dict[str, tuple[Hashable, float, list[Offer]]] = {}
        self._open: dict[str, tuple[float, list[int]]] = {}
        self._shown: dict[str, dict[int, tuple[int, int]]] = {}
        """Market -> row -> its writes when it was shown last, and how often it has been shown since it was last written to."""

    def state(self, chain: str) -> State:
        """What quotes on a chain depend on: transactions settled there, what its feeds have said, true prices, what has come without a
        transaction, and time in steps.
        """
        world = self._world
        board = world.board
        return (world.chains[chain].settled, board.version_on(chain), board.moves, world.arrivals, world.clock.now // _HOLD)

    def ways(self, chain: str, sell: str, buy: str) -> Ways:
        """Ways of at most two swaps from one token to another."""
        return self._routes.ways(chain, sell, buy)

    def marginal(self, chain: str, token: str, numeraire: str) -> float:
        """Best marginal price of a token in another along any route, 0 where there is none."""
        marginals = self._on(chain).marginals
        best = marginals.get((token, numeraire))
        if best is None:
            prices, venue = [0.0], self._routes.venue
            for first, seconds in self.ways(chain, token, numeraire):
                spot = venue(first.venue).spot(token, first.buy)
                rest = [venue(second.venue).spot(second.sell, numeraire) for second in seconds] if seconds else [1.0]
                prices.extend(spot * one for one in rest)
            best = marginals[token, numeraire] = max(prices)
        return best

    def offers(self, chain: str) -> list[Offer]:
        """Open offers of a chain's markets, liquidations of rows first."""
        held = self._on(chain)
        if held.offers is None:
            found: list[Offer] = []
            for screen in self._screens.values():
                market = screen.market
                if chain in market.chains:
                    open_ones = self._of_rows(screen) + market.lots()
                    found.extend(offer for offer in open_ones if (offer.chain or market.chain) == chain)
            held.offers = found
        return held.offers

    def _of_rows(self, screen: HealthScreen) -> list[Offer]:
        """Offers of the rows that open some; made anew when what one of them depends on has changed, and after a minute. Where half of the
        rows have nothing left to offer, others are looked for next time.
        """
        market, rows = screen.market, self.open_rows(screen)
        if not rows:
            return []
        depends = [market.offer_state(row) for row in rows]
        if depends[0] is None:
            return [offer for row in rows for offer in market.offers(row)]
        said, now = market.stated(), self._world.clock.now
        known = self._lists.get(market.name)
        if known is None or known[0] != (said, rows, depends) or now > known[1] + _STALE:
            made = [self._of_row(market, row, (on, said)) for row, on in zip(rows, depends, strict=True)]
            offers = [offer for _, _, found in made for offer in found]
            known = self._lists[market.name] = (said, rows, depends), min([when for _, when, _ in made]), offers
            if 2 * sum(not found for _, _, found in made) > len(rows):
                self._open.pop(market.name, None)
        return known[2]

    def open_rows(self, screen: HealthScreen) -> list[int]:
        """Rows below health 1, where there are many those with most collateral to sell for their debt: what a small row offers, a large one
        offers too. They are chosen anew every few seconds, and when most of them have nothing left; what was shown and left alone lets
        others go first.
        """
        if len(screen.unhealthy) <= MOST_ROWS:
            return list(screen.unhealthy)
        market, step = screen.market, self._world.clock.now // _HOLD
        known = self._open.get(market.name)
        if known is None or known[0] != step:
            known = self._open[market.name] = step, self._largest(market, list(screen.unhealthy))
        return known[1]

    def _largest(self, market: Market, rows: list[int]) -> list[int]:
        sides = np.zeros((2, len(market.book)))
        for side, columns in zip(sides, market.position_columns(), strict=True):
            for token, amounts in columns.items():
                side += amounts[: len(side)] * market.price(token)
        sold = sides.min(axis=0)[rows].tolist()
        shown = self._shown.setdefault(market.name, {})
        open_ones = []
        for row, amount in zip(rows, sold, strict=True):
            if amount > 0.0:
                stamp, times = shown.get(row, (-1, 0))
                open_ones.append((times if stamp == market.book.stamp(row) else 0, -amount, row))
        open_ones.sort()
        for times, _, row in open_ones[:MOST_ROWS]:
            shown[row] = market.book.stamp(row), times + 1
        return [row for _, _, row in open_ones[:MOST_ROWS]]

    def _of_row(self, market: Market, row: int, state: Hashable) -> tuple[Hashable, float, list[Offer]]:
        """State, time and offers of a row; made anew when its state has changed, and after a minute."""
        now, known = self._world.clock.now, self._rows.get((market.name, row))
        if known is None or known[0] != state or now > known[1] + _STALE:
            known = self._rows[market.name, row] = state, now, market.offers(row)
        return known

    def once(self, chain: str, key: Hashable, find: Callable[[], T]) -> T:
        """What ``find`` finds, found once per state of a chain for all who ask under the same key."""
        found = self._on(chain).found
        if key not in found:
            found[key] = find()
        answer: T = found[key]
        return answer

    def _on(self, chain: str) -> _Held:
        state, held = self.state(chain), self._held.get(chain)
        if held is None or held.state != state:
            held = self._held[chain] = _Held(state)
        return held
