"""Latent bad debt: what the positions of a run would leave uncovered if a bridge's hole were borne by one rule or another.

Feeds may go on stating a token's value as if nothing had happened. Here every token is worth what it stands on once the loss has been
allocated: the token of the home chain and each bridged form less its haircut, claims on them what they then hold, all at true prices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, get_args

import numpy as np

from experiments.valuation import uncovered
from model.bridges.lock_and_mint import LockAndMint
from model.bridges.params import LossRule
from model.core.draws import Floats
from model.ecosystem import Ecosystem
from model.markets.base import Market
from model.markets.pooled import Pooled
from model.outcomes import Outcome
from model.world.claim_state import ClaimState
from model.world.world import World

RULES: Final = tuple(rule for rule in get_args(LossRule) if rule in ("spread", "bridged"))
"""Rules that need no further figure: all holders alike, or the bridged forms alone."""


def latent_outcomes(model: Ecosystem) -> Iterator[Outcome]:
    """Per rule: latent bad debt in all, by market, and as a share of what each reserve owes its suppliers; none without such a bridge on a
    token that is a claim.
    """
    bridges = [one for one in model.world.all(LockAndMint) if isinstance(model.world.targets.get(one.params.token), ClaimState)]
    if not bridges or not model.markets:
        return
    for rule in RULES:
        books = _Books(bridges, rule)
        said = f"debt left uncovered if the hole of {', '.join(bridge.name for bridge in bridges)} were borne by the rule {rule}"
        yield Outcome(f"latent_bad_debt.{rule}", "USD", said, books.total(), "lower")
        for market in model.markets:
            yield Outcome(f"latent_bad_debt.{rule}.{market.name}", "USD", f"{said}, in {market.name}", books.of_market(market), "lower")
            for token, totals in market.totals().items():
                if market.lends(token) if isinstance(market, Pooled) else "borrowed" in totals:
                    name = f"latent_shortfall.{rule}.{market.name}.{token}"
                    yield Outcome(
                        name, "fraction", f"part of it owed in {token} / owed to its suppliers", books.share(market, token), "lower"
                    )


class _Books:
    """Latent bad debt by market and debt token (USD), found once per moment for all outcomes of a rule."""

    def __init__(self, bridges: list[LockAndMint], rule: str) -> None:
        self.bridges, self.rule = bridges, rule
        self._state: tuple[float, int, int] | None = None
        self._found: dict[str, dict[str, float]] = {}

    def total(self) -> Callable[[Ecosystem], float]:
        """Over all markets."""
        return lambda model: sum(sum(found.values()) for found in self._all(model).values())

    def of_market(self, market: Market) -> Callable[[Ecosystem], float]:
        """In one market."""
        return lambda model: sum(self._all(model)[market.name].values())

    def share(self, market: Market, token: str) -> Callable[[Ecosystem], float]:
        """Of one reserve's supply."""

        def read(model: Ecosystem) -> float:
            uncovered = self._all(model)[market.name].get(token, 0.0)
            supplied = market.totals()[token].get("supplied", 0.0) * fundamental(model.world, token, {}, market)
            return uncovered / supplied if supplied > 0.0 else 0.0

        return read

    def _all(self, model: Ecosystem) -> dict[str, dict[str, float]]:
        state = (model.world.clock.now, model.world.board.version, model.world.journal.commits)
        if self._state != state:
            kept = haircut(self.bridges, self.rule)
            self._found = {market.name: by_debt(model.world, market, kept) for market in model.markets}
            self._state = state
        return self._found


def haircut(bridges: list[LockAndMint], rule: str) -> dict[str, float]:
    """What is left of each token of the bridges (share of the home token's value now) when each hole is borne by ``rule``."""
    kept: dict[str, float] = {}
    for bridge in bridges:
        lost = bridge.haircuts(rule)
        kept[bridge.params.token] = kept.get(bridge.params.token, 1.0) * (1.0 - lost.home)
        for chain, share in lost.forms.items():
            kept[bridge.tokens[chain]] = kept.get(bridge.tokens[chain], 1.0) * (1.0 - share)
    return kept


def fundamental(world: World, token: str, kept: Mapping[str, float], market: Market) -> float:
    """USD behind one token: its true price, or that of what it stands on less what it loses; what nothing is known of counts as the market
    states it. A bridged form stands on one token of the home chain.
    """
    price = world.board.usd(token)
    if price is not None:
        return price
    claim = world.targets.get(token)
    if not isinstance(claim, ClaimState):
        return market.usd(token)
    rates = (1.0,) if claim.custodian is not None else claim.rates()
    below: Mapping[str, float] = {} if token in kept else kept
    own = sum(rate * fundamental(world, under, below, market) for under, rate in zip(claim.tokens, rates, strict=True))
    return kept.get(token, 1.0) * own


def by_debt(world: World, market: Market, kept: Mapping[str, float]) -> dict[str, float]:
    """Debt token -> USD of debt in it beyond the value of the collateral behind it, over all accounts; an account that owes several tokens
    leaves them uncovered alike.
    """
    owed, missing = uncovered(market, {token: fundamental(world, token, kept, market) for token in market.totals()})
    debt: Floats = sum(owed.values(), np.zeros(1))
    share = np.divide(missing, debt, out=np.zeros_like(missing), where=debt > 0.0)
    return {token: float((values * share).sum()) for token, values in owed.items()}
