"""Standard outcomes: what is recorded of every run, made from what its world contains."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np

from experiments.flows import flow_outcomes
from experiments.latent import latent_outcomes
from experiments.latent_value import latent_value_outcomes
from experiments.queues import queue_outcomes
from experiments.valuation import uncovered
from model.core.units import GWEI
from model.ecosystem import Ecosystem
from model.markets.base import Market
from model.outcomes import Outcome
from model.world.chain import Chain
from model.world.venue import TradingVenue
from model.worth import usd

_FIELDS = {
    "supplied": ("token", "owed to suppliers"),
    "borrowed": ("token", "owed by borrowers"),
    "utilisation": ("fraction", "borrowed / (borrowed + cash)"),
    "borrow_rate": ("1/year", "rate that borrowers pay"),
}


def standard_outcomes(model: Ecosystem) -> list[Outcome]:
    """Prices of exogenous tokens, prices and shares of venues, totals and health of markets, value liquidated and lost so far."""
    world = model.world
    found = [Outcome(f"true.{token}", "USD", f"true price of {token}", _true(token)) for token in world.board.true]
    for venue in world.all(TradingVenue):
        if not venue.mechanism.exogenous:
            found.extend(_of_venue(venue))
    for market in model.markets:
        found.extend(_of_market(market))
    for name, chain in world.chains.items():
        found.append(Outcome(f"gas_price.{name}", "gwei", "price at which a transaction gets into the next block", _gas_price(chain)))
    found.append(Outcome("liquidated_value", "USD", "debt repaid by liquidators so far", _liquidated(), "lower"))
    owed = dict.fromkeys(token for market in model.markets for token, totals in market.totals().items() if "borrowed" in totals)
    found.extend(Outcome(f"liquidated_value.{token}", "USD", f"of this, debt in {token}", _liquidated(token), "lower") for token in owed)
    found.append(
        Outcome("deleveraged_value", "token", "sold by borrowers who unwound, so far (tokens sold)", _sold("deleveraging"), "lower")
    )
    if model.auctioneer.auctions:
        paid = (("recaptured_value", "protocol", "higher"), ("builder_value", "builder", ""), ("oracle_value", "oracle network", ""))
        found.extend(Outcome(name, "USD", f"paid to the {who} for oracle updates, so far", _paid(name), way) for name, who, way in paid)
    found.append(Outcome("bad_debt_value", "USD", "debt that the collateral behind it does not cover", bad_debt_of, "lower"))
    found.append(Outcome("gas_paid_value", "USD", "fees paid for gas so far, each at the price when it was recorded", _gas_paid(), "lower"))
    found.extend(flow_outcomes(model))
    found.extend(queue_outcomes(model))
    found.extend(latent_value_outcomes(model))
    found.extend(latent_outcomes(model))
    return found


def _of_venue(venue: TradingVenue) -> list[Outcome]:
    token, numeraire = venue.tokens[0], venue.tokens[1]
    if venue.tokens[0] in venue.world.board.true and venue.tokens[1] not in venue.world.board.true:
        token, numeraire = numeraire, token
    made = [
        Outcome(
            f"price.{venue.name}.{token}/{numeraire}",
            f"{numeraire} per {token}",
            "marginal price",
            lambda model: venue.spot(token, numeraire),
        )
    ]
    for place, name in enumerate(venue.tokens):
        made.append(Outcome(f"share.{venue.name}.{name}", "fraction", f"share of {name} in the reserves", _share(venue, place)))
    return made


def _of_market(market: Market) -> list[Outcome]:
    made = []
    for token in market.totals():
        for field, (unit, meaning) in _FIELDS.items():
            if field in market.totals()[token]:
                unit_of = token if unit == "token" else unit
                made.append(Outcome(f"{field}.{market.name}.{token}", unit_of, meaning, _total(market, token, field)))
    made.extend(
        Outcome(f"utilisation.{market.name}.{part}", *_FIELDS["utilisation"], _total(market, part, "utilisation"))
        for part in market.places()
    )
    made.append(
        Outcome(f"health_q05.{market.name}", "1", "5 % quantile of health among accounts with debt", _quantile(market, 0.05), "higher")
    )
    made.append(Outcome(f"unhealthy.{market.name}", "accounts", "accounts below health 1", _unhealthy(market), "lower"))
    return made


def _true(token: str) -> Callable[[Ecosystem], float]:
    return lambda model: model.world.board.true[token]


def _gas_price(chain: Chain) -> Callable[[Ecosystem], float]:
    return lambda model: chain.going_price() / GWEI


def _gas_paid() -> Callable[[Ecosystem], float]:
    paid: dict[str, float] = {}
    total = 0.0

    def read(model: Ecosystem) -> float:
        nonlocal total
        for name, chain in model.world.chains.items():
            total += (chain.gas_paid - paid.get(name, 0.0)) * usd(model.world, name, chain.params.gas_token)
            paid[name] = chain.gas_paid
        return total

    return read


def _share(venue: TradingVenue, place: int) -> Callable[[Ecosystem], float]:
    def read(model: Ecosystem) -> float:
        balances = venue.pool().balances
        return balances[place] / sum(balances) if sum(balances) > 0.0 else float("nan")

    return read


def _total(market: Market, token: str, field: str) -> Callable[[Ecosystem], float]:
    return lambda model: market.totals_of(token)[field]


def _quantile(market: Market, share: float) -> Callable[[Ecosystem], float]:
    def read(model: Ecosystem) -> float:
        health = market.health()
        indebted = health[np.isfinite(health)]
        return float(np.quantile(indebted, share)) if len(indebted) else float("inf")

    return read


def _unhealthy(market: Market) -> Callable[[Ecosystem], float]:
    return lambda model: float(len(model.screens[market.name].unhealthy))


def _liquidated(token: str | None = None) -> Callable[[Ecosystem], float]:
    return running("liquidations", lambda row: float(row["repaid_value"]) if token in (None, row["debt_token"]) else 0.0)


def _sold(purpose: str) -> Callable[[Ecosystem], float]:
    return running("swaps", lambda row: float(row["sold"]) if row["purpose"] == purpose else 0.0)


def _paid(name: str) -> Callable[[Ecosystem], float]:
    column = "protocol_value" if name == "recaptured_value" else name
    return running("update_auctions", lambda row: float(str(row[column])))


def running(kind: str, value: Callable[[dict[str, object]], float]) -> Callable[[Ecosystem], float]:
    """Running sum over the events of a kind."""
    seen, total = 0, 0.0

    def read(model: Ecosystem) -> float:
        nonlocal seen, total
        rows = model.world.events.since(kind, seen)
        seen += len(rows)
        total += sum(value(row) for row in rows)
        return total

    return read


def bad_debt_of(model: Ecosystem, markets: Collection[str] | None = None) -> float:
    """USD by which debt exceeds collateral value, over accounts below health 1, and deficits already booked: of all markets, or of those
    that are named.
    """
    total = 0.0
    for market in model.markets:
        if markets is not None and market.name not in markets:
            continue
        for token, totals in market.totals().items():
            total += totals.get("bad_debt", 0.0) * market.usd(token)
        below = list(model.screens[market.name].unhealthy)
        if below:
            total += float(uncovered(market, {token: market.usd(token) for token in market.totals()})[1][below].sum())
    return total
