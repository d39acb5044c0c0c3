"""A world of two chains that can be worked out by hand. Amounts in ETH at 2,000 USD unless said otherwise.

home   eth    lp 510, saver 400, dave 100, frank 10 of steth; 3,000 behind steth; 254 locked behind eth@away; 8 with the solvers
       steth  3,000, one for one: lp 500, alice 100, frank 10, outside 1,390, 1,000 locked behind steth_a
       pool   500 eth + 500 steth, all lp's; bazaar 10 eth + 1,000 gem (20 USD each), all lp's
       pair   saver lends 400 eth; alice has 100 steth in it and owes 60 eth, which she holds
away   eth    bob 200, erin 50, 4 with the solvers: claims on the bridge ``gate``
       steth_a  1,000, claims on the bridge ``lane``: carol 150, outside 850
       pair_a   bob lends 200 eth; carol has 150 steth_a in it and owes 90 eth, which she holds

Supply of eth: 510 + 400 + 100 + 3,000 + 254 + 8 = 4,272. Whose it is in the end: lp 1,010, saver 400, alice 100 + 60 - 60 = 100, dave 100,
frank 10, bob 200, erin 50, carol 150 + 90 - 90 = 150, solvers 12, outside 1,390 + 850 = 2,240; together 4,272. Of that, on chain away:
bob 200, erin 50, carol 150, solvers 4, outside 850: 1,254.
"""

from __future__ import annotations

from typing import Any

from model.bridges import LockAndMint, Solvers
from model.claims import Bridged, Staked
from model.core.actions import Action, AddLiquidity, Borrow, Supply, Transaction
from model.core.clock import Clock
from model.core.draws import Draws
from model.feeds.exchange_rate import ExchangeRate
from model.markets import Morpho
from model.ordering import BaseFee
from model.venues import ConstantProduct
from model.world.board import PriceFeed
from model.world.chain import Chain, ChainParams
from model.world.claim import ClaimToken
from model.world.venue import TradingVenue
from model.world.world import World

ETH = 2000.0
SUPPLY, AWAY = 4272.0, 1254.0
GEMS = 1000.0 * 20.0
"""USD."""
FINAL = {
    "group:lp": 1010.0, "group:saver": 400.0, "group:alice": 100.0, "group:dave": 100.0, "group:frank": 10.0, "group:bob": 200.0,
    "group:erin": 50.0, "group:carol": 150.0, "bridge:fast": 12.0, "outside": 2240.0,
}  # fmt: skip
PAIR: dict[str, Any] = {"loan": "eth", "lltv": 0.9, "rate": {"kind": "fixed", "rate": 0.0}, "numeraire": "eth"}


class Village:
    """The world, and who does what in it."""

    def __init__(self) -> None:
        self.world = world = World(Clock(0.0, 60.0), Draws(1))
        self.chains = {name: Chain(world, name, ChainParams(gas_price=1e-9), BaseFee(BaseFee.Params())) for name in ("home", "away")}
        for chain in self.chains.values():
            world.add_chain(chain)
        self.home, self.away = world.open_ledger("home"), world.open_ledger("away")
        world.board.fix("eth", ETH)
        people = ("lp", "saver", "alice", "dave", "frank", "bob", "erin", "carol")
        self.people = {name: world.accounts.open(name) for name in people}
        staked = Staked(Staked.Params(backing="eth", rebases=False, yield_per_year=0.0))
        world.add(ClaimToken(world, "steth", "home", staked))
        world.add(ClaimToken(world, "steth_a", "away", Bridged(Bridged.Params(backing="steth"))))
        lane = {"home": "home", "token": "steth", "forms": {"away": "steth_a"}}
        gate = {"home": "home", "token": "eth", "forms": {"away": "eth"}}
        world.add(LockAndMint(world, "lane", LockAndMint.Params(**lane)))
        world.add(LockAndMint(world, "gate", LockAndMint.Params(**gate)))
        world.add(Solvers(world, "fast", Solvers.Params(via="gate", inventory={"home": 8.0, "away": 4.0}, **gate)))
        world.targets["steth"].open_backing(3000.0)
        world.targets["steth_a"].open_backing(1000.0)
        for name, amount in (("lp", 500.0), ("alice", 100.0), ("frank", 10.0)):
            self.home.move("steth", 0, self.people[name], amount)
        self.away.move("steth_a", 0, self.people["carol"], 150.0)
        for name, amount in (("lp", 510.0), ("saver", 400.0), ("dave", 100.0)):
            self.home.create("eth", self.people[name], amount, "genesis")
        for name, amount in (("bob", 200.0), ("erin", 50.0)):
            self.away.create("eth", self.people[name], amount, "genesis")
        self.home.register("gem")
        self.home.create("gem", self.people["lp"], 1000.0, "genesis")
        world.targets["fast"].open_reserves()
        world.targets["gate"].open_native()
        self._feed("rate", "home", "claim:steth")
        self._feed("rate_a", "away", "claim:steth_a")
        for name, tokens in (("pool", ("eth", "steth")), ("bazaar", ("eth", "gem"))):
            world.add(TradingVenue(world, name, "home", tokens, ConstantProduct(ConstantProduct.Params(fee=0.0))))
        world.add(Morpho(world, "pair", "home", Morpho.Params.read({**PAIR, "collateral": "steth", "feed": "rate"})))
        world.add(Morpho(world, "pair_a", "away", Morpho.Params.read({**PAIR, "collateral": "steth_a", "feed": "rate_a"})))
        self.do("lp", "home", AddLiquidity(target="pool", amounts=(("eth", 500.0), ("steth", 500.0))))
        self.do("lp", "home", AddLiquidity(target="bazaar", amounts=(("eth", 10.0), ("gem", 1000.0))))
        self.do("saver", "home", Supply(target="pair", token="eth", amount=400.0))
        self.do("alice", "home", Supply(target="pair", token="steth", amount=100.0), Borrow(target="pair", token="eth", amount=60.0))
        self.do("bob", "away", Supply(target="pair_a", token="eth", amount=200.0))
        self.do("carol", "away", Supply(target="pair_a", token="steth_a", amount=150.0), Borrow(target="pair_a", token="eth", amount=90.0))

    def do(self, who: str, chain: str, *actions: Action) -> tuple[float, ...]:
        """One transaction that must execute; every identity holds after it."""
        receipt = self.chains[chain].execute(self.people[who], Transaction(actions), self.world.clock.now)
        assert receipt.ok, receipt.reason
        assert not self.world.audit()
        return receipt.results

    def _feed(self, name: str, chain: str, claim: str) -> None:
        self.world.add(PriceFeed(self.world, name, chain, ExchangeRate(ExchangeRate.Params(claim=claim)), ()))
