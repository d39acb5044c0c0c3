"""What is wrong with the conditions that shocks and guardians wait for: quantities that cannot be read in this scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from experiments.check_shocks import lent, traded
from experiments.draft import Draft
from model.bridges.base import Bridge
from model.core.errors import Fault
from model.core.registry import Plugin
from model.markets.base import Market
from model.quantities import QUANTITIES


def check_for_unreadable_conditions(draft: Draft) -> Iterator[Fault]:
    """A shock or a guardian that waits for a quantity waits for one that can be read: ``utilisation:aave usdc``, ``price:eth``."""
    for section, entries in (("shocks", draft.shocks), ("agents", draft.agents)):
        for name, placed in entries.items():
            fields = placed.kind.Params.model_fields if placed.kind is not None else {}
            found = {"when": placed.table.get("when")} if "when" in fields else {}
            cautions = placed.table.get("cautions") if "cautions" in fields else None
            for market, caution in cautions.items() if isinstance(cautions, Mapping) else ():
                found[f"cautions.{market}.when"] = caution.get("when") if isinstance(caution, Mapping) else None
            for place, text in found.items():
                allowed = why_unreadable(draft, text) if isinstance(text, str) else None
                if allowed is not None:
                    yield Fault(f"{section}.{name}.{place}", repr(text), allowed)


def why_unreadable(draft: Draft, text: str) -> str | None:
    """What would be allowed in place of a quantity that cannot be read; None where it can."""
    quantity, _, rest = text.partition(":")
    if quantity not in QUANTITIES:
        return f"{_one_of(QUANTITIES)}, then a colon and what it is of"
    claims = [token for token in draft.tokens if draft.claim_of(token)]
    single: Mapping[str, Iterable[str]] = {
        "deviation": draft.feeds, "feed": draft.feeds, "price": draft.prices, "impairment": claims, "gas": draft.chains,
        "bad_debt": draft.markets, "lowest_health": [name for name, placed in draft.markets.items() if _has_rows(placed.kind)],
        "hole": [name for name, placed in draft.bridges.items() if _can_have_a_hole(placed.kind)],
    }  # fmt: skip
    if quantity in single:
        return None if rest in set(single[quantity]) else f"{quantity}: {_one_of(single[quantity])}"
    if quantity in ("utilisation", "payable", "carry"):
        return _of_a_market(draft, quantity, rest, claims)
    if quantity == "spread":
        parts = rest.split(" ")
        pairs = list(zip(parts[::2], parts[1::2], strict=False))
        whole = len(parts) == 4 and all(_trades(draft, venue, pair.split("/")) for venue, pair in pairs)
        return None if whole else f"spread:<venue> <token>/<token> <venue> <token>/<token>, venues: {_one_of(draft.venues)}"
    name, _, pair = rest.partition(" ")
    tokens = pair.split("/")
    if quantity == "gap":
        whole = len(tokens) == 3 and _trades(draft, name, tokens[:2]) and _trades(draft, tokens[2], tokens[:2])
        return None if whole else f"gap:<venue> <token>/<token>/<book>, venues: {_one_of(draft.venues)}"
    whole = _trades(draft, name, tokens) and tokens[0] in claims
    return None if whole else f"discount:<venue> <claim>/<backing>, venues: {_one_of(draft.venues)}; claims: {_one_of(claims)}"


def _of_a_market(draft: Draft, quantity: str, rest: str, claims: list[str]) -> str | None:
    name, _, tokens = rest.partition(" ")
    if name not in draft.markets:
        return f"{quantity}: {_one_of(draft.markets)}"
    lends = lent(draft, name)
    if quantity != "carry":
        lends.extend(_on_spokes(draft.markets[name].table) if quantity == "utilisation" else ())
        return None if tokens in lends else f"{quantity}:{name} {_one_of(lends)}"
    claim, _, token = tokens.partition("/")
    whole = claim in claims and claim in _named(draft.markets[name].table) and token in lends
    return None if whole else f"carry:{name} <claim>/<token>, claims: {_one_of(claims)}; tokens: {_one_of(lends)}"


def _can_have_a_hole(kind: type[Plugin] | None) -> bool:
    """Whether a bridge locks what stands behind its forms, so that some of it can be missing."""
    return kind is not None and issubclass(kind, Bridge) and "allocate_loss" in kind.failures


def _has_rows(kind: type[Plugin] | None) -> bool:
    """Whether somebody borrows there."""
    return kind is not None and issubclass(kind, Market) and "borrow" in kind.verbs


def _on_spokes(table: Mapping[str, Any]) -> list[str]:
    """``token@chain`` of the tokens of a hub."""
    spokes = table.get("spokes")
    pairs = spokes.items() if isinstance(spokes, Mapping) else ()
    assets = {chain: spoke.get("assets") for chain, spoke in pairs if isinstance(spoke, Mapping)}
    return [f"{token}@{chain}" for chain, tokens in assets.items() if isinstance(tokens, Mapping) for token in tokens]


def _trades(draft: Draft, venue: str, tokens: list[str]) -> bool:
    """Whether two different tokens trade on a venue."""
    return len(set(tokens)) == 2 and set(tokens) <= set(traded(draft, venue))


def _named(table: Any) -> set[str]:
    """Every name in a market's table, keys included."""
    if isinstance(table, str):
        return {table}
    if isinstance(table, Mapping):
        return {str(key) for key in table}.union(*map(_named, table.values()))
    return set().union(*map(_named, table)) if isinstance(table, list | tuple) else set()


def _one_of(names: Iterable[Any]) -> str:
    listed = sorted(map(str, names))
    return f"one of {', '.join(listed)}" if listed else "none are declared"


CONDITION_CHECKS: Final[tuple[Callable[[Draft], Iterable[Fault]], ...]] = (check_for_unreadable_conditions,)
