"""Governance of a pooled market: frozen parameters, replaced by a revalidated copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model.core.actions import Govern
from model.core.errors import BadInput, Refused
from model.markets.pooled_params import PooledParams

if TYPE_CHECKING:
    from model.markets.pooled import Pooled
    from model.world.target import Call


def govern(market: Pooled, call: Call, action: Govern) -> float:
    """Replace parameters at dotted places; returns how many changed. Reserves that change are accrued under their old rules first.

    Raises:
        Refused: ``not_a_governor``; ``invalid_parameters`` for unknown places and impossible values, for a change of the numeraire, and
            where a token without a debt column is made borrowable.
    """
    if market.governors and call.sender not in market.governors:
        raise Refused("not_a_governor", market.world.accounts.name(call.sender))
    raw = market.params.model_dump()
    before = {place: _put(raw, place, value) for place, value in action.changes}
    try:
        params = PooledParams.read(raw, market.name)
    except BadInput as error:
        raise Refused("invalid_parameters", str(error)) from None
    _check_columns(market, params)
    touched = [token for token, reserve in market.reserves.items() if params.reserves[token] != reserve.params]
    for token in touched:
        market.accrue(market.reserves[token])
    if params.rules != market.params.rules:
        market.rules = params.rules.make()
    market.params = params
    market.emodes = dict(params.emodes)
    for token in touched:
        market.reserves[token].replace_params(params.reserves[token])
        market.set_rates(market.reserves[token])
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


def _check_columns(market: Pooled, params: PooledParams) -> None:
    if params.numeraire != market.numeraire or list(params.emodes) != list(market.emodes):
        raise Refused("invalid_parameters", "the numeraire and the list of e-modes are fixed at genesis")
    for token, reserve in params.reserves.items():
        if reserve.borrowable and not market.lends(token):
            raise Refused("invalid_parameters", f"{token} was not borrowable at genesis")
