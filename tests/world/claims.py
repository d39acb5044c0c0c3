"""ETH -> stETH -> wstETH -> a restaked token on one chain, with people who act by transactions."""

from __future__ import annotations

from typing import Any

from model.claims import Restaked, Staked, Wrapped
from model.claims.base import Claim
from model.core.actions import Action, Collect, Mint, Receipt, Redeem, Transaction
from model.core.clock import Clock
from model.core.draws import Draws
from model.ordering import BaseFee
from model.world.accounts import OUTSIDE
from model.world.chain import Chain, ChainParams
from model.world.claim import ClaimToken
from model.world.world import World

CHAINS = ("here", "there")
PEOPLE = ("alice", "bob", "fund")


class Nest:
    """The world of the tests; ``staked`` and ``restaked`` are parameters of the two kinds."""

    def __init__(self, staked: dict[str, Any] | None = None, restaked: dict[str, Any] | None = None, buffer: float = 0.0) -> None:
        self.world = world = World(Clock(0.0, 60.0), Draws(1))
        self.chains = {name: Chain(world, name, ChainParams(gas_price=1e-9), BaseFee(BaseFee.Params())) for name in CHAINS}
        for chain in self.chains.values():
            world.add_chain(chain)
        self.people = {name: world.accounts.open(name) for name in PEOPLE}
        self.ledger = world.open_ledger("here")
        quick = {"withdrawable_delay": 0.0, "sweep_delay": 0.0}
        self.steth = self.place("steth", Staked(Staked.Params(**quick, **(staked or {}))), 100_000.0)
        self.wsteth = self.place("wsteth", Wrapped(Wrapped.Params(backing="steth")), 20_000.0, 1.25)
        self.rseth = self.place("rseth", Restaked(Restaked.Params(backing="wsteth", **quick, **(restaked or {}))), 5_000.0, 0.8, buffer)
        self.give("alice", eth=100.0, steth=100.0, wsteth=100.0, rseth=100.0)

    def place(self, name: str, mechanism: Claim, supply: float, rate: float | None = None, buffer: float = 0.0, **where: str) -> ClaimToken:
        claim = ClaimToken(self.world, name, where.get("chain", "here"), mechanism, where.get("home"), buffer)
        self.world.add(claim)
        claim.open_backing(supply, rate)
        return claim

    def give(self, who: str, chain: str = "here", **amounts: float) -> None:
        ledger = self.world.ledgers[chain]
        for token, amount in amounts.items():
            if isinstance(self.world.targets.get(token), ClaimToken):
                ledger.move(token, OUTSIDE, self.people[who], amount)
            else:
                ledger.register(token)
                ledger.create(token, self.people[who], amount, "genesis")

    def do(self, who: str, *actions: Action, chain: str = "here") -> Receipt:
        receipt = self.chains[chain].execute(self.people[who], Transaction(actions), self.world.clock.now)
        assert self.world.audit() == []
        return receipt

    def mint(self, who: str, claim: str, amount: float, chain: str = "here") -> Receipt:
        return self.do(who, Mint(target=claim, amount=amount), chain=chain)

    def redeem(self, who: str, claim: str, amount: float, chain: str = "here") -> Receipt:
        return self.do(who, Redeem(target=claim, amount=amount), chain=chain)

    def collect(self, who: str, claim: str, chain: str = "here") -> Receipt:
        return self.do(who, Collect(target=claim), chain=chain)

    def held(self, who: str, token: str, chain: str = "here") -> float:
        return self.world.ledgers[chain].balance(token, self.people[who])

    @staticmethod
    def mechanism_coverage(claim: ClaimToken) -> float:
        return float(claim.mechanism.coverage(claim.cover()))  # type: ignore[attr-defined]

    def pass_time(self, seconds: float) -> None:
        self.world.clock.advance(self.world.clock.now + seconds)
