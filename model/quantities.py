"""Scalar quantities that agents can watch, by name. Each is read from the world and changes nothing.

deviation:<feed>                     relative gap between what an honest reporter would post and the last post; infinite when due
gap:<venue> <token>/<token>/<book>   relative gap between a venue's marginal price and a reference book's, absolute
spread:<venue> <token>/<token> <venue> <token>/<token>   relative gap between marginal prices of two pairs (on two chains), absolute
discount:<venue> <claim>/<backing>   1 - marginal price / exchange rate of the claim; not a number where nothing stands behind it
utilisation:<market> <token>         borrowed / (borrowed + cash)
carry:<market> <claim>/<token>       what the claim yields less what borrowing the token costs, per year
price:<token>                        true price in USD
feed:<feed>                          value of a feed
impairment:<claim>                   share of all backing that a claim has lost so far
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from model.markets.base import Market
from model.world.board import PriceFeed
from model.world.claim import ClaimToken
from model.world.venue import TradingVenue
from model.world.world import World


def read(world: World, spec: str) -> float:
    """Value of a quantity now.

    Raises:
        LookupError: no such quantity; lists the choices.
    """
    name, _, rest = spec.partition(":")
    try:
        reader = _READERS[name]
    except KeyError:
        raise LookupError(f"unknown quantity {name!r}; allowed: {', '.join(_READERS)}") from None
    return reader(world, rest)


def _deviation(world: World, rest: str) -> float:
    feed = world.targets[rest]
    assert isinstance(feed, PriceFeed)
    if feed.due():
        return math.inf
    return abs(feed.candidate() / feed.last - 1.0)


def _gap(world: World, rest: str) -> float:
    name, _, triple = rest.partition(" ")
    token, numeraire, reference = triple.split("/")
    return abs(_venue(world, name).spot(token, numeraire) / _venue(world, reference).spot(token, numeraire) - 1.0)


def _spread(world: World, rest: str) -> float:
    one, first, two, second = rest.split(" ")
    token, numeraire = first.split("/")
    other, unit = second.split("/")
    return abs(_venue(world, one).spot(token, numeraire) / _venue(world, two).spot(other, unit) - 1.0)


def _discount(world: World, rest: str) -> float:
    name, _, pair = rest.partition(" ")
    claim, backing = pair.split("/")
    target = world.targets[claim]
    assert isinstance(target, ClaimToken)
    rate = target.price_of_one()
    return 1.0 - _venue(world, name).spot(claim, backing) / rate if rate > 0.0 else math.nan


def _utilisation(world: World, rest: str) -> float:
    name, _, token = rest.partition(" ")
    return _market(world, name).totals()[token]["utilisation"]


def _carry(world: World, rest: str) -> float:
    name, _, pair = rest.partition(" ")
    claim, token = pair.split("/")
    target = world.targets[claim]
    assert isinstance(target, ClaimToken)
    totals = _market(world, name).totals()
    return target.yield_per_year() + totals[claim].get("supply_rate", 0.0) - totals[token]["borrow_rate"]


def _price(world: World, rest: str) -> float:
    return world.board.true[rest]


def _feed(world: World, rest: str) -> float:
    feed = world.targets[rest]
    assert isinstance(feed, PriceFeed)
    return feed.value()


def _impairment(world: World, rest: str) -> float:
    claim = world.targets[rest]
    assert isinstance(claim, ClaimToken)
    return claim.impaired / (claim.backing() + claim.impaired) if claim.impaired > 0.0 else 0.0


def _venue(world: World, name: str) -> TradingVenue:
    venue = world.targets[name]
    assert isinstance(venue, TradingVenue)
    return venue


def _market(world: World, name: str) -> Market:
    market = world.targets[name]
    assert isinstance(market, Market)
    return market


_READERS: Final[dict[str, Callable[[World, str], float]]] = {
    "deviation": _deviation,
    "gap": _gap,
    "spread": _spread,
    "discount": _discount,
    "utilisation": _utilisation,
    "carry": _carry,
    "price": _price,
    "feed": _feed,
    "impairment": _impairment,
}

QUANTITIES: Final = tuple(_READERS)
"""Names of the quantities that can be read."""
