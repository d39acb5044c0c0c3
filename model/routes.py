"""Which swaps lead from one token to another on a chain. Venues do not come and go, so ways are found once."""

from __future__ import annotations

from model.view import Leg
from model.world.venue import TradingVenue
from model.world.world import World

Ways = tuple[tuple[Leg, tuple[Leg, ...]], ...]
"""First swaps from one token to another, each with the second swaps that can follow it; none behind one that leads there alone."""


class RouteMap:
    """All ways of one or two swaps between two tokens of a chain."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._found: dict[tuple[str, str, str], Ways] = {}

    def venue(self, name: str) -> TradingVenue:
        """A venue by name."""
        found = self._world.targets[name]
        assert isinstance(found, TradingVenue)
        return found

    def ways(self, chain: str, sell: str, buy: str) -> Ways:
        """Ways from ``sell`` to ``buy``, direct ones first."""
        key = (chain, sell, buy)
        if key not in self._found:
            venues = [venue for venue in self._world.all(TradingVenue) if venue.chain == chain]
            direct = [(Leg(venue.name, sell, buy), ()) for venue in venues if venue.offers(sell, buy)]
            through = [
                (Leg(first.name, sell, token), tuple(Leg(second.name, token, buy) for second in seconds))
                for first in venues
                for token in first.tokens
                if token not in (sell, buy) and first.offers(sell, token)
                if (seconds := [second for second in venues if second is not first and second.offers(token, buy)])
            ]
            self._found[key] = (*direct, *through)
        return self._found[key]
