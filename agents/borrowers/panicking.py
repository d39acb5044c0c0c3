"""Kind ``panicking``: borrowers who give up their position when the loan grows dear, or when bad news reaches them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from agents.base import EcosystemAgent, Given
from agents.borrowers.flat_book import FlatBook, FlatBookParams
from model.core.actions import ALL, Action, Repay, Transaction, Withdraw
from model.core.draws import Stream
from model.core.params import param
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import On, Timer
from model.world.accounts import OUTSIDE
from model.world.claim import ClaimToken


class PanickingParams(FlatBookParams):
    """Borrowers of one collateral and one debt who may close their position."""

    news: str | None = param(None, unit="shock", description="Shock that is news to them; none")
    hearing: float = param(7_200.0, unit="seconds", ge=0, description="Mean time from the shock until one who flees closes (exponential)")
    flight: float = param(0.0, unit="fraction", ge=0, le=1, description="Share of them who close at the news")
    tolerance: tuple[float, float] = param((0.08, 0.3), unit="1/year", description="Range of borrow rates above which they repay, uniform")
    step: float = param(0.5, unit="fraction", gt=0, le=1, description="Share of the debt repaid at one look while the rate is too high")
    wallet: float = param(1.0, unit="fraction", ge=0, description="What they have to repay with, as a share of their debt at the start")
    period: float = param(3_600.0, unit="seconds", gt=0, description="Time between looks")


class PanickingBorrower(EcosystemAgent):
    """Repays from its wallet and takes as much collateral back as that sets free and the reserve can pay.

    Assumes: a part of what was borrowed is at hand.
    """

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream) -> None:
        super().__init__(model, account, index, params, draws)
        low, high = params.tolerance
        self.tolerance = low + (high - low) * draws.uniform(index, 0.0, 1)
        self.flees = params.news is not None and draws.uniform(index, 0.0, 2) < params.flight
        self.closes_at: float | None = None

    def wakes(self) -> Iterable[On | Timer]:
        """A timer, at a phase of its own, and the news; nothing where there is nothing to repay with."""
        if not self.params.wallet > 0.0:
            return []
        start, period = self.model.world.clock.start, self.params.period
        found: list[On | Timer] = [Timer(start + period * self.draws.uniform(self.index, 0.0, 3), period)]
        if self.flees:
            found.append(On("shocks", self.params.news))
        return found

    def decide(self, view: View) -> Sequence[Transaction]:
        """Close when it flees; repay a part while the loan is too dear."""
        params, now = self.params, view.now
        if self.flees and self.closes_at is None and self._out():
            self.closes_at = now + params.hearing * self.draws.exponential(self.index, now)
            self.ask_again = self.closes_at
        if self.closes_at is not None and now >= self.closes_at:
            return self._repaid(view, 1.0)
        if view.market(params.market).totals_of(params.debt)["borrow_rate"] > self.tolerance:
            return self._repaid(view, params.step)
        return []

    def _repaid(self, view: View, share: float) -> list[Transaction]:
        params, market = self.params, view.market(self.params.market)
        owed = market.debts_of(self.account).get(params.debt, 0.0)
        held = market.collateral_of(self.account).get(params.collateral, 0.0)
        wallet, cash = view.balance(params.debt), market.payable(params.collateral, view.chain)
        paid = min(share * owed, wallet)
        actions: list[Action] = []
        if paid > 1e-9 * max(owed, 1.0):
            whole = share >= 1.0 and wallet > owed
            actions.append(Repay(target=market.name, token=params.debt, amount=ALL if whole else paid))
        left = owed - paid
        free = min(held * (1.0 - left / owed) if owed > 0.0 else held, cash)
        if free > 1e-3 * held > 0.0 and (actions or owed <= 0.0):
            actions.append(Withdraw(target=market.name, token=params.collateral, amount=free if free < held else ALL))
        return [Transaction(tuple(actions), tip=self.tip, expires_at=view.now + params.period)] if actions else []

    def _out(self) -> bool:
        """Whether the news is out."""
        return any(shock.name == self.params.news and shock.began_at is not None for shock in self.model.shocks)


class PanickingBorrowers(FlatBook, kind="panicking"):
    """Positions as those of ``flat_book``, whose owners may give them up; in place at genesis, with what they borrowed in their wallets."""

    role: ClassVar[str] = "borrowers"
    Params = PanickingParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Open the positions and enrol their owners."""
        world, params = model.world, self.params
        market: Any = world.targets[params.market]
        draws, accounts = world.draws[name], world.accounts.open_many(name, params.count)
        held, ratios = self.columns(draws)
        owed = held * ratios * market.price(params.collateral) / market.price(params.debt)
        self.endow(world, params.chain, accounts, {params.debt: owed * params.wallet})
        if isinstance(world.targets.get(params.collateral), ClaimToken):
            world.ledgers[params.chain].move(params.collateral, OUTSIDE, market.account, float(held.sum()))
        market.open_positions(accounts, {params.collateral: held}, {params.debt: owed})
        for index, account in enumerate(accounts):
            model.enrol(PanickingBorrower(model, account, index, params, draws))
