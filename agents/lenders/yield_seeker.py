"""Kind ``yield_seeker``: lenders who supply a token and adjust to what it yields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from agents.base import AgentParams, EcosystemAgent, Given, Population
from agents.lenders.opening import open_deposits
from model.core.actions import Supply, Transaction, Withdraw
from model.core.draws import Stream
from model.core.params import param
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import Timer


class YieldSeekerParams(AgentParams):
    """Lenders of one token in one market."""

    count: int = param(20, unit="accounts", ge=0, description="Number of lenders")
    market: str = param(unit="market", description="Where they lend")
    token: str = param(unit="token", description="What they lend")
    supplied: float = param(0.0, unit="token", ge=0, description="Supplied at the start by all together")
    wallet: float = param(0.0, unit="token", ge=0, description="Held back at the start by all together")
    target_yield: tuple[float, float] = param((0.005, 0.03), unit="1/year", description="Range of yields that content them, uniform")
    band: float = param(0.5, unit="fraction", gt=0, description="Relative distance from the content yield at which they act")
    step: float = param(0.1, unit="fraction", gt=0, le=1, description="Share of wallet or deposit that moves at one decision")
    period: float = param(21_600.0, unit="seconds", gt=0, description="Time between looks")


class YieldSeeker(EcosystemAgent):
    """Supplies more when the yield is well above what contents it, withdraws when well below."""

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream, content: float) -> None:
        super().__init__(model, account, index, params, draws)
        self.content = content

    def wakes(self) -> Iterable[Timer]:
        """A timer, at a phase of its own."""
        period = self.params.period
        return (Timer(self.model.world.clock.start + period * self.draws.uniform(self.index, 1.0), period),)

    def decide(self, view: View) -> Sequence[Transaction]:
        """Move a share of the wallet in, or of the deposit out."""
        params = self.params
        market = view.market(params.market)
        found = market.totals_of(params.token)["supply_rate"]
        if found > self.content * (1.0 + params.band):
            amount = params.step * view.balance(params.token)
            action = Supply(target=params.market, token=params.token, amount=amount)
            return [Transaction((action,), tip=self.tip)] if amount > 1e-6 else []
        if found < self.content / (1.0 + params.band):
            deposit = market.deposits_of(self.account).get(params.token, 0.0)
            amount = min(params.step * deposit, 0.5 * market.payable(params.token, view.chain))
            out = Withdraw(target=params.market, token=params.token, amount=amount)
            return [Transaction((out,), tip=self.tip)] if amount > 1e-6 * max(deposit, 1.0) else []
        return []


class YieldSeekers(Population, kind="yield_seeker"):
    """Lenders of equal size whose content yields are spread over a range."""

    role: ClassVar[str] = "lenders"
    Params = YieldSeekerParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Open the deposits and enrol."""
        world, params = model.world, self.params
        accounts = world.accounts.open_many(name, params.count)
        share = 1.0 / max(params.count, 1)
        self.endow(world, params.chain, accounts, {params.token: params.wallet * share})
        open_deposits(world, params, accounts, np.full(params.count, params.supplied * share))
        low, high = params.target_yield
        drawn = world.draws[name].uniforms(params.count).tolist()
        for index, account in enumerate(accounts):
            model.enrol(YieldSeeker(model, account, index, params, world.draws[name], low + (high - low) * drawn[index]))
