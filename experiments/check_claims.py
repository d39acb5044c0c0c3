"""What is wrong with the claims of a scenario: rings, unknown backing, backing on another chain, more standing on a token than there is;
what claims on the same stake say of its exit queue is checked in ``shared_queues``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from experiments.draft import Draft
from experiments.shared_queues import check_for_exit_queues_that_disagree
from model.claims.graph import cycles
from model.core.errors import Fault

_ACROSS: Final = frozenset({"bridged", "synthetic"})
"""Kinds whose backing stands on another chain."""


def check_for_unknown_backing(draft: Draft) -> Iterator[Fault]:
    """What stands behind a claim is a token of the scenario, and not the claim itself. Shares are not: they are there after all claims."""
    known = draft.known_tokens() - set(draft.shares())
    for token in draft.tokens:
        for name in draft.backing_of(token):
            if name not in known or name == token:
                shown = repr(name) if name != token else f"{token} -> {token}"
                yield Fault(f"tokens.{token}.claim.backing", shown, f"one of {', '.join(sorted(known - {token}))}")


def check_for_rings_of_claims(draft: Draft) -> Iterator[Fault]:
    """No claim stands on itself by way of others, nor by way of bridges; no share on itself by way of other shares."""
    graph: dict[str, dict[str, float]] = {name: dict.fromkeys(draft.behind_share(name), 1.0) for name in draft.shares()}
    for token in draft.tokens:
        for under in draft.backing_of(token):
            if under != token:
                graph.setdefault(_node(draft, token), {})[_node(draft, under)] = 1.0
    for bridge in draft.bridges:
        if _mints(draft, bridge):
            (home, token), *forms = list(draft.ends(bridge).items()) or [("", "")]
            for chain, form in forms:
                graph.setdefault(f"{form} on {chain}", {})[f"{token} on {home}"] = 1.0
    for path in cycles(graph):
        name = path[0].partition(" on ")[0]
        place = f"tokens.{name}.claim.backing" if draft.claim_of(name) else f"tokens.{name}"
        if name in draft.shares():
            place = f"venues.{name}.tokens" if name in draft.venues else f"markets.{name}.token"
        yield Fault(place, " -> ".join(path), "claims and bridged forms that do not stand on themselves")


def check_for_backing_elsewhere(draft: Draft) -> Iterator[Fault]:
    """A claim stands on tokens of its own chain; a synthetic one may have collateral elsewhere, a bridged form has its bridge."""
    for token, placed in draft.tokens.items():
        if draft.claim_of(token).get("kind") in _ACROSS:
            continue
        for under in draft.backing_of(token):
            homes = draft.chains_of(under) & set(draft.chains) if under in draft.tokens else set()
            if homes and placed.chain in draft.chains and placed.chain not in homes:
                path = f"{token} on {placed.chain} -> {under} on {', '.join(sorted(homes))}"
                yield Fault(f"tokens.{token}.claim.backing", path, f"a token of {placed.chain}, or a bridge that brings {under} there")


def check_for_forms_without_a_bridge(draft: Draft) -> Iterator[Fault]:
    """A bridged form is brought by exactly one bridge, which locks what it stands on."""
    for token, placed in draft.tokens.items():
        if draft.claim_of(token).get("kind") != "bridged":
            continue
        place = f"tokens.{token}.claim"
        bringing = [name for name in draft.bridges if _mints(draft, name) and (placed.chain, token) in list(draft.ends(name).items())[1:]]
        if len(bringing) != 1:
            found = f"bridges {', '.join(bringing)}" if bringing else f"{token} on {placed.chain} -> no bridge"
            yield Fault(place, found, f"one bridge of kind lock_and_mint or canonical with {token} among its forms on {placed.chain}")
        for name in bringing:
            locked = next(iter(draft.ends(name).values()))
            if draft.backing_of(token) != [locked]:
                found = f"{token} -> {', '.join(draft.backing_of(token))}, but bridge {name} locks {locked}"
                yield Fault(f"{place}.backing", found, repr(locked))


def check_for_overdrawn_backing(draft: Draft) -> Iterator[Fault]:
    """At genesis no more stands on a claim than there is of it."""
    standing: dict[str, list[tuple[str, float]]] = {}
    for token, placed in draft.tokens.items():
        by_value = draft.claim_of(token).get("kind") == "synthetic"
        supply, rate = placed.table.get("supply", 0.0), placed.table.get("rate", 0.0 if by_value else 1.0)
        if draft.claim_of(token) and isinstance(supply, int | float) and isinstance(rate, int | float):
            for under in draft.backing_of(token):
                standing.setdefault(under, []).append((token, float(supply) * float(rate)))
    for under, above in standing.items():
        supply = draft.tokens[under].table.get("supply", 0.0) if under in draft.tokens else None
        needed = sum(amount for _, amount in above)
        if draft.claim_of(under) and isinstance(supply, int | float) and needed > supply * (1.0 + 1e-9):
            names = ", ".join(f"{token} ({amount:.6g})" for token, amount in above)
            yield Fault(f"tokens.{under}.supply", f"{supply:.6g}, on which stand {names}", f">= {needed:.6g}")


def check_for_claims_without_a_value(draft: Draft) -> Iterator[Fault]:
    """What is minted by value, or stands on several tokens, is valued by true prices: those of its backing, or of what that stands on."""
    for token in draft.tokens:
        under, kind = draft.backing_of(token), draft.claim_of(token).get("kind")
        if len(under) < 2 and kind != "synthetic":
            continue
        for name in under:
            if name in draft.known_tokens() and not _valued(draft, name, {token}):
                yield Fault(f"tokens.{token}.claim", f"stands on {name}, which has no true price", f"prices.{name}, or backing with one")
        tracked = draft.claim_of(token).get("tracks", "usd")
        if kind == "synthetic" and isinstance(tracked, str) and tracked != "usd" and not _valued(draft, tracked, {token}):
            yield Fault(
                f"tokens.{token}.claim.tracks", f"{tracked!r}, which has no true price", f"usd, or one of {', '.join(draft.prices)}"
            )


def check_for_holders_that_are_not_admitted(draft: Draft) -> Iterator[Fault]:
    """Venues and markets hold a token that only the admitted may hold only if they are among them."""
    for token in draft.tokens:
        admitted = draft.claim_of(token).get("admitted")
        if not isinstance(admitted, list | tuple):
            continue
        holding = [(f"venues.{name}.tokens", f"venue {name}") for name in draft.venues if token in draft.venue_tokens(name)]
        holding += [
            (f"venues.{name}.reserves.{token}", f"providers of {name}")
            for name, venue in draft.venues.items()
            if token in venue.table.get("reserves", ())
        ]
        holding += [(f"markets.{name}", f"market {name}") for name in draft.markets if token in draft.market_tokens(name)]
        for place, holder in holding:
            if holder not in admitted:
                yield Fault(place, f"{token}, which {holder!r} may not hold", f"{holder!r} in tokens.{token}.claim.admitted")


def _valued(draft: Draft, token: str, above: set[str]) -> bool:
    """Whether a token has a true price or stands on tokens that have one; a ring has none."""
    if token in draft.prices:
        return True
    under = draft.backing_of(token)
    return bool(under) and not above & set(under) and all(_valued(draft, name, above | {token}) for name in under)


def _mints(draft: Draft, bridge: str) -> bool:
    """Whether a bridge locks a token and mints forms of it."""
    return draft.bridges[bridge].table.get("kind") in ("lock_and_mint", "canonical") and len(draft.ends(bridge)) > 1


def _node(draft: Draft, token: str) -> str:
    home = draft.tokens[token].chain if token in draft.tokens else None
    return f"{token} on {home}" if home else token


CLAIM_CHECKS: Final[tuple[Callable[[Draft], Iterable[Fault]], ...]] = (
    check_for_unknown_backing,
    check_for_rings_of_claims,
    check_for_backing_elsewhere,
    check_for_forms_without_a_bridge,
    check_for_overdrawn_backing,
    check_for_exit_queues_that_disagree,
    check_for_claims_without_a_value,
    check_for_holders_that_are_not_admitted,
)
