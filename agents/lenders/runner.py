"""Kind ``runner``: lenders who leave when they are frightened, and wait at the exit for cash."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from agents.base import AgentParams, EcosystemAgent, Given, Population
from model.core.actions import ALL, Receipt, Transaction, Withdraw
from model.core.draws import Stream
from model.core.params import param
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import Watch


class RunnerParams(AgentParams):
    """Lenders of one token in one market who run."""

    count: int = param(20, unit="accounts", ge=0, description="Number of lenders")
    market: str = param(unit="market", description="Where they lend")
    token: str = param(unit="token", description="What they lend")
    supplied: float = param(0.0, unit="token", ge=0, description="Supplied at the start by all together")
    concentration: float = param(0.5, unit="1", ge=0, description="Zipf exponent of deposits by rank: 0 for equal shares")
    utilisation: tuple[float, float] = param((0.9, 0.99), unit="fraction", description="Range of utilisations that frighten them, uniform")
    claim: str | None = param(None, unit="claim", description="Claim whose loss frightens them; none")
    impairment: tuple[float, float] = param((0.005, 0.1), unit="fraction", description="Range of losses that frighten them, uniform")
    feed: str | None = param(None, unit="feed", description="Feed of the token whose fall frightens them; none")
    depeg: tuple[float, float] = param((0.9, 0.985), unit="as the feed", description="Range of its values that frighten them, uniform")
    hesitation: float = param(1_800.0, unit="seconds", ge=0, description="Mean time from fright to the exit (exponential)")
    patience: float = param(300.0, unit="seconds", gt=0, description="Time between looks for cash while they wait")
    calm: float = param(0.8, unit="fraction", ge=0, le=1, description="Utilisation below which who waits, and saw no loss, stays after all")


class Runner(EcosystemAgent):
    """Withdraws all, or what cash there is; the rest waits. Who left has left.

    Assumes: a run is on the token's cash; each looks at the whole exit, so that the first in a block is served first.
    """

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream, fear: tuple[float, float, float]) -> None:
        super().__init__(model, account, index, params, draws)
        self.fear = fear
        self.runs_at: float | None = None
        self.gone = False
        self._asked_all = False

    def wakes(self) -> Iterable[Watch]:
        """Utilisation, the claim's loss, and the token's fall."""
        params = self.params
        found = [Watch(f"utilisation:{params.market} {params.token}", self.fear[0], hysteresis=0.01)]
        if params.claim is not None:
            found.append(Watch(f"impairment:{params.claim}", self.fear[1]))
        if params.feed is not None:
            found.append(Watch(f"feed:{params.feed}", self.fear[2], "below"))
        return found

    def decide(self, view: View) -> Sequence[Transaction]:
        """Hesitate, then take what there is, again and again."""
        params = self.params
        if self.gone:
            return []
        if self.runs_at is None:
            self.runs_at = view.now + params.hesitation * self.draws.exponential(self.index, view.now)
        if view.now < self.runs_at:
            self.ask_again = self.runs_at
            return []
        market = view.market(params.market)
        totals = market.totals()[params.token]
        if not self._saw_a_loss(view) and totals["utilisation"] < params.calm:
            self.runs_at = None
            return []
        deposit = market.deposits_of(self.account).get(params.token, 0.0)
        if deposit <= 0.0:
            self.gone = True
            return []
        self.ask_again = view.now + params.patience
        self._asked_all = deposit <= totals["cash"]
        amount = ALL if self._asked_all else totals["cash"]
        if amount <= 1e-9 * deposit:
            return []
        out = Withdraw(target=params.market, token=params.token, amount=amount)
        return [Transaction((out,), tip=self.tip, expires_at=view.now + params.patience)]

    def receive(self, receipt: Receipt) -> None:
        """Out, or still waiting."""
        self.gone = self.gone or (receipt.ok and self._asked_all)

    def _saw_a_loss(self, view: View) -> bool:
        claim, feed = self.params.claim, self.params.feed
        if feed is not None and view.feed(feed).value() <= self.fear[2]:
            return True
        return claim is not None and view.quantity(f"impairment:{claim}") >= self.fear[1]


class Runners(Population, kind="runner"):
    """Lenders whose deposits fall with rank and whose fears are spread over a range."""

    role: ClassVar[str] = "lenders"
    Params = RunnerParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Open the deposits and enrol."""
        world, params = model.world, self.params
        accounts = world.accounts.open_many(name, params.count)
        weights = (1.0 + np.arange(params.count)) ** -params.concentration
        self.endow(world, params.chain, accounts, {})
        market: Any = world.targets[params.market]
        market.open_positions(accounts, {params.token: params.supplied * weights / max(weights.sum(), 1e-300)}, {})
        stream = world.draws[name]
        ranges = (params.utilisation, params.impairment, params.depeg)
        levels = [low + (high - low) * stream.uniforms(params.count, 0.0, place) for place, (low, high) in enumerate(ranges)]
        for index, account in enumerate(accounts):
            fear = (float(levels[0][index]), float(levels[1][index]), float(levels[2][index]))
            model.enrol(Runner(model, account, index, params, stream, fear))
