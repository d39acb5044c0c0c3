"""Latent bad debt of markets that take bridged forms: what their feeds may not say.

Every account's debt and collateral are valued twice, by what stands behind each token now (look-through over claims and bridges to true
prices), and by what the venues of the market's chain pay at the margin; what the collateral then does not cover is latent bad debt. A
token that neither says anything of counts as the market's feed states it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from experiments.valuation import uncovered
from model.ecosystem import Ecosystem
from model.markets.base import Market
from model.outcomes import Outcome
from model.world.claim_state import ClaimState
from model.world.world import World

Value = Callable[[Ecosystem, Market, str], float]


def latent_value_outcomes(model: Ecosystem) -> Iterator[Outcome]:
    """Per market that takes a bridged form: what a form is worth, and latent bad debt, by what stands behind tokens and by what they
    fetch, in USD.
    """
    seen: set[str] = set()
    for market in model.markets:
        forms = [token for token in market.totals() if _is_form(model.world, token)]
        for name, (value, said) in VALUES.items():
            for token in (form for form in forms if form not in seen):
                yield Outcome(f"worth.{name}.{token}", "USD", f"{said}, one {token}", _worth(market, token, value))
            if forms:
                meaning = f"debt in {market.name} that collateral does not cover when every token counts at {said}"
                yield Outcome(f"latent_bad_debt.{name}.{market.name}", "USD", meaning, _reader(market, value), "lower")
        seen.update(forms)


def at_backing(model: Ecosystem, market: Market, token: str) -> float:
    """USD that stand behind one token: its true price, or that of what it stands on, down to tokens with a price."""
    price = model.world.board.usd(token)
    if price is not None:
        return price
    claim = model.world.targets.get(token)
    if not isinstance(claim, ClaimState):
        return market.usd(token)
    return sum(rate * at_backing(model, market, under) for under, rate in claim.stands_on().items())


def at_venues(model: Ecosystem, market: Market, token: str) -> float:
    """USD that the best route on the market's chain pays for one token at the margin; by its backing where nothing trades it."""
    true = model.world.board.true
    if token in true:
        return true[token]
    found = max((model.quotes.marginal(market.chain, token, other) * price for other, price in true.items()), default=0.0)
    return found if found > 0.0 else at_backing(model, market, token)


VALUES: Final[Mapping[str, tuple[Value, str]]] = {
    "backing": (at_backing, "what stands behind it"),
    "venues": (at_venues, "what venues pay for it"),
}
"""Word -> how a token is valued, and how that is said."""


def _worth(market: Market, token: str, value: Value) -> Callable[[Ecosystem], float]:
    return lambda model: value(model, market, token)


def _reader(market: Market, value: Value) -> Callable[[Ecosystem], float]:
    return lambda model: float(uncovered(market, {token: value(model, market, token) for token in market.totals()})[1].sum())


def _is_form(world: World, token: str) -> bool:
    claim = world.targets.get(token)
    return isinstance(claim, ClaimState) and claim.custodian is not None
