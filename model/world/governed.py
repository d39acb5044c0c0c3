"""What governance reads and reaches: the parameters of a target, by dotted place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.core.actions import Govern
from model.core.errors import Refused
from model.core.params import Params
from model.world.target import Call, Target
from model.world.world import World


def params_of(target: Target) -> Params | None:
    """The frozen parameters of a market, venue, feed, bridge or claim; None of what has none."""
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
    if found is None:
        raise LookupError(f"there is no {target}")
    if "govern" not in found.verbs:
        raise LookupError(f"{target}: {found.ungoverned}")
    if not hasattr(found, "governors"):
        raise LookupError(f"{target} has no governors")
    if account not in found.governors:
        found.governors = (*found.governors, account)


def why_refused(world: World, target: str, account: int, changes: Mapping[str, Any]) -> str | None:
    """Why ``account`` could not make these changes (dotted place -> value) as the target stands now; None where it could.

    They are made and taken back. What only time forbids, a ramp that follows another too soon, is no reason.
    """
    found = world.targets[target]
    call = Call(world, found.chain, account, world.clock.now)
    world.journal.begin()
    try:
        found.perform(call, Govern(target=target, changes=tuple(changes.items())))
    except Refused as refused:
        return None if refused.reason == "ramp_too_soon" else f"{refused.reason}: {refused.detail}"
    finally:
        world.journal.revert()
    return None
