"""Outcomes that a scenario asks for beside the standard ones: depth of venues, insolvency at true prices, liquidations that do harm."""

from __future__ import annotations

import math
from collections.abc import Callable

from experiments.outcomes import running
from experiments.valuation import true_usd, uncovered
from model.core.errors import Refused
from model.core.params import Params, param
from model.ecosystem import Ecosystem
from model.markets.base import Market
from model.outcomes import Outcome
from model.world.venue import TradingVenue


class MeasuresParams(Params):
    """What is recorded beside the standard outcomes."""

    sizes: tuple[str, ...] = param((), unit="venue token/token", description="Sales whose size that moves the price by `move` is recorded")
    move: float = param(0.04, unit="fraction", gt=0, lt=1, description="Fall of the marginal price that a size is recorded for")
    insolvency: tuple[str, ...] = param((), unit="market", description="Markets whose uncovered debt at true prices is recorded")
    harm: bool = param(False, unit="yes or no", description="Whether liquidations that lower the account's health are counted")


def measured(params: MeasuresParams, model: Ecosystem) -> list[Outcome]:
    """The outcomes asked for.

    Raises:
        ValueError: a venue, pair or market that is not there.
    """
    found = [_size(text, params.move, model) for text in params.sizes]
    for name in params.insolvency:
        market = model.world.targets.get(name)
        if not isinstance(market, Market):
            raise ValueError(f"measures.insolvency {name!r}: allowed are {', '.join(one.name for one in model.markets)}")
        found.append(Outcome(f"insolvency.{name}", "USD", "debt beyond collateral at true prices", _insolvency(market), "lower"))
    if params.harm:
        meaning = "debt repaid by liquidations that lowered health, so far"
        found.append(Outcome("harmful_value", "USD", meaning, running("liquidations", _harm), "lower"))
    return found


def insolvency(market: Market) -> float:
    """USD by which debts exceed collateral at true prices, over all accounts; tokens without one count at the market's price."""
    return float(uncovered(market, {token: true_usd(market, token) for token in market.totals()})[1].sum())


def _insolvency(market: Market) -> Callable[[Ecosystem], float]:
    """Of all accounts, and what the market has written off already."""

    def read(model: Ecosystem) -> float:
        booked = sum(totals.get("bad_debt", 0.0) * true_usd(market, token) for token, totals in market.totals().items())
        return booked + insolvency(market)

    return read


def _size(text: str, move: float, model: Ecosystem) -> Outcome:
    name, _, pair = text.partition(" ")
    sell, _, buy = pair.partition("/")
    venue = model.world.targets.get(name)
    if not isinstance(venue, TradingVenue) or sell == buy or sell not in venue.place or buy not in venue.place:
        venues = "; ".join(f"{one.name} with two of {', '.join(one.tokens)}" for one in model.world.all(TradingVenue))
        raise ValueError(f"measures.sizes {text!r}: allowed is 'venue token/token', of {venues}")

    def read(ecosystem: Ecosystem) -> float:
        try:
            pool = venue.pool()
            places = venue.place[sell], venue.place[buy]
            return venue.mechanism.amount_to(pool, *places, (1.0 - move) * venue.mechanism.spot(pool, *places))
        except Refused:
            return math.nan

    return Outcome(f"size.{name}.{sell}/{buy}", sell, f"sale that takes the marginal price down by {move:.3g}, after fees", read, "higher")


def _harm(row: dict[str, object]) -> float:
    """Debt repaid by a liquidation after which the account is worse off than before (beyond the toxic frontier)."""
    before, after = float(str(row["health_before"])), float(str(row["health_after"]))
    return float(str(row["repaid_value"])) if after < before else 0.0
