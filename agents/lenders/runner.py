"""Kind ``runner``: lenders who leave when they are frightened, and wait at the exit for cash."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from agents.base import AgentParams, EcosystemAgent, Given, Population
from agents.lenders.opening import open_deposits
from agents.lenders.spill import borrowing
from model.core.actions import ALL, Receipt, Transaction, Withdraw
from model.core.draws import Stream
from model.core.params import param
from model.ecosystem import Ecosystem
from model.markets.bookkeeping import ROUNDING
from model.view import View
from model.wakes import On, Watch


class RunnerParams(AgentParams):
    """Lenders of one token in one market who run."""

    count: int = param(20, unit="accounts", ge=0, description="Number of lenders")
    market: str = param(unit="market", description="Where they lend")
    token: str = param(unit="token", description="What they lend")
    supplied: float = param(0.0, unit="token", ge=0, description="Supplied at the start by all together")
    concentration: float = param(0.5, unit="1", ge=0, description="Zipf exponent of deposits by rank: 0 for equal shares")
    utilisation: tuple[float, float] = param(
        (0.9, 0.99), unit="fraction", description="Range of utilisations that frighten them, uniform; above 1 for whom none does"
    )
    signal: str | None = param(
        None, unit="market token", description="Reserve whose utilisation frightens them; none for the one that they lend to"
    )
    claim: str | None = param(None, unit="claim", description="Claim whose loss frightens them; none")
    impairment: tuple[float, float] = param((0.005, 0.1), unit="fraction", description="Range of losses that frighten them, uniform")
    feed: str | None = param(None, unit="feed", description="Feed of the token whose fall frightens them; none")
    depeg: tuple[float, float] = param((0.9, 0.985), unit="as the feed", description="Range of its values that frighten them, uniform")
    news: str | None = param(None, unit="shock", description="Shock that is news to them; none")
    hearing: float = param(1_800.0, unit="seconds", ge=0, description="Mean time from the shock until one hears of it (exponential)")
    flight: float = param(0.0, unit="fraction", ge=0, le=1, description="Share of them whom the news alone frightens")
    alarm: float = param(
        0.0, unit="fraction", ge=0, le=1, description="By how much the news lowers the utilisation that frightens the others"
    )
    hesitation: float = param(1_800.0, unit="seconds", ge=0, description="Mean time from fright to the exit (exponential)")
    patience: float = param(300.0, unit="seconds", gt=0, description="Time between looks for cash while they wait")
    least: float = param(1e-9, unit="fraction", gt=0, le=1, description="Smallest part of the deposit that who waits would take")
    calm: float = param(
        0.8, unit="fraction", ge=0, le=1, description="Utilisation below which who waits, and saw no loss and no news, stays after all"
    )
    spill: float = param(0.0, unit="fraction", ge=0, le=1, description="Share of them who borrow against a deposit that is stuck")
    borrows: str | None = param(None, unit="token", description="What they borrow then; none")
    borrow_after: float = param(3_600.0, unit="seconds", ge=0, description="Time at a closed exit after which they borrow")
    borrow_share: float = param(0.8, unit="fraction", gt=0, le=1, description="Part of the largest loan that they take")


@dataclass(frozen=True, slots=True)
class Temper:
    """What one lender is like: utilisation, loss and price that frighten it, whether the news does, whether it borrows when stuck."""

    utilisation: float
    loss: float
    price: float
    flees: bool = False
    spills: bool = False


class Runner(EcosystemAgent):
    """Withdraws all, or what cash there is; the rest waits, or is borrowed against. Who left has left.

    Fear spreads: the news frightens some at once and lowers what utilisation the others bear, who take fright as the first ones' leaving
    raises it, in the reserve that they lend to or in the one that they look at.
    Assumes: a run is on the token's cash; each looks at the whole exit, so that the first in a block is served first.
    """

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream, temper: Temper) -> None:
        super().__init__(model, account, index, params, draws)
        self.temper = temper
        self.heard_at: float | None = None
        self.runs_at: float | None = None
        self.stuck_since: float | None = None
        self.gone = False
        self._signal: str = params.signal or f"{params.market} {params.token}"
        self._asked_all = False

    def wakes(self) -> Iterable[Watch | On]:
        """Utilisation, the claim's loss, the token's fall, the news."""
        params, fear = self.params, self.temper.utilisation
        found: list[Watch | On] = [Watch(f"utilisation:{self._signal}", fear, hysteresis=0.01)]
        if params.claim is not None:
            found.append(Watch(f"impairment:{params.claim}", self.temper.loss))
        if params.feed is not None:
            found.append(Watch(f"feed:{params.feed}", self.temper.price, "below"))
        if params.news is not None:
            found.append(On("shocks", params.news))
            if params.alarm > 0.0:
                found.append(Watch(f"utilisation:{self._signal}", fear - params.alarm, hysteresis=0.01))
        return found

    def decide(self, view: View) -> Sequence[Transaction]:
        """Hear, take fright, hesitate, then take what there is, again and again."""
        params = self.params
        if self.gone or not self._frightened(view):
            return []
        if self.runs_at is None:
            self.runs_at = view.now + params.hesitation * self.draws.exponential(self.index, view.now)
        if view.now < self.runs_at:
            self.ask_again = self.runs_at
            return []
        if not self._alarmed(view) and view.quantity(f"utilisation:{self._signal}") < params.calm:
            self.runs_at = None
            return []
        return self._leave(view)

    def receive(self, receipt: Receipt) -> None:
        """Out, or still waiting: at the exit, or for an answer from another chain."""
        if receipt.ok and self._asked_all and not self.gone:
            market: Any = self.model.world.targets[self.params.market]
            self.gone = not market.deposits_of(self.account).get(self.params.token)

    def _leave(self, view: View) -> list[Transaction]:
        """Withdraw what cash there is; where there is none for long, borrow."""
        params = self.params
        market = view.market(params.market)
        deposit = market.deposits_of(self.account).get(params.token, 0.0)
        if deposit <= 0.0:
            self.gone = True
            return []
        self.ask_again = view.now + params.patience
        cash = market.payable(params.token, view.chain)
        indebted = bool(market.debts_of(self.account))
        self._asked_all = deposit <= cash * (1.0 + ROUNDING) and not indebted
        amount = ALL if self._asked_all else cash
        if not indebted and amount > params.least * deposit:
            self.stuck_since = None
            out = Withdraw(target=params.market, token=params.token, amount=amount)
            return [Transaction((out,), tip=self.tip, expires_at=view.now + params.patience)]
        if self.stuck_since is None:
            self.stuck_since = view.now
        if not self.temper.spills or view.now < self.stuck_since + params.borrow_after:
            return []
        loan = borrowing(view, params.market, params.borrows, params.borrow_share)
        return [] if loan is None else [Transaction((loan,), tip=self.tip, expires_at=view.now + params.patience)]

    def _frightened(self, view: View) -> bool:
        """Whether it runs already, or has a reason now; notes when it will have heard the news."""
        params = self.params
        if self.runs_at is not None:
            return True
        if params.news is not None and self.heard_at is None and self._out(view):
            self.heard_at = view.now + params.hearing * self.draws.exponential(self.index, view.now, 1)
        if self.heard_at is not None and view.now < self.heard_at:
            self.ask_again = self.heard_at
        found = view.quantity(f"utilisation:{self._signal}")
        bears = self.temper.utilisation - (params.alarm if self._heard(view) else 0.0)
        return found >= bears or self._alarmed(view)

    def _out(self, view: View) -> bool:
        """Whether the news is out."""
        return any(shock.name == self.params.news and shock.began_at is not None for shock in self.model.shocks)

    def _heard(self, view: View) -> bool:
        return self.heard_at is not None and view.now >= self.heard_at

    def _alarmed(self, view: View) -> bool:
        """Whether there is a reason that calm does not undo: a loss, a fallen price, or news that it flees from."""
        claim, feed = self.params.claim, self.params.feed
        if feed is not None and view.feed(feed).value() <= self.temper.price:
            return True
        if claim is not None and view.quantity(f"impairment:{claim}") >= self.temper.loss:
            return True
        return self.temper.flees and self._heard(view)


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
        open_deposits(world, params, accounts, params.supplied * weights / max(weights.sum(), 1e-300))
        stream = world.draws[name]
        ranges = (params.utilisation, params.impairment, params.depeg)
        levels = [low + (high - low) * stream.uniforms(params.count, 0.0, place) for place, (low, high) in enumerate(ranges)]
        flees, spills = (stream.uniforms(params.count, 0.0, 3 + place) < share for place, share in enumerate((params.flight, params.spill)))
        for index, account in enumerate(accounts):
            spilling = bool(spills[index]) and params.borrows is not None
            temper = Temper(float(levels[0][index]), float(levels[1][index]), float(levels[2][index]), bool(flees[index]), spilling)
            model.enrol(Runner(model, account, index, params, stream, temper))
