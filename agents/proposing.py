"""How agents govern: directly, as a governor of the target, or through a timelock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from model.core.actions import Govern
from model.core.errors import BadInput, Fault
from model.world.governed import authorise, parameter
from model.world.timelock import Aim, Timelock
from model.world.world import World


def govern_action(target: str, changes: Mapping[str, Any], through: str | None = None) -> Govern:
    """The action that changes parameters (dotted place -> value) of a target, by way of a timelock where one is named."""
    listed = tuple(changes.items())
    return Govern(target=target, changes=listed) if through is None else Govern(target=through, changes=listed, terms=Aim(target))


def may_govern(world: World, population: str, account: int, target: str, places: Iterable[str], through: str | None) -> None:
    """Genesis: give an account of ``population`` the power that it needs, and see that what it would change is there.

    Raises:
        BadInput: a target without governors or parameters of that name, or a timelock that does not govern it.
    """
    block = f"agents.{population}"
    found = world.targets.get(target)
    if found is None:
        raise BadInput([Fault(f"{block}.target", repr(target), f"one of {', '.join(sorted(world.targets))}")])
    faults = []
    for place in places:
        try:
            parameter(found, place)
        except LookupError as error:
            faults.append(Fault(f"{block}.changes.{place}", "no such parameter", str(error.args[0])))
    lock = world.targets.get(through) if through is not None else None
    if through is None:
        try:
            authorise(world, target, account)
        except LookupError as error:
            faults.append(Fault(f"{block}.target", repr(target), f"something that is governed ({error.args[0]})"))
    elif not isinstance(lock, Timelock) or target not in lock.params.targets:
        locks = [one.name for one in world.all(Timelock) if target in one.params.targets]
        faults.append(Fault(f"{block}.through", repr(through), f"a timelock that governs {target}: {', '.join(locks) or 'there is none'}"))
    else:
        lock.proposers = (*lock.proposers, account)
    if faults:
        raise BadInput(faults)
