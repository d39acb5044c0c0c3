"""Outcomes of a run on lenders: what can be had at once, and what has left, over all markets in USD."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from agents.adversaries.loot_borrower import LootBorrower
from experiments.valuation import true_usd
from model.ecosystem import Ecosystem
from model.markets.pooled import Pooled
from model.outcomes import Outcome

_SIGNS = {"withdraw": 1.0, "supply": -1.0}


def flow_outcomes(model: Ecosystem) -> Iterator[Outcome]:
    """Liquidity and flows of what lenders supply; none where there is no market."""
    if not model.markets:
        return
    yield Outcome("available_liquidity_value", "USD", "cash of all reserves that can be borrowed, over all markets", _available, "higher")
    yield Outcome("deposits_value", "USD", "owed to suppliers of all reserves, over all markets", _deposits)
    yield Outcome("frozen_reserves", "reserves", "reserves of pooled markets that are frozen or paused", _frozen)
    yield Outcome("withdrawn_value", "USD", "withdrawn from markets so far, at the price of the time", _flow({"withdraw": 1.0}), "lower")
    yield Outcome("net_withdrawn_value", "USD", "withdrawn less supplied so far, at the price of the time", _flow(_SIGNS), "lower")
    thieves = [decider for decider in model.deciders if isinstance(decider, LootBorrower)]
    for token in dict.fromkeys(token for thief in thieves for token in thief.tranche.borrows):
        yield Outcome(f"owed_on_loot.{token}", token, "owed by who borrows against stolen tokens", _owed(thieves, token), "lower")


def _owed(thieves: list[LootBorrower], token: str) -> Callable[[Ecosystem], float]:
    return lambda model: sum(market.debts_of(thief.account).get(token, 0.0) for market in model.markets for thief in thieves)


def _frozen(model: Ecosystem) -> float:
    pools = [market for market in model.markets if isinstance(market, Pooled)]
    return float(sum(one.params.frozen or one.params.paused for pool in pools for one in pool.reserves.values()))


def _available(model: Ecosystem) -> float:
    total = 0.0
    for market in model.markets:
        for token, totals in market.totals().items():
            if market.lends(token) if isinstance(market, Pooled) else "borrowed" in totals:
                total += totals.get("cash", 0.0) * true_usd(market, token)
    return total


def _deposits(model: Ecosystem) -> float:
    return sum(
        (totals.get("supplied", 0.0) + totals.get("collateral", 0.0)) * true_usd(market, token)
        for market in model.markets
        for token, totals in market.totals().items()
    )


def _flow(signs: dict[str, float]) -> Callable[[Ecosystem], float]:
    """Running sum over the lending events, each at the value that it has when it is first seen."""
    seen, total = 0, 0.0

    def read(model: Ecosystem) -> float:
        """The sum with the events since the last reading; one price per reserve and reading."""
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
                values[key] = true_usd(markets[row["market"]], row["token"])
            total += sign * row["amount"] * values[key]
        return total

    return read
