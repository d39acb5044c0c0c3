"""A pooled market in a world of its own, and the operations of Aave's recordings as transactions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model.core.actions import ALL, Action, Borrow, Collect, Post, Receipt, Repay, Supply, Take, Transaction, Withdraw
from model.core.clock import Clock
from model.core.draws import Draws
from model.feeds.base import Feed
from model.markets.pooled import EMode, Pooled, Switch
from model.markets.pooled_liquidation import Liquidate, Receive
from model.ordering.base import Ordering
from model.world.board import PriceFeed
from model.world.chain import Chain, ChainParams
from model.world.world import World
from tests.vectors.tally import MAX

CHAIN, MARKET = "chain", "pool"
RAY, BPS = 1e27, 1e4


class Settable(Feed):
    """A feed that says what was posted last, as the recordings' oracle does."""

    posted = True

    def sources(self):
        return ()

    def candidate(self, observations, now, state):
        return observations[-1].value


class Untended(Ordering):
    """Blocks are not filled here: every recorded operation is a transaction of its own, at its time."""

    def base_fee(self, before, demand, used, target, limit, blocks):
        return before

    def select(self, requests, base_fee, demand, target, capacity):
        return []


@dataclass(frozen=True)
class Dialect:
    """In what the recordings of the versions differ: rule set, decimals and names of account values."""

    rules: str
    base_decimals: int
    base_suffix: str

    @property
    def base(self) -> float:
        """Recorded units per unit of the numeraire."""
        return 10.0**self.base_decimals


def reserve_of(symbol: str, asset: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of a reserve from its recorded configuration."""
    rate = {name: int(value) / RAY for name, value in asset["rate"].items()}
    curve = {
        "kind": "kinked", "optimal_utilisation": rate["optimal_usage_ray"], "base": rate["base_ray"], "slope1": rate["slope1_ray"],
        "slope2": rate["slope2_ray"],
    }  # fmt: skip
    return {
        "feed": f"feed {symbol}", "ltv": asset["ltv_bps"] / BPS, "liquidation_threshold": asset["lt_bps"] / BPS,
        "bonus": (asset["bonus_bps"] - BPS) / BPS, "protocol_fee": asset.get("protocol_fee_bps", 0) / BPS,
        "reserve_factor": asset["reserve_factor_bps"] / BPS, "rate": curve,
    }  # fmt: skip


class AavePool:
    """One row's world: a pooled market of the dialect's rules, one feed per asset, accounts by the recorded names."""

    def __init__(self, dialect: Dialect, market: Mapping[str, Any]) -> None:
        self.dialect = dialect
        self.assets: dict[str, Any] = market["assets"]
        self.unit = {symbol: 10.0 ** -asset["decimals"] for symbol, asset in self.assets.items()}
        self.inherited = dict.fromkeys(self.assets, 1.0)
        """Base units of a token that one base unit of what it was exchanged for in liquidations is worth."""
        self.world = world = World(Clock(float(market.get("t0", 1_700_000_000)), 1.0), Draws(0))
        world.open_ledger(CHAIN)
        self.chain = Chain(world, CHAIN, ChainParams(), Untended(None))
        world.add_chain(self.chain)
        self.oracle = world.accounts.open("oracle")
        for symbol in self.assets:
            world.add(PriceFeed(world, f"feed {symbol}", CHAIN, Settable(None), (self.oracle,)))
        categories = market.get("emode_categories", {})
        members = {key: [s for s, a in self.assets.items() if str(a.get("emode_category", 0)) == key] for key in categories}
        emodes = {
            key: {
                "ltv": item["ltv_bps"] / BPS, "liquidation_threshold": item["lt_bps"] / BPS, "bonus": (item["bonus_bps"] - BPS) / BPS,
                "collateral": tuple(members[key]), "borrowable": tuple(members[key]),
            }
            for key, item in categories.items()
        }  # fmt: skip
        reserves = {symbol: reserve_of(symbol, asset) for symbol, asset in self.assets.items()}
        params = Pooled.Params.read({"rules": {"kind": dialect.rules}, "reserves": reserves, "emodes": emodes})
        self.market = Pooled(world, MARKET, CHAIN, params)
        world.add(self.market)
        for symbol, asset in self.assets.items():
            self.post(symbol, asset["price0"])

    def account(self, name: str) -> int:
        """Account of a recorded name, opened at first use."""
        try:
            return self.world.accounts.of(name)
        except KeyError:
            return self.world.accounts.open(name)

    def tokens(self, symbol: str, amount: int | str) -> float:
        """Tokens of a recorded amount, ALL for the largest integer."""
        return ALL if int(amount) == MAX else int(amount) * self.unit[symbol]

    def fund(self, name: str, symbol: str, step: Mapping[str, Any], amount: str) -> None:
        """Test tokens for the caller: ``fund`` when given, else the amount."""
        given = int(step.get("fund", step[amount]))
        self.world.ledgers[CHAIN].create(symbol, self.account(name), given * self.unit[symbol], "outside")

    def execute(self, name: str | int, *actions: Action) -> Receipt:
        """One transaction at the clock."""
        sender = self.account(name) if isinstance(name, str) else name
        return self.chain.execute(sender, Transaction(actions), self.world.clock.now)

    def post(self, symbol: str, price: int | str) -> Receipt:
        """Set a price."""
        return self.post_value(symbol, int(price) / self.dialect.base)

    def post_value(self, symbol: str, value: float) -> Receipt:
        """Set a price in the numeraire."""
        return self.execute(self.oracle, Post(target=f"feed {symbol}", value=value))

    def perform(self, step: Mapping[str, Any]) -> Receipt | None:
        """Perform one step, after funding its caller; None for a warp."""
        operation, user, symbol = step["op"], step.get("user", ""), step.get("asset", "")
        if operation == "warp":
            clock = self.world.clock
            clock.advance(clock.now + step["dt"])
            return None
        if operation == "price":
            return self.post(symbol, step["price"])
        if operation in ("supply", "repay"):
            self.fund(user, symbol, step, "amount")
        if operation == "liquidate":
            self.fund(step["liquidator"], step["debt"], step, "debt_to_cover")
            user = step["liquidator"]
        return self.execute(user or "lp", self.action(step))

    def action(self, step: Mapping[str, Any]) -> Action:
        """The model's action for a recorded operation."""
        operation, symbol = step["op"], step.get("asset", "")
        amount = self.tokens(symbol, step["amount"]) if "amount" in step else 0.0
        match operation:
            case "supply":
                return Supply(target=MARKET, token=symbol, amount=amount)
            case "withdraw":
                return Withdraw(target=MARKET, token=symbol, amount=amount)
            case "borrow":
                return Borrow(target=MARKET, token=symbol, amount=amount)
            case "repay":
                return Repay(target=MARKET, token=symbol, amount=amount)
            case "use_as_collateral":
                return Supply(target=MARKET, token=symbol, amount=0.0, terms=Switch(bool(step["flag"])))
            case "emode":
                category = str(step["category"])
                return Borrow(target=MARKET, token=next(iter(self.assets)), amount=0.0, terms=EMode("" if category == "0" else category))
            case "mint_to_treasury":
                return Collect(target=MARKET, item=symbol)
            case "liquidate":
                item = Liquidate(self.account(step["user"]), step["collateral"], step["debt"])
                cover = self.tokens(step["debt"], step["debt_to_cover"])
                return Take(target=MARKET, item=item, amount=cover, terms=Receive(bool(step["receive_atoken"])))
        raise ValueError(f"unknown operation {operation!r}")
