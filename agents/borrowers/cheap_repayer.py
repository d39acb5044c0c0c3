"""A borrower who repays when what it owes has become cheap: buys the debt token below par with money of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from agents.base import EcosystemAgent
from model.core.actions import Repay, Transaction
from model.core.draws import Stream
from model.core.params import Params, param
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import Watch


class RepayerParams(Params):
    """How those act who repay a debt token that has lost its peg."""

    feed: str | None = param(None, unit="feed", description="Feed that shows them the debt token's price; none where there are none")
    pays: str | None = param(None, unit="token", description="Token of their wallet that they pay with")
    par: float = param(1.0, unit="wallet token/debt token", gt=0, description="What the debt token is worth at its peg")
    level: tuple[float, float] = param((0.9, 0.985), unit="1", description="Range of prices, by par, at which they repay, uniform")
    wallet: tuple[float, float] = param((0.0, 1.0), unit="fraction", description="Range of the wallet as a share of debt at par, uniform")
    patience: float = param(3_600.0, unit="seconds", gt=0, description="Time between looks while it is cheap on the feed and not yet here")
    slippage: float = param(0.003, unit="fraction", ge=0, lt=1, description="How much worse than quoted the purchase may fill")


class CheapRepayer(EcosystemAgent):
    """Buys debt tokens along the best route and repays, in one transaction, as soon as the whole purchase fills below its level.

    Assumes: it believes in the peg's return or cares only for its debt; it judges by what the purchase really costs, not by the feed.
    """

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream, level: float) -> None:
        super().__init__(model, account, index, params, draws)
        self.level = level

    def wakes(self) -> Iterable[Watch]:
        """The debt token's price as the feed states it."""
        repayer = self.params.repayer
        return (Watch(f"feed:{repayer.feed}", self.level * repayer.par, "below"),)

    def decide(self, view: View) -> Sequence[Transaction]:
        """Spend the wallet, or what the debt costs, where that is cheap; half, a quarter... where the market is too thin for all."""
        params, repayer = self.params, self.params.repayer
        market = view.market(params.market)
        owed = market.debts_of(self.account).get(params.debt, 0.0)
        spend = min(view.balance(repayer.pays), owed * self.level * repayer.par)
        if owed <= 0.0 or spend <= 1e-3 * owed:
            return []
        self.ask_again = view.now + repayer.patience
        for _ in range(5):
            route = view.route(repayer.pays, params.debt, spend)
            if route.received > 0.0 and spend <= self.level * repayer.par * route.received:
                amount = min(route.received * (1.0 - repayer.slippage), owed)
                repay = Repay(target=market.name, token=params.debt, amount=amount)
                return [Transaction((*route.swaps(repayer.slippage), repay), tip=self.tip, expires_at=view.now + 600.0)]
            spend *= 0.5
        return []
