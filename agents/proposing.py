"""How agents govern: directly, as a governor of the target, or through a timelock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from model.core.actions import Govern
from model.core.errors import BadInput, Fault
from model.world.governed import authorise, parameter, why_refused
from model.world.target import Target
from model.world.timelock import Aim, Timelock
from model.world.world import World


def govern_action(target: str, changes: Mapping[str, Any], through: str | None = None) -> Govern:
    """The action that changes parameters (dotted place -> value) of a target, by way of a timelock where one is named."""
    listed = tuple(changes.items())
    return Govern(target=target, changes=listed) if through is None else Govern(target=through, changes=listed, terms=Aim(target))


def may_govern(
    world: World, population: str, account: int, chain: str, target: str, changes: Mapping[str, Any] | Iterable[str], through: str | None
) -> None:
    """Genesis: give an account of ``population``, which acts on ``chain``, the power that it needs, and see that what it would change can
    be changed: places alone have to be there, places with values are tried on the parameters as they stand.

    Raises:
        BadInput: no such target, one that is not governed or that cannot be reached from the chain, a timelock that does not govern it, no
            such parameter, a value that would be refused.
    """
    block = f"agents.{population}"
    found = world.targets.get(target)
    if found is None:
        raise BadInput([Fault(f"{block}.target", repr(target), f"one of {', '.join(sorted(world.targets))}")])
    faults = [*_faults_of_way(world, block, found, chain, through)]
    if not faults:
        governor = account
        if through is None:
            authorise(world, target, account)
        else:
            lock = world.targets[through]
            assert isinstance(lock, Timelock)
            lock.proposers = (*lock.proposers, account)
            governor = lock.account
        faults = [*_faults_of_changes(world, block, found, governor, changes)]
    if faults:
        raise BadInput(faults)


def _faults_of_way(world: World, block: str, found: Target, chain: str, through: str | None) -> Iterator[Fault]:
    if "govern" not in found.verbs:
        yield Fault(f"{block}.target", repr(found.name), f"something that is governed ({found.name}: {found.ungoverned})")
        return
    lock = world.targets.get(through) if through is not None else None
    reached: Target = found
    if through is not None:
        if not isinstance(lock, Timelock) or found.name not in lock.params.targets:
            locks = [one.name for one in world.all(Timelock) if found.name in one.params.targets]
            allowed = f"a timelock that governs {found.name}: {', '.join(locks) or 'there is none'}"
            yield Fault(f"{block}.through", repr(through), allowed)
            return
        reached = lock
    if chain not in reached.chains:
        yield Fault(f"{block}.chain", repr(chain), f"a chain from which {reached.name} is reached: {', '.join(reached.chains)}")


def _faults_of_changes(
    world: World, block: str, found: Target, governor: int, changes: Mapping[str, Any] | Iterable[str]
) -> Iterator[Fault]:
    missing = False
    for place in changes:
        try:
            parameter(found, place)
        except LookupError as error:
            missing = True
            yield Fault(f"{block}.changes.{place}", "no such parameter", str(error.args[0]))
    if isinstance(changes, Mapping) and not missing:
        reason = why_refused(world, found.name, governor, changes)
        if reason is not None:
            told = ", ".join(f"{place} = {value!r}" for place, value in changes.items())
            yield Fault(f"{block}.changes", told, f"what {found.name} would take as it stands at the start ({reason})")
