"""What an amount is worth in another token of its chain: by what venues pay, and of gas, which need not trade there, by stated prices."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Protocol, TypeVar

from model.core.errors import Refused
from model.markets.base import Market
from model.world.look_through import look_through_usd
from model.world.world import World

T = TypeVar("T")


class Shared(Protocol):
    """Answers that hold for all who ask on a chain in the same state (``model.quotes``)."""

    def marginal(self, chain: str, token: str, numeraire: str) -> float:
        """Best marginal price along any route."""

    def once(self, chain: str, key: Hashable, find: Callable[[], T]) -> T:
        """What ``find`` finds, found once."""


def worth(world: World, quotes: Shared, chain: str, token: str, numeraire: str) -> float:
    """Value of one ``token`` in ``numeraire`` at marginal prices along the best route; 0 where there is none.

    Assumes: the gas token is had at its price wherever it is the gas token, so where no venue of the chain trades it its worth is the
    ratio of USD values.
    """
    if token == numeraire:
        return 1.0
    found = quotes.marginal(chain, token, numeraire)
    if found > 0.0 or world.chains[chain].params.gas_token not in (token, numeraire):
        return found
    return quotes.once(chain, ("stated", token, numeraire), lambda: _ratio(world, chain, token, numeraire))


def usd(world: World, chain: str, token: str) -> float:
    """USD per token: its true price, what a claim stands on, what a market's feed on the chain (or elsewhere) says; else 0."""
    try:
        return look_through_usd(world, token)
    except LookupError:
        pass
    for market in sorted(world.all(Market), key=lambda one: chain not in one.chains):
        if token in market.totals():
            try:
                return market.usd(token)
            except (LookupError, Refused):
                continue
    return 0.0


def _ratio(world: World, chain: str, token: str, numeraire: str) -> float:
    under = usd(world, chain, numeraire)
    return usd(world, chain, token) / under if under > 0.0 else 0.0
