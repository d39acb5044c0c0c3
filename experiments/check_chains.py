"""What is wrong with the chains of a scenario: gas without a price, blocks that nothing fits into, lanes that do not exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from experiments.draft import Draft
from model.core.errors import Fault
from model.world.chain import GAS, ChainParams


def check_for_unpriced_gas(draft: Draft) -> Iterator[Fault]:
    """Gas is paid in a token with a price, so that fees have a value: a true one, that of a venue, or that of a claim's backing."""
    traded = {token for name in draft.venues for token in draft.venue_tokens(name)}
    priced = {*draft.prices, *traded, *(token for token in draft.tokens if draft.claim_of(token))}
    for name, table in draft.chains.items():
        token = table.get("gas_token", ChainParams.model_fields["gas_token"].default)
        if isinstance(token, str) and token not in priced:
            allowed = f"prices.{token}, a venue that trades it, or one of {', '.join(sorted(priced)) or 'none'}"
            yield Fault(f"chains.{name}.gas_token", f"{token!r}, which has no price", allowed)


def check_for_blocks_that_nothing_fits_into(draft: Draft) -> Iterator[Fault]:
    """A block holds at least the smallest transaction that its feeds depend on: one post."""
    for name, table in draft.chains.items():
        needed, block = _gas(table, "post"), _number(table, "block_gas")
        if needed is not None and block is not None and 0.0 < block < needed:
            yield Fault(f"chains.{name}.block_gas", f"{block:g}", f">= {needed:g}, the gas of a transaction with one post")


def warn_of_blocks_too_small_for_some(draft: Draft) -> Iterator[Fault]:
    """A verb that fits into no block of its chain is never executed there."""
    for name, table in draft.chains.items():
        block = _number(table, "block_gas")
        large = [verb for verb in GAS if (needed := _gas(table, verb)) is not None and block is not None and needed > block]
        if large and "post" not in large:
            yield Fault(f"chains.{name}.block_gas", f"{block:g}, too little for {', '.join(large)}", "gas for every verb")


def warn_of_lanes_that_do_not_exist(draft: Draft) -> Iterator[Fault]:
    """The price of an express lane counts where ordinary transactions are held back behind one."""
    for name, table in draft.chains.items():
        ordering = table.get("ordering")
        if isinstance(ordering, Mapping) and ordering.get("express_price") and not ordering.get("express_advantage"):
            found = "0 beside an express_price: there is no lane"
            yield Fault(f"chains.{name}.ordering.express_advantage", found, "seconds above 0, or no express_price")


def _gas(table: Mapping[str, Any], verb: str) -> float | None:
    """Gas of a transaction with one verb, None where it is not written as numbers."""
    given = table.get("gas", {})
    of_verb = given.get(verb, GAS[verb]) if isinstance(given, Mapping) else None
    base = _number(table, "transaction_gas")
    return base + of_verb if base is not None and isinstance(of_verb, int | float) else None


def _number(table: Mapping[str, Any], name: str) -> float | None:
    value = table.get(name, ChainParams.model_fields[name].default)
    return float(value) if isinstance(value, int | float) else None


CHAIN_CHECKS: Final[tuple[Callable[[Draft], Iterable[Fault]], ...]] = (
    check_for_unpriced_gas,
    check_for_blocks_that_nothing_fits_into,
)
CHAIN_WARNINGS: Final[tuple[Callable[[Draft], Iterable[Fault]], ...]] = (
    warn_of_blocks_too_small_for_some,
    warn_of_lanes_that_do_not_exist,
)
