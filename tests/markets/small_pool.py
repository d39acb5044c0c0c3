"""A small world with one pooled market, for the tests of its verbs."""

from __future__ import annotations

from model.core.actions import Action, Borrow, Flash, Govern, Post, Receipt, Repay, Supply, Take, Transaction, Withdraw
from model.core.clock import Clock
from model.core.draws import Draws
from model.feeds.base import Feed
from model.markets.pooled import Pooled
from model.markets.pooled_liquidation import Liquidate, Receive
from model.ordering import BaseFee
from model.world.board import PriceFeed
from model.world.chain import Chain, ChainParams
from model.world.world import World

CHAIN, POOL = "chain", "pool"
RATE = {"kind": "kinked", "optimal_utilisation": 0.8, "slope1": 0.04, "slope2": 1.0}
RESERVES = {
    "eth": {"feed": "eth_usd", "ltv": 0.8, "liquidation_threshold": 0.85, "bonus": 0.05, "protocol_fee": 0.1, "rate": RATE},
    "steth": {"feed": "steth_usd", "ltv": 0.7, "liquidation_threshold": 0.75, "bonus": 0.08, "rate": RATE},
    "usdc": {"feed": "usdc_usd", "ltv": 0.75, "liquidation_threshold": 0.8, "bonus": 0.05, "rate": RATE},
}
EMODES = {"eth": {"ltv": 0.93, "liquidation_threshold": 0.95, "bonus": 0.01, "collateral": ["eth", "steth"], "borrowable": ["eth"]}}
PRICES = {"eth": 2000.0, "steth": 2000.0, "usdc": 1.0}


class Stated(Feed):
    """A feed that says what was posted."""

    posted = True

    def sources(self):
        return ()

    def candidate(self, observations, now, state):
        return 1.0


class SmallPool:
    """A lender with 1000 of each token, of which half is lent; everybody else starts with tokens and no position."""

    def __init__(self, rules="aave_v3", lent=500.0, grace=0.0, rule_params=None, market=None, **changes) -> None:
        self.world = world = World(Clock(0.0, 60.0), Draws(0))
        world.open_ledger(CHAIN)
        self.chain = Chain(world, CHAIN, ChainParams(grace_period=grace), BaseFee(BaseFee.Params()))
        world.add_chain(self.chain)
        for token in RESERVES:
            world.add(PriceFeed(world, f"{token}_usd", CHAIN, Stated(None)))
        reserves = {token: {**params, **changes.get(token, {})} for token, params in RESERVES.items()}
        raw = {"rules": {"kind": rules, **(rule_params or {})}, "reserves": reserves, "emodes": {} if rules == "aave_v2" else EMODES}
        self.market = Pooled(world, POOL, CHAIN, Pooled.Params.read({**raw, **(market or {})}))
        world.add(self.market)
        self.market.open_cash()
        self.ledger = world.ledgers[CHAIN]
        for token, value in PRICES.items():
            self.price(token, value)
        for name in ("lender", "alice", "bob", "liquidator"):
            account = world.accounts.open(name)
            for token in RESERVES:
                self.ledger.create(token, account, 1000.0 if token != "usdc" else 2_000_000.0, "genesis")
        for token in RESERVES:
            if lent:
                self.supply("lender", token, lent * (2000.0 if token == "usdc" else 1.0))

    def account(self, name: str) -> int:
        return self.world.accounts.of(name)

    def do(self, name: str, *actions: Action, flash: Flash | None = None) -> Receipt:
        return self.chain.execute(self.account(name), Transaction(actions, flash=flash), self.world.clock.now)

    def price(self, token: str, value: float) -> None:
        account = self.market.account
        assert self.chain.execute(account, Transaction((Post(target=f"{token}_usd", value=value),)), self.world.clock.now).ok

    def warp(self, seconds: float) -> None:
        self.world.clock.advance(self.world.clock.now + seconds)

    def supply(self, name, token, amount, terms=None) -> Receipt:
        return self.do(name, Supply(target=POOL, token=token, amount=amount, terms=terms))

    def withdraw(self, name, token, amount) -> Receipt:
        return self.do(name, Withdraw(target=POOL, token=token, amount=amount))

    def borrow(self, name, token, amount, terms=None) -> Receipt:
        return self.do(name, Borrow(target=POOL, token=token, amount=amount, terms=terms))

    def repay(self, name, token, amount, borrower=None) -> Receipt:
        whose = None if borrower is None else self.account(borrower)
        return self.do(name, Repay(target=POOL, token=token, amount=amount, borrower=whose))

    def take(self, name, borrower, collateral, debt, amount, shares=False) -> Receipt:
        item = Liquidate(self.account(borrower), collateral, debt)
        return self.do(name, Take(target=POOL, item=item, amount=amount, terms=Receive(shares)))

    def govern(self, name, **changes) -> Receipt:
        return self.do(name, Govern(target=POOL, changes=tuple((place.replace("__", "."), value) for place, value in changes.items())))

    def row(self, name: str) -> int:
        return self.market.book.row(self.account(name))

    def supplied(self, name: str, token: str) -> float:
        return self.market.supplied(token, self.row(name))

    def owed(self, name: str, token: str) -> float:
        return self.market.owed(token, self.row(name))

    def balance(self, name: str, token: str) -> float:
        return self.ledger.balance(token, self.account(name))

    def health(self, name: str) -> float:
        return self.market.health_of(self.row(name))

    def sound(self) -> bool:
        """Whether every identity of the world holds."""
        return self.world.audit() == []


def refused(receipt: Receipt, reason: str) -> bool:
    """Whether a transaction was reverted for ``reason``."""
    return receipt.status == "reverted" and receipt.reason.partition(":")[0] == reason
