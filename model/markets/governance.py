"""Governance of a market: frozen parameters, replaced by a revalidated copy as far as the real contract lets anybody replace them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model.core.actions import Govern
from model.core.errors import BadInput, Refused
from model.core.params import Params, names_in
from model.world.board import PriceFeed

if TYPE_CHECKING:
    from model.markets.base import Market
    from model.world.target import Call


def govern(market: Market, call: Call, action: Govern) -> float:
    """Replace parameters at dotted places; returns how many changed. The market accrues under the old ones first.

    Raises:
        Refused: ``not_a_governor``; ``invalid_parameters`` for unknown places, impossible values, unknown feeds, and what is fixed.
    """
    if market.governors and call.sender not in market.governors:
        raise Refused("not_a_governor", market.world.accounts.name(call.sender))
    old: Params = market.params
    raw = old.model_dump()
    before = {place: _put(raw, place, value) for place, value in action.changes}
    for place in before:
        if not any(within(place, pattern) for pattern in market.governed):
            raise Refused("invalid_parameters", f"{place} is fixed at genesis; governed: {', '.join(market.governed)}")
    try:
        params = type(old).read(raw, market.name)
    except BadInput as error:
        raise Refused("invalid_parameters", str(error)) from None
    _check_keys(old, params)
    _check_feeds(market, old, params)
    market.adopt(params)
    market.world.board.changed(market.chain)
    name = market.world.accounts.name(call.sender)
    for place, value in action.changes:
        market.world.events.emit("governance", call.now, market.chain, market.name, name, place, str(before[place]), str(value))
    return float(len(action.changes))


def within(place: str, pattern: str) -> bool:
    """Whether a dotted place is one that ``pattern`` names (``*`` for any key), or lies below one."""
    names, wanted = place.split("."), pattern.split(".")
    return len(names) >= len(wanted) and all(star in ("*", name) for name, star in zip(names, wanted, strict=False))


def _put(raw: dict[str, Any], place: str, value: Any) -> Any:
    """Write a value at a dotted place of nested mappings; returns the old one."""
    *path, last = place.split(".")
    inner: Any = raw
    for name in path:
        inner = inner.get(name) if isinstance(inner, dict) else None
    if not isinstance(inner, dict) or last not in inner:
        raise Refused("invalid_parameters", f"no parameter {place}")
    before, inner[last] = inner[last], value
    return before


def _check_keys(old: Params, new: Params) -> None:
    """Tables of parameters keep their entries: what is listed at genesis has its columns in the books."""
    for name in type(old).model_fields:
        one, two = getattr(old, name), getattr(new, name)
        if isinstance(one, dict) and any(isinstance(entry, Params) for entry in one.values()) and list(one) != list(two):
            raise Refused("invalid_parameters", f"the entries of {name} are fixed at genesis: {', '.join(map(str, one))}")


def _check_feeds(market: Market, old: Params, new: Params) -> None:
    """A feed that is newly named stands on the market's chain."""
    for feed in set(names_in(new, "feed")) - set(names_in(old, "feed")):
        found = market.world.targets.get(feed)
        if not isinstance(found, PriceFeed) or found.chain != market.chain:
            here = [one.name for one in market.world.all(PriceFeed) if one.chain == market.chain]
            raise Refused("invalid_parameters", f"no feed {feed!r} on {market.chain}: {', '.join(sorted(here)) or 'there is none'}")
