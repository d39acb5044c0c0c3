"""Outcomes of a run on lenders: what can be had at once, and what has left, over all markets in USD."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from model.ecosystem import Ecosystem
from model.markets.base import Market
from model.markets.pooled import Pooled
from model.outcomes import Outcome

_SIGNS = {"withdraw": 1.0, "supply": -1.0}


def flow_outcomes(model: Ecosystem) -> Iterator[Outcome]:
    """Liquidity and flows of what lenders supply; none where there is no market."""
    if not model.markets:
        return
    yield Outcome("available_liquidity_value", "USD", "cash of all reserves that can be borrowed, over all markets", _available, "higher")
    yield Outcome("deposits_value", "USD", "owed to suppliers of all reserves, over all markets", _deposits)
    yield Outcome("withdrawn_value", "USD", "withdrawn from markets so far, at the price of the time", _flow({"withdraw": 1.0}), "lower")
    yield Outcome("net_withdrawn_value", "USD", "withdrawn less supplied so far, at the price of the time", _flow(_SIGNS), "lower")


def _available(model: Ecosystem) -> float:
    total = 0.0
    for market in model.markets:
        for token, totals in market.totals().items():
            if market.lends(token) if isinstance(market, Pooled) else "borrowed" in totals:
                total += totals.get("cash", 0.0) * _usd(model, market, token)
    return total


def _deposits(model: Ecosystem) -> float:
    return sum(
        (totals.get("supplied", 0.0) + totals.get("collateral", 0.0)) * _usd(model, market, token)
        for market in model.markets
        for token, totals in market.totals().items()
    )


def _usd(model: Ecosystem, market: Market, token: str) -> float:
    """True price of an exogenous token, else what the market's feed says."""
    found = model.world.board.usd(token)
    return market.usd(token) if found is None else found


def _flow(signs: dict[str, float]) -> Callable[[Ecosystem], float]:
    """Running sum over the lending events, each at the value that it has when it is first seen."""
    seen, total = 0, 0.0

    def read(model: Ecosystem) -> float:
        nonlocal seen, total
        markets = {market.name: market for market in model.markets}
        rows = model.world.events.since("lending", seen)
        seen += len(rows)
        values: dict[tuple[str, str], float] = {}
        for row in rows:
            sign = signs.get(row["verb"])
            if sign is None or row["market"] not in markets:
                continue
            key = row["market"], row["token"]
            if key not in values:
                values[key] = _usd(model, markets[row["market"]], row["token"])
            total += sign * row["amount"] * values[key]
        return total

    return read
