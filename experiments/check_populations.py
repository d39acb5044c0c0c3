"""What is wrong with the populations of a scenario: markets elsewhere, tokens that a market does not list, shares that do not add up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from experiments.draft import Draft
from model.core.errors import Fault

_IN_MARKET: Final = ("collateral", "debt", "token", "borrows", "stable")
"""Parameters of who deals with one market that name tokens of it."""

_LISTS: Final = ("reserves", "collaterals", "vaults", "types")
"""Tables of markets whose keys are tokens."""


def check_for_populations_away_from_their_market(draft: Draft) -> Iterator[Fault]:
    """Who deals with a market acts on its chain; with a hub, on one of its spokes'."""
    for place, table, fields in _dealing(draft):
        market, chain = table.get("market"), table.get("chain", _default(fields, "chain"))
        if "chain" not in fields or not isinstance(market, str) or market not in draft.markets or chain not in draft.chains:
            continue
        spokes = draft.markets[market].table.get("spokes")
        there = {draft.markets[market].chain, *(spokes if isinstance(spokes, Mapping) else ())}
        if chain not in there:
            yield Fault(f"{place}.chain", f"{chain!r}, but {market} stands on {', '.join(sorted(map(str, there)))}", _one_of(there))


def check_for_tokens_that_a_market_does_not_list(draft: Draft) -> Iterator[Fault]:
    """What is supplied to a market, or borrowed from it, is listed there."""
    for place, table, fields in _dealing(draft):
        market = table.get("market")
        if not isinstance(market, str) or market not in draft.markets or draft.markets[market].kind is None:
            continue
        listed = draft.market_tokens(market) | {token for table in _LISTS for token in _keys(draft.markets[market].table.get(table))}
        for name in _IN_MARKET:
            token = table.get(name)
            if name in fields and isinstance(token, str) and token in draft.known_tokens() and listed and token not in listed:
                yield Fault(f"{place}.{name}", f"{token!r}, which {market} does not list", _one_of(listed))


def check_for_capital_of_other_chains(draft: Draft) -> Iterator[Fault]:
    """Capital is held in tokens of the chain that it is held on."""
    for name, placed in draft.agents.items():
        fields = placed.kind.Params.model_fields if placed.kind is not None else {}
        chain = placed.table.get("chain", _default(fields, "chain"))
        for token in _keys(placed.table.get("capital")) if "capital" in fields and chain in draft.chains else ():
            homes = draft.chains_of(token) if token in draft.tokens else set()
            if homes and chain not in homes:
                yield Fault(f"agents.{name}.capital.{token}", f"lives on {', '.join(sorted(homes))}", f"a token of {chain}")


def check_for_shares_of_pools_that_do_not_add_up(draft: Draft) -> Iterator[Fault]:
    """Providers of one pool hold no more of its genesis liquidity than all of it."""
    held: dict[str, list[tuple[str, float]]] = {}
    for name, placed in draft.agents.items():
        if placed.kind is not None and placed.kind.kind == "scheduled":
            venue, share = placed.table.get("venue"), placed.table.get("share", _default(placed.kind.Params.model_fields, "share"))
            if isinstance(venue, str) and isinstance(share, int | float):
                held.setdefault(venue, []).append((name, float(share)))
    for venue, shares in held.items():
        total = sum(share for _, share in shares)
        if total > 1.0 + 1e-9:
            found = f"{' + '.join(f'{name} {share:g}' for name, share in shares)} = {total:g} of {venue}"
            yield Fault(
                f"agents.{shares[-1][0]}.share", found, f"shares that do not add up to more than 1, here {1.0 - total + shares[-1][1]:g}"
            )


def _dealing(draft: Draft) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """(place, table, fields) of populations, and of the parts of one, that name a market."""
    for name, placed in draft.agents.items():
        fields = placed.kind.Params.model_fields if placed.kind is not None else {}
        if "market" in fields:
            yield f"agents.{name}", placed.table, fields
        parts = placed.table.get("tranches")
        for number, part in enumerate(parts if isinstance(parts, list | tuple) else ()):
            if isinstance(part, Mapping):
                yield f"agents.{name}.tranches.{number}", part, {"market": None, "chain": None, "token": None}


def _keys(table: Any) -> list[str]:
    return [key for key in table if isinstance(key, str)] if isinstance(table, Mapping) else []


def _default(fields: Mapping[str, Any], name: str) -> Any:
    info = fields.get(name)
    return None if info is None or info.is_required() else info.default


def _one_of(names: Iterable[Any]) -> str:
    return f"one of {', '.join(sorted(map(str, names)))}"


POPULATION_CHECKS: Final[tuple[Callable[[Draft], Iterable[Fault]], ...]] = (
    check_for_populations_away_from_their_market,
    check_for_tokens_that_a_market_does_not_list,
    check_for_capital_of_other_chains,
    check_for_shares_of_pools_that_do_not_add_up,
)
