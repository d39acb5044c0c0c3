"""A debt-minting market in a world of its own: chain, one settable price, accounts by the recorded names."""

from __future__ import annotations

from model.core.actions import Action, Post, Receipt, Transaction
from model.core.clock import Clock
from model.core.draws import Draws
from model.world.board import PriceFeed
from model.world.chain import Chain, ChainParams
from model.world.world import World
from tests.vectors.adapters.aave_pool import Settable, Untended

CHAIN, MARKET, FEED = "chain", "market", "feed"


class MintingWorld:
    """World, chain and feed; the market is added by who uses it."""

    def __init__(self, start: float) -> None:
        self.world = world = World(Clock(start, 1.0), Draws(0))
        self.ledger = world.open_ledger(CHAIN)
        self.chain = Chain(world, CHAIN, ChainParams(), Untended(None))
        world.add_chain(self.chain)
        self.oracle = world.accounts.open("oracle")
        world.add(PriceFeed(world, FEED, CHAIN, Settable(None), (self.oracle,)))

    def account(self, name: str) -> int:
        """Account of a recorded name, opened at first use."""
        try:
            return self.world.accounts.of(name)
        except KeyError:
            return self.world.accounts.open(name)

    def fund(self, name: str, token: str, amount: float) -> None:
        """Test tokens."""
        self.ledger.create(token, self.account(name), amount, "outside")

    def held(self, name: str, token: str) -> float:
        """Balance of an account."""
        return self.ledger.balance(token, self.account(name))

    def execute(self, name: str, *actions: Action) -> Receipt:
        """One transaction at the clock."""
        return self.chain.execute(self.account(name), Transaction(actions), self.world.clock.now)

    def post(self, price: float) -> Receipt:
        """Set the price."""
        return self.execute("oracle", Post(target=FEED, value=price))

    def warp(self, seconds: float) -> None:
        """Let time pass."""
        self.world.clock.advance(self.world.clock.now + seconds)
