"""A world of one chain for tests of markets: feeds that say what is set, accounts by name, one action a transaction."""

from __future__ import annotations

from typing import Any

import numpy as np

from model.core.actions import Action, Flash, Post, Receipt, Transaction
from model.core.clock import Clock
from model.core.draws import Draws
from model.feeds.base import Feed
from model.ordering.base import Ordering
from model.world.board import PriceFeed
from model.world.chain import Chain, ChainParams
from model.world.world import World

START = 1_700_000_000.0


class Settable(Feed):
    """A feed that says what was posted last."""

    posted = True

    def sources(self):
        return ()

    def candidate(self, observations, now, state):
        return observations[-1].value


class Untended(Ordering):
    """Blocks are not filled here: every transaction is executed at the clock."""

    def base_fee(self, before, demand, used, target, blocks):
        return before

    def select(self, requests, base_fee, demand, capacity):
        return []


class Stage:
    """World, chain ``chain``, feeds ``feed <token>`` with the prices given."""

    def __init__(self, start: float = START, **prices: float) -> None:
        self.world = World(Clock(start, 1.0), Draws(0))
        self.ledger = self.world.open_ledger("chain")
        self.chain = Chain(self.world, "chain", ChainParams(), Untended(None))
        self.world.add_chain(self.chain)
        self.oracle = self.world.accounts.open("oracle")
        for token, value in prices.items():
            self.world.add(PriceFeed(self.world, f"feed {token}", "chain", Settable(None), (self.oracle,)))
            self.post(token, value)

    def place(self, cls: Any, name: str = "market", **params: Any) -> Any:
        """Put a market in place."""
        market = cls(self.world, name, "chain", cls.Params.read(params))
        self.world.add(market)
        return market

    def account(self, name: str) -> int:
        """Account of a name, opened at first use."""
        try:
            return self.world.accounts.of(name)
        except KeyError:
            return self.world.accounts.open(name)

    def fund(self, name: str, token: str, amount: float) -> None:
        """Tokens from outside."""
        if amount > 0.0:
            self.ledger.create(token, self.account(name), amount, "outside")

    def held(self, name: str, token: str) -> float:
        """Balance."""
        return self.ledger.balance(token, self.account(name))

    def post(self, token: str, value: float) -> None:
        """Set a price."""
        assert self.chain.execute(self.oracle, Transaction((Post(target=f"feed {token}", value=value),)), self.world.clock.now).ok

    def warp(self, seconds: float) -> None:
        """Let time pass."""
        self.world.clock.advance(self.world.clock.now + seconds)

    def attempt(self, name: str, *actions: Action, flash: Flash | None = None) -> Receipt:
        """One transaction; every identity must hold after it."""
        receipt = self.chain.execute(self.account(name), Transaction(actions, flash=flash), self.world.clock.now)
        broken = self.world.audit()
        assert not broken, "; ".join(str(identity) for identity in broken)
        return receipt

    def do(self, name: str, *actions: Action, flash: Flash | None = None) -> float:
        """One transaction that must execute; returns what its last action settled."""
        receipt = self.attempt(name, *actions, flash=flash)
        assert receipt.ok, receipt.reason
        return receipt.results[-1] if receipt.results else 0.0

    def refused(self, name: str, *actions: Action) -> str:
        """The word with which a transaction is refused."""
        receipt = self.attempt(name, *actions)
        assert not receipt.ok
        return receipt.reason.partition(":")[0]


def settle(stage: Stage, name: str, offer: Any, size: float) -> tuple[float, float]:
    """Take an offer as a liquidator does that knows nothing but offers; what is settled must be what was quoted."""
    quote = offer.quote(size)
    if offer.pays:
        stage.fund(name, offer.pays, quote.paid)
    tokens = {token for token in (offer.pays, offer.gives, offer.reward_token) if token}
    before = {token: stage.held(name, token) for token in tokens}
    stage.do(name, offer.action(size))
    change = {token: stage.held(name, token) - before[token] for token in tokens}
    expected = dict.fromkeys(tokens, 0.0)
    for token, amount in ((offer.pays, -quote.paid), (offer.gives, quote.received), (offer.reward_token, quote.reward)):
        if token:
            expected[token] += amount
    for token in tokens:
        assert abs(change[token] - expected[token]) <= 1e-9 * max(1.0, abs(expected[token])), (token, change, quote)
    return quote.paid, quote.received


def agree(market: Any) -> None:
    """The vectorised health, the scalar one, and the linear form that the screen bounds by are the same."""
    health = market.health()
    assert len(health) == len(market.book)
    for row, value in enumerate(health.tolist()):
        exact = market.health_of(row)
        assert value == exact or abs(value - exact) <= 1e-12 * abs(exact)
    picked = [row for row in range(len(market.book)) if row % 2]
    assert market.health(np.array(picked, dtype=np.int64)).tolist() == [health[row] for row in picked]
    cover, debt = market.weigh()
    assert cover.shape[0] == debt.shape[0]
