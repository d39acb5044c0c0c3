"""What governance reads and reaches: the parameters of a target, by dotted place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.core.params import Params
from model.world.target import Target
from model.world.world import World


def params_of(target: Target) -> Params | None:
    """The frozen parameters of a market, venue, bridge or claim; None of what has none."""
    found = getattr(target, "params", None)
    if found is None:
        found = getattr(getattr(target, "mechanism", None), "params", None)
    return found if isinstance(found, Params) else None


def parameter(target: Target, place: str) -> Any:
    """Value at a dotted place (``reserves.steth.frozen``) in the form in which it is written.

    Raises:
        LookupError: nothing stands there; names what does.
    """
    params = params_of(target)
    inner: Any = {} if params is None else params.model_dump()
    for name in place.split("."):
        if not isinstance(inner, Mapping) or name not in inner:
            known = ", ".join(sorted(map(str, inner))) if isinstance(inner, Mapping) and inner else "nothing"
            raise LookupError(f"one of {known} (at {name!r})")
        inner = inner[name]
    return inner


def authorise(world: World, target: str, account: int) -> None:
    """Genesis: let ``account`` govern a target, beside whoever may already. A target that anybody could govern is closed by this.

    Raises:
        LookupError: no such target, or one that is not governed.
    """
    found: Any = world.targets.get(target)
    if found is None or not hasattr(found, "governors"):
        raise LookupError(f"{target} has no governors")
    if account not in found.governors:
        found.governors = (*found.governors, account)
