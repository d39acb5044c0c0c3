"""What is wrong with the timelocks of a scenario, and with shocks that never come: targets that are not there, no time to begin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from experiments.draft import Draft
from model.core.errors import Fault
from model.markets.base import Market


def check_for_unknown_governed_targets(draft: Draft) -> Iterator[Fault]:
    """A timelock governs markets, venues, feeds, bridges and claims of its own chain."""
    claims = [token for token in draft.tokens if draft.claim_of(token)]
    homes: dict[str, set[str | None]] = {name: {draft.tokens[name].chain} for name in claims}
    for section in (draft.markets, draft.venues, draft.feeds):
        homes |= {name: {placed.chain} for name, placed in section.items()}
    homes |= {name: set(draft.ends(name)) for name in draft.bridges}
    for name, placed in draft.governance.items():
        if placed.chain is not None and placed.chain not in draft.chains:
            yield Fault(f"governance.{name}.chain", repr(placed.chain), _one_of(draft.chains))
        listed = placed.table.get("targets")
        here = [target for target, chains in homes.items() if placed.chain in chains]
        for place, target in enumerate(listed if isinstance(listed, list | tuple) else []):
            kind = draft.markets[target].kind if target in draft.markets else None
            if kind is not None and issubclass(kind, Market) and "govern" not in kind.verbs:
                allowed = _one_of(other for other in here if other != target)
                yield Fault(f"governance.{name}.targets.{place}", f"{target!r} of kind {kind.kind}: {kind.ungoverned}", allowed)
            elif target not in here:
                found = f"{target!r} on {', '.join(map(str, homes[target]))}" if target in homes else repr(target)
                yield Fault(f"governance.{name}.targets.{place}", found, f"of {placed.chain}: {_one_of(here)}")


def check_for_shocks_without_a_time(draft: Draft) -> Iterator[Fault]:
    """A shock begins at a time or on a condition."""
    for name, placed in draft.shocks.items():
        if placed.kind is not None and all(placed.table.get(key) is None for key in ("at", "after", "when")):
            yield Fault(f"shocks.{name}", "neither at nor when", "a time (at, or after another shock) or a condition (when, level, side)")


def check_for_rings_of_shocks(draft: Draft) -> Iterator[Fault]:
    """No shock waits for itself by way of others."""
    follows = {name: placed.table.get("after") for name, placed in draft.shocks.items()}
    for name in follows:
        way, other = [name], follows[name]
        while isinstance(other, str) and other in follows and other not in way:
            way.append(other)
            other = follows[other]
        if other == name:
            yield Fault(f"shocks.{name}.after", " after ".join([*way, name]), "a shock that does not wait for this one")


def _one_of(names: Iterable[Any]) -> str:
    listed = sorted(map(str, names))
    return f"one of {', '.join(listed)}" if listed else "none are declared"


GOVERNANCE_CHECKS: Final[tuple[Callable[[Draft], Iterable[Fault]], ...]] = (
    check_for_unknown_governed_targets,
    check_for_shocks_without_a_time,
    check_for_rings_of_shocks,
)
