"""Three chains, one bridge or several, and people with tokens, moved second by second without agents."""

from __future__ import annotations

from typing import Any

from model.bridges.base import Bridge
from model.claims import Bridged, Staked
from model.core.actions import Action, Collect, Receipt, Transaction
from model.core.actions import Bridge as Send
from model.core.clock import Clock
from model.core.draws import Draws
from model.ecosystem import Ecosystem
from model.ordering import BaseFee
from model.world.chain import Chain, ChainParams
from model.world.claim import ClaimToken
from model.world.world import World

CHAINS = ("home", "left", "right")
PEOPLE = ("alice", "bob", "thief")
SUPPLY = 10_000.0


class Stage:
    """``claim`` makes the token a non-rebasing claim on ``eth`` with bridged forms that are claims too; else all are native tokens."""

    def __init__(self, *kinds: tuple[type[Bridge], dict[str, Any]], claim: bool = False, tick: float = 60.0) -> None:
        self.world = world = World(Clock(0.0, tick), Draws(1))
        params = ChainParams(block_time=1.0, gas_price=1e-9)
        self.chains = {name: Chain(world, name, params, BaseFee(BaseFee.Params())) for name in CHAINS}
        for chain in self.chains.values():
            world.add_chain(chain)
        self.people = {name: world.accounts.open(name) for name in PEOPLE}
        forms = {"left": "tok_l", "right": "tok_r"}
        if claim:
            for token, chain, mechanism in (
                ("tok", "home", Staked(Staked.Params(backing="eth", rebases=False, yield_per_year=0.0))),
                ("tok_l", "left", Bridged(Bridged.Params(backing="tok"))),
                ("tok_r", "right", Bridged(Bridged.Params(backing="tok"))),
            ):
                world.add(ClaimToken(world, token, chain, mechanism))
        self.bridges = {}
        for number, (kind, given) in enumerate(kinds):
            name = f"bridge{number}"
            self.bridges[name] = bridge = kind(world, name, kind.Params(**{"home": "home", "token": "tok", "forms": forms, **given}))
            world.add(bridge)
        self.tokens = {"home": "tok", **forms}
        self.ledgers = {name: world.open_ledger(name) for name in CHAINS}
        if claim:
            world.targets["tok"].open_backing(SUPPLY)
        for name in PEOPLE[:2]:
            if claim:
                self.ledgers["home"].move("tok", 0, self.people[name], 1_000.0)
            else:
                self.ledgers["home"].create("tok", self.people[name], 1_000.0, "genesis")
        for bridge in self.bridges.values():
            bridge.open_reserves()
        self.model = Ecosystem(world, seed=1, period=1e9, audited=True)

    @property
    def bridge(self) -> Any:
        return self.bridges["bridge0"]

    def do(self, who: str, chain: str, *actions: Action) -> Receipt:
        return self.chains[chain].execute(self.people[who], Transaction(actions), self.world.clock.now)

    def send(self, who: str, amount: float, start: str, end: str, bridge: str = "bridge0", to: str | None = None) -> Receipt:
        recipient = None if to is None else self.people[to]
        token = self.tokens[start]
        return self.do(who, start, Send(target=bridge, token=token, amount=amount, to_chain=end, recipient=recipient))

    def collect(self, who: str, chain: str, item: int | None = None) -> Receipt:
        return self.do(who, chain, Collect(target="bridge0", item=item))

    def held(self, who: str, chain: str) -> float:
        return self.ledgers[chain].balance(self.tokens[chain], self.people[who])

    def wait(self, seconds: float) -> None:
        """Ticks until ``seconds`` have passed."""
        end = self.world.clock.now + seconds
        while self.world.clock.now < end - 1e-6:
            self.model.step()

    def total(self) -> float:
        """Tokens of all accounts on all chains, less what is locked, with what is on its way: what everybody has a right to."""
        supply = sum(self.ledgers[chain].supply(token) for chain, token in self.tokens.items())
        return supply - sum(getattr(one, "locked", 0.0) for one in self.bridges.values())
