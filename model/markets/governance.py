"""Governance of an account market: frozen parameters, replaced by a revalidated copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model.core.actions import Govern
from model.core.errors import BadInput, Refused
from model.core.params import Params

if TYPE_CHECKING:
    from model.markets.bookkeeping import Bookkeeping
    from model.world.target import Call


def govern(market: Bookkeeping, call: Call, action: Govern) -> float:
    """Replace parameters at dotted places; returns how many changed. The market accrues under the old ones first.

    Raises:
        Refused: ``not_a_governor``; ``invalid_parameters`` for unknown places, impossible values, and what is fixed at genesis.
    """
    if market.governors and call.sender not in market.governors:
        raise Refused("not_a_governor", market.world.accounts.name(call.sender))
    old: Params = market.params
    raw = old.model_dump()
    before = {place: _put(raw, place, value) for place, value in action.changes}
    try:
        params = type(old).read(raw, market.name)
    except BadInput as error:
        raise Refused("invalid_parameters", str(error)) from None
    _check_fixed(market.fixed, old, params)
    market.adopt(params)
    market.world.board.changed()
    name = market.world.accounts.name(call.sender)
    for place, value in action.changes:
        market.world.events.emit("governance", call.now, market.chain, market.name, name, place, str(before[place]), str(value))
    return float(len(action.changes))


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


def _check_fixed(fixed: tuple[str, ...], old: Params, new: Params) -> None:
    """``name`` is fixed as a whole, ``table.*`` as to its keys, ``table.*.name`` as to its keys and that parameter of every entry."""
    for place in fixed:
        name, star, inner = place.partition(".*")
        one, two = getattr(old, name), getattr(new, name)
        if star:
            one, two = ({key: getattr(entry, inner[1:]) if inner else None for key, entry in table.items()} for table in (one, two))
        if one != two:
            raise Refused("invalid_parameters", f"{place} is fixed at genesis")
