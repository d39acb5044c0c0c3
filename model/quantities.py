"""Scalar quantities that agents can watch, by name. Each is read from the world and changes nothing.

deviation:<feed>                     relative gap between what an honest reporter would post and the last post; infinite when due
gap:<venue> <token>/<token>/<book>   relative gap between a venue's marginal price and a reference book's, absolute
spread:<venue> <token>/<token> <venue> <token>/<token>   relative gap between marginal prices of two pairs (on two chains), absolute
discount:<venue> <claim>/<backing>   1 - marginal price / exchange rate of the claim; not a number where nothing stands behind it
utilisation:<market> <token>         borrowed / (borrowed + cash); of one spoke of a hub: <token>@<chain>
payable:<market> <token>             tokens that depositors could take out now
carry:<market> <claim>/<token>       what the claim (or native token) yields less what borrowing the token costs, per year
price:<token>                        true price in USD
feed:<feed>                          value of a feed
impairment:<claim>                   share of the value of a token of a claim that losses have taken so far, its own and those below it
hole:<bridge>                        tokens of its home chain that its forms want of backing and that nobody has borne yet
bad_debt:<market>                    debt that its books show as lost and not yet borne, USD
lowest_health:<market>               health of its weakest row, infinity without debt
gas:<chain>                          price at which a transaction gets into the next block, gwei
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final

from model.bridges.lock_and_mint import LockAndMint
from model.core.units import GWEI
from model.markets.base import Market
from model.world.board import PriceFeed
from model.world.claim import ClaimToken
from model.world.venue import TradingVenue
from model.world.world import World

Reading = Callable[[], float]

MOVING: Final = frozenset({"deviation", "gap", "price", "gas"})
"""Quantities that change with true prices or time alone; the others only where something was settled, but for interest."""


def read(world: World, spec: str) -> float:
    """Value of a quantity now.

    Raises:
        LookupError: no such quantity; lists the choices.
    """
    return reading(world, spec)()


def reading(world: World, spec: str) -> Reading:
    """How a quantity is read, found once for many readings.

    Raises:
        LookupError: no such quantity; lists the choices.
    """
    name, _, rest = spec.partition(":")
    try:
        reader = _READERS[name]
    except KeyError:
        raise LookupError(f"unknown quantity {name!r}; allowed: {', '.join(_READERS)}") from None
    return reader(world, rest)


def chains_of(world: World, spec: str) -> tuple[str, ...]:
    """Chains on which what is read stands."""
    named = (world.targets.get(word) for word in re.split("[:/ ]", spec))
    return tuple(sorted({chain for target in named if target is not None for chain in target.chains} & set(world.chains))) or tuple(
        world.chains
    )


def _deviation(world: World, rest: str) -> Reading:
    feed = world.targets[rest]
    assert isinstance(feed, PriceFeed)
    return feed.deviation


def _gap(world: World, rest: str) -> Reading:
    name, _, triple = rest.partition(" ")
    token, numeraire, reference = triple.split("/")
    venue, book = _venue(world, name), _venue(world, reference)
    return lambda: abs(venue.spot(token, numeraire) / book.spot(token, numeraire) - 1.0)


def _spread(world: World, rest: str) -> Reading:
    one, first, two, second = rest.split(" ")
    token, numeraire = first.split("/")
    other, unit = second.split("/")
    here, there = _venue(world, one), _venue(world, two)
    return lambda: abs(here.spot(token, numeraire) / there.spot(other, unit) - 1.0)


def _discount(world: World, rest: str) -> Reading:
    name, _, pair = rest.partition(" ")
    claim, backing = pair.split("/")
    target, venue = world.targets[claim], _venue(world, name)
    assert isinstance(target, ClaimToken)

    def read_discount() -> float:
        rate = target.price_of_one()
        return 1.0 - venue.spot(claim, backing) / rate if rate > 0.0 else math.nan

    return read_discount


def _utilisation(world: World, rest: str) -> Reading:
    name, _, token = rest.partition(" ")
    market = _market(world, name)
    return lambda: market.totals_of(token)["utilisation"]


def _payable(world: World, rest: str) -> Reading:
    name, _, token = rest.partition(" ")
    market = _market(world, name)
    return lambda: market.payable(token)


def _carry(world: World, rest: str) -> Reading:
    name, _, pair = rest.partition(" ")
    claim, token = pair.split("/")
    target, market = world.targets.get(claim), _market(world, name)

    def read_carry() -> float:
        earned = target.yield_per_year() if isinstance(target, ClaimToken) else 0.0
        return earned + market.totals_of(claim).get("supply_rate", 0.0) - market.totals_of(token)["borrow_rate"]

    return read_carry


def _price(world: World, rest: str) -> Reading:
    return lambda: world.board.true[rest]


def _feed(world: World, rest: str) -> Reading:
    feed = world.targets[rest]
    assert isinstance(feed, PriceFeed)
    return feed.value


def _impairment(world: World, rest: str) -> Reading:
    claim = world.targets[rest]
    assert isinstance(claim, ClaimToken)
    return lambda: claim.impaired


def _hole(world: World, rest: str) -> Reading:
    bridge = world.targets[rest]
    assert isinstance(bridge, LockAndMint)
    return lambda: bridge.hole


def _bad_debt(world: World, rest: str) -> Reading:
    market = _market(world, rest)

    def read_bad_debt() -> float:
        lost = {token: total.get("bad_debt", 0.0) for token, total in market.totals().items()}
        return sum(amount * market.usd(token) for token, amount in lost.items() if amount > 0.0)

    return read_bad_debt


def _lowest_health(world: World, rest: str) -> Reading:
    market = _market(world, rest)
    return lambda: float(market.health().min(initial=math.inf))


def _gas(world: World, rest: str) -> Reading:
    chain = world.chains[rest]
    return lambda: chain.going_price() / GWEI


def _venue(world: World, name: str) -> TradingVenue:
    venue = world.targets[name]
    assert isinstance(venue, TradingVenue)
    return venue


def _market(world: World, name: str) -> Market:
    market = world.targets[name]
    assert isinstance(market, Market)
    return market


_READERS: Final[dict[str, Callable[[World, str], Reading]]] = {
    "deviation": _deviation,
    "gap": _gap,
    "spread": _spread,
    "discount": _discount,
    "utilisation": _utilisation,
    "payable": _payable,
    "carry": _carry,
    "price": _price,
    "feed": _feed,
    "impairment": _impairment,
    "hole": _hole,
    "bad_debt": _bad_debt,
    "lowest_health": _lowest_health,
    "gas": _gas,
}

QUANTITIES: Final = tuple(_READERS)
"""Names of the quantities that can be read."""
