"""Kind ``whale_leaving``: the largest depositors of a market take their deposits away, as far as there is cash."""

from __future__ import annotations

from typing import Any

from model.core.actions import PREVIOUS, Transfer, Withdraw
from model.core.params import param
from model.markets.base import Market
from model.shocks.base import Shock, ShockParams
from model.shocks.dealings import dealt
from model.world.accounts import OUTSIDE
from model.world.world import World


class WhaleLeavingParams(ShockParams):
    """Deposits that leave."""

    market: str = param(unit="market", description="Market that is left")
    token: str = param(unit="token", description="What is withdrawn")
    share: float = param(0.5, unit="fraction", gt=0, le=1, description="Share of all deposits of the token that leaves")


class WhaleLeaving(Shock, kind="whale_leaving"):
    """Depositors without debt leave, the largest first, until the share has left. Where cash runs out the rest waits and leaves,
    tick by tick, as cash comes back, while the shock lasts.

    Assumes: deposits that secure debt stay, and those of other markets (a vault's in its pairs, pledged shares of a vault); each withdraws
    all, the last one what is missing.
    """

    Params = WhaleLeavingParams
    params: WhaleLeavingParams

    def __init__(self, name: str, params: Any) -> None:
        super().__init__(name, params)
        self.wanted = 0.0
        self.left = 0.0
        self._queue: list[int] = []

    def begin(self, world: World) -> None:
        """Note who is large, and how much is to leave."""
        market = self._market(world)
        token = self.params.token
        kept = {account for target in world.targets.values() for account in target.accounts()}
        deposits = {account: market.deposits_of(account).get(token, 0.0) for account in market.participants() if account not in kept}
        self.wanted = self.params.share * sum(deposits.values())
        free = [account for account, amount in deposits.items() if amount > 0.0 and not market.debts_of(account)]
        self._queue = sorted(free, key=lambda account: (-deposits[account], account))

    def advance(self, world: World) -> None:
        """Withdraw what cash allows."""
        market, token = self._market(world), self.params.token
        while self._queue and not self.ended and self.left < self.wanted * (1.0 - 1e-9):
            cash = market.payable(token)
            held = market.deposits_of(self._queue[0]).get(token, 0.0)
            amount = min(held, cash * (1.0 - 1e-9), self.wanted - self.left)
            if amount <= 1e-9 * self.wanted:
                if held > 1e-9 * self.wanted:
                    return
                self._queue.pop(0)
                continue
            out = Withdraw(target=market.name, token=token, amount=amount)
            away = Transfer(target=market.chain, token=token, amount=PREVIOUS, to=OUTSIDE)
            receipt = dealt(world, market.chain, self._queue[0], out, away)
            if not receipt.ok:
                return
            self.left += receipt.results[0]

    def _market(self, world: World) -> Market:
        market = world.targets[self.params.market]
        assert isinstance(market, Market)
        return market
