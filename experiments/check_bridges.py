"""What is wrong with the bridges of a scenario: unknown chains and tokens, a token bridged to itself, forms that live elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from experiments.draft import Draft
from model.core.errors import Fault


def check_for_unknown_bridged_chains(draft: Draft) -> Iterator[Fault]:
    """A bridge stands between chains of the scenario."""
    for name, placed in draft.bridges.items():
        home = placed.table.get("home")
        ends = draft.ends(name)
        if isinstance(home, str) and home not in draft.chains:
            yield Fault(f"bridges.{name}.home", f"{' -> '.join(ends)}: no chain {home!r}", _one_of(draft.chains))
        for chain in _table(placed.table.get("forms")):
            if chain not in draft.chains:
                yield Fault(f"bridges.{name}.forms.{chain}", f"{home} -> {chain}: no chain {chain!r}", _one_of(draft.chains))


def check_for_tokens_bridged_to_themselves(draft: Draft) -> Iterator[Fault]:
    """A bridge leads away from home."""
    for name, placed in draft.bridges.items():
        home, token, forms = placed.table.get("home"), placed.table.get("token"), _table(placed.table.get("forms"))
        if isinstance(home, str) and home in forms:
            path = f"{token} on {home} -> {forms[home]} on {home}"
            yield Fault(f"bridges.{name}.forms.{home}", path, _one_of(set(draft.chains) - {home}))


def check_for_unknown_bridged_tokens(draft: Draft) -> Iterator[Fault]:
    """A bridge carries tokens of the scenario from the chain that they live on; a claim to the chain that it lives on."""
    for name, placed in draft.bridges.items():
        known, home = draft.known_tokens(), placed.table.get("home")
        for chain, token in draft.ends(name).items():
            place = f"bridges.{name}.token" if chain == home else f"bridges.{name}.forms.{chain}"
            settled = bool(draft.claim_of(token)) or (chain == home and token in draft.tokens)
            lives = draft.tokens[token].chain if settled else None
            if token not in known:
                yield Fault(place, repr(token), _one_of(known))
            elif lives is not None and lives != chain and chain in draft.chains:
                yield Fault(place, f"{token} lives on {lives}", f"a token of {chain}")


def check_for_what_a_bridge_cannot_carry(draft: Draft) -> Iterator[Fault]:
    """A bridge that locks needs tokens whose balances stand still; one that burns, tokens without backing of their own."""
    for name, placed in draft.bridges.items():
        ends = draft.ends(name)
        kind = placed.table.get("kind")
        under = draft.claim_of(next(iter(ends.values()), ""))
        for chain, token in ends.items():
            claim = draft.claim_of(token)
            locks = kind in ("lock_and_mint", "canonical") and chain != placed.table.get("home")
            place = f"bridges.{name}.token" if chain == placed.table.get("home") else f"bridges.{name}.forms.{chain}"
            if claim.get("kind") == "staked" and claim.get("rebases", True):
                yield Fault(place, f"{token}, whose balances are rebased", "its wrapped form (a claim of kind wrapped)")
            elif locks and under and claim.get("kind") != "bridged":
                yield Fault(place, f"{token}, a form of a claim, but no claim itself", "its own token, a claim of kind bridged")
            elif (kind == "burn_and_mint") and (others := _lockers(draft, chain, token)):
                yield Fault(
                    place, f"{token}, which bridge {others[0]} locks or mints", "a token that only bridges which burn, or pools, carry"
                )
            elif claim and kind == "burn_and_mint":
                yield Fault(place, f"{token}, a claim: burning it would leave its backing behind", "a native token, or kind lock_and_mint")


def check_for_bridge_parameters(draft: Draft) -> Iterator[Fault]:
    """Chains that parameters name are the bridge's own; the slow bridge of solvers carries the same tokens."""
    for name, placed in draft.bridges.items():
        ends = draft.ends(name)
        for key in ("delays", "finality", "reserves", "inventory"):
            for chain in _table(placed.table.get(key)):
                if chain not in ends:
                    yield Fault(f"bridges.{name}.{key}.{chain}", repr(chain), _one_of(ends))
        loss_chain = placed.table.get("loss_chain")
        if (placed.table.get("loss") == "chain" or loss_chain is not None) and loss_chain not in list(ends)[1:]:
            yield Fault(f"bridges.{name}.loss_chain", repr(loss_chain), _one_of(list(ends)[1:]))
        via = placed.table.get("via")
        if isinstance(via, str):
            same = [other for other in draft.bridges if other != name and draft.ends(other).items() >= ends.items()]
            slow = [other for other in same if _via(draft, other) is None]
            if via in draft.bridges and _via(draft, via) is not None:
                yield Fault(
                    f"bridges.{name}.via", " -> ".join(_path(draft, name)), f"a bridge that is not solvers' itself: {_one_of(slow)}"
                )
            elif via not in slow:
                yield Fault(f"bridges.{name}.via", repr(via), f"a bridge that carries the same tokens: {_one_of(slow)}")


def check_for_waits_without_end(draft: Draft) -> Iterator[Fault]:
    """Who waits for a rate limit waits for it to refill."""
    for name, placed in draft.bridges.items():
        table = placed.table
        if table.get("over_limit") == "wait" and table.get("limit") is not None and not table.get("limit_refill", 0.0):
            found = f"0 tokens a day, with over_limit = 'wait' and a limit of {table['limit']}"
            yield Fault(f"bridges.{name}.limit_refill", found, "a rate above 0, or over_limit = 'refuse'")


def warn_of_bridges_that_carry_nothing(draft: Draft) -> Iterator[Fault]:
    """A pool or an inventory that is empty pays nobody, and cover of nothing insures nothing."""
    for name, placed in draft.bridges.items():
        kind, table = placed.table.get("kind"), placed.table
        for held, of in (("reserves", "liquidity"), ("inventory", "solvers")):
            if kind == of and not any(_table(table.get(held)).values()):
                yield Fault(f"bridges.{name}.{held}", "nothing on any chain", f"{held} to pay from, by chain")
        if table.get("loss") == "insured" and not table.get("cover"):
            yield Fault(f"bridges.{name}.cover", "0 under the rule insured: the forms bear it all", "a cover above 0")


def _via(draft: Draft, bridge: str) -> str | None:
    via = draft.bridges[bridge].table.get("via")
    return via if isinstance(via, str) else None


def _path(draft: Draft, bridge: str) -> list[str]:
    """Names along ``via``, until a bridge without one or one that has been named."""
    path, ahead = [bridge], _via(draft, bridge)
    while ahead is not None and ahead not in path:
        path.append(ahead)
        ahead = _via(draft, ahead) if ahead in draft.bridges else None
    return path if ahead is None else [*path, ahead]


def _lockers(draft: Draft, chain: str, token: str) -> list[str]:
    """Bridges that lock or mint a token on a chain."""
    kinds = ("lock_and_mint", "canonical")
    return [name for name, placed in draft.bridges.items() if placed.table.get("kind") in kinds and draft.ends(name).get(chain) == token]


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _one_of(names: Iterable[str]) -> str:
    listed = sorted(names)
    return f"one of {', '.join(listed)}" if listed else "none are declared"


BRIDGE_CHECKS: Final[tuple[Callable[[Draft], Iterable[Fault]], ...]] = (
    check_for_unknown_bridged_chains,
    check_for_tokens_bridged_to_themselves,
    check_for_unknown_bridged_tokens,
    check_for_what_a_bridge_cannot_carry,
    check_for_bridge_parameters,
    check_for_waits_without_end,
)
BRIDGE_WARNINGS: Final[tuple[Callable[[Draft], Iterable[Fault]], ...]] = (warn_of_bridges_that_carry_nothing,)
