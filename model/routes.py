"""Which swaps lead from one token to another on a chain. Venues do not come and go, so ways are found once."""

from __future__ import annotations

from model.view import Leg
from model.world.venue import TradingVenue
from model.world.world import World


class RouteMap:
    """All ways of one or two swaps between two tokens of a chain."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._found: dict[tuple[str, str, str], tuple[tuple[Leg, ...], ...]] = {}

    def venue(self, name: str) -> TradingVenue:
        """A venue by name."""
        found = self._world.targets[name]
        assert isinstance(found, TradingVenue)
        return found

    def paths(self, chain: str, sell: str, buy: str) -> tuple[tuple[Leg, ...], ...]:
        """Ways from ``sell`` to ``buy``, direct ones first."""
        key = (chain, sell, buy)
        if key not in self._found:
            venues = [venue for venue in self._world.all(TradingVenue) if venue.chain == chain]
            direct = [(Leg(venue.name, sell, buy),) for venue in venues if venue.offers(sell, buy)]
            through = [
                (Leg(first.name, sell, token), Leg(second.name, token, buy))
                for first in venues
                for token in first.tokens
                if token not in (sell, buy) and first.offers(sell, token)
                for second in venues
                if second is not first and second.offers(token, buy)
            ]
            self._found[key] = (*direct, *through)
        return self._found[key]
