"""What stands on the feeds: which markets read which of them for what, and the debt that a wrong feed leaves uncovered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from model.core.choice import Choice
from model.markets.base import Market
from model.network.books import Books
from model.world.board import PriceFeed


def feeds_of(params: Any) -> Iterator[tuple[str, str]]:
    """(dotted place, feed) of every parameter whose unit is ``feed``, at any depth."""
    if isinstance(params, Choice):
        yield from feeds_of(params.params)
    elif isinstance(params, Mapping):
        for key, inner in params.items():
            for place, name in feeds_of(inner):
                yield f"{key}.{place}", name
    elif isinstance(params, BaseModel):
        for key, info in type(params).model_fields.items():
            value, extra = getattr(params, key), info.json_schema_extra
            if isinstance(value, str) and isinstance(extra, dict) and extra.get("unit") == "feed":
                yield key, value
            elif isinstance(value, BaseModel | Mapping | Choice):
                for place, name in feeds_of(value):
                    yield f"{key}.{place}", name


def priced(books: Books) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(market, feed, tokens by chain that it prices). A feed that a market states for no token in particular prices the collateral, which
    cannot be borrowed there; the loan where it is the ``loan_feed``, or where every collateral has a feed of its own.
    """
    for market in books.world.all(Market):
        totals, found = market.totals(), list(feeds_of(market.params))
        loans = [token for token, row in totals.items() if "borrowed" in row]
        named = any(token in place.split(".") for place, _ in found for token in totals)
        for place, feed in found:
            parts = place.split(".")
            listed = [token for token in totals if token in parts]
            if not listed:
                loan = named or parts[-1] == "loan_feed"
                listed = loans if loan else [token for token in totals if token not in loans] or loans
            chain = next((part for part in parts if part in market.chains), market.chain)
            yield market.name, feed, tuple(books.forms.name(chain, token) for token in listed)


def collateral_at(books: Books, market: str, tokens: tuple[str, ...]) -> dict[str, float]:
    """Tokens that accounts with debt have in a market."""
    sums: dict[str, float] = {}
    for position in books.positions:
        if position.market == market and position.debts:
            for token in tokens:
                if (amount := position.deposits.get(token, 0.0)) > 0.0:
                    sums[token] = sums.get(token, 0.0) + amount
    return sums


def readers(books: Books, feed: str) -> set[str]:
    """A feed and all feeds that read it, directly or through others."""
    found, before = {feed}, 0
    while len(found) > before:
        before = len(found)
        for other in books.world.all(PriceFeed):
            read = {source.partition(":")[2].partition(" ")[0] for source in other.mechanism.sources() if source.startswith("feed:")}
            if read & found:
                found.add(other.name)
    return found


def loss_by_error(books: Books, feed: str, error: float) -> float:
    """Debt (USD) that is left uncovered where a feed, and all that read it, are wrong by ``error`` (a share) against the lenders and nobody
    is liquidated for it: the collateral that they price is worth so much less, or the debt so much more, whichever loses more. Debt
    that is uncovered anyhow is not counted.

    Raises:
        ValueError: an error outside 0 to 1.
    """
    if not 0.0 <= error <= 1.0:
        raise ValueError(f"error {error}: allowed are shares from 0 to 1")
    wrong = readers(books, feed)
    said: dict[str, set[str]] = {}
    for market, name, tokens in priced(books):
        if name in wrong:
            said.setdefault(market, set()).update(tokens)
    usd = books.valuation.usd
    short = dear = 0.0
    for position in books.positions:
        stated = said.get(position.market)
        if stated and position.debts:
            held, owed = books.valuation.value(position.deposits), books.valuation.value(position.debts)
            less = error * sum(amount * usd(token) for token, amount in position.deposits.items() if token in stated)
            more = error * sum(amount * usd(token) for token, amount in position.debts.items() if token in stated)
            already = max(owed - held, 0.0)
            short += max(owed - held + less, 0.0) - already
            dear += max(owed - held + more, 0.0) - already
    return max(short, dear)
