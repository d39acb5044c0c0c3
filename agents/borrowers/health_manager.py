"""A health manager: repays or adds collateral at a level of its own, from a wallet of its own, and sells collateral when that is spent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from agents.base import EcosystemAgent
from agents.borrowers.deleverage import Unwind, collateral_needed, unwinding
from model.core.actions import Repay, Supply, Transaction
from model.core.draws import Stream
from model.core.params import Params, param
from model.ecosystem import Ecosystem
from model.markets.pooled import Pooled
from model.view import View
from model.wakes import Watch


class ManagerParams(Params):
    """How health managers act."""

    level: tuple[float, float] = param((1.05, 1.35), unit="1", description="Range of health factors at which they act, uniform")
    target: float = param(1.2, unit="1", gt=1, description="Health factor that they restore, times their level")
    wallet: tuple[float, float] = param((0.0, 0.5), unit="fraction", description="Range of the wallet as a share of debt, uniform")
    slippage: float = param(0.003, unit="fraction", ge=0, lt=1, description="Slippage to spare when collateral is sold")


class HealthManager(EcosystemAgent):
    """Restores its health: first repays from the wallet, then adds the claim that it holds, then sells collateral in one transaction."""

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream, level: float) -> None:
        super().__init__(model, account, index, params, draws)
        self.level = level

    def wakes(self) -> Iterable[Watch]:
        """Its own health factor."""
        return (Watch(f"health:{self.params.market}", self.level, "below"),)

    def decide(self, view: View) -> Sequence[Transaction]:
        """Repay, add, or sell, up to the health that it restores."""
        market = view.market(self.params.market)
        assert isinstance(market, Pooled)
        row = market.book.find(self.account)
        if row is None:
            return []
        standing = market.standing(row)
        if standing.debt <= 0.0 or standing.health >= self.level:
            return []
        wanted = self.level * self.params.manager.target
        missing = standing.debt - standing.collateral * standing.threshold / wanted
        debts = market.debts_of(self.account)
        token = max(debts, key=lambda name: debts[name] * market.price(name))
        price = market.price(token)
        wallet = view.balance(token)
        if wallet * price > 0.02 * missing:
            amount = min(wallet, missing / price, debts[token])
            return [Transaction((Repay(target=market.name, token=token, amount=amount),), tip=self.tip)]
        claim = self.params.claim
        spare = view.balance(claim)
        if spare * market.price(claim) > 0.02 * missing:
            return [Transaction((Supply(target=market.name, token=claim, amount=spare),), tip=self.tip)]
        return self._sell(view, market, standing.threshold, wanted, token)

    def _sell(self, view: View, market: Pooled, threshold: float, wanted: float, debt: str) -> list[Transaction]:
        """Sell collateral for debt: r = (h D - LT C) / (h - LT), exact.md 2 without a bonus, at today's prices."""
        held = market.collateral_of(self.account)
        if not held:
            return []
        row = market.book.find(self.account)
        assert row is not None
        standing = market.standing(row)
        collateral = max(held, key=lambda name: held[name] * market.price(name))
        if collateral == debt:
            return []
        value = (wanted * standing.debt - threshold * standing.collateral) / (wanted - threshold)
        amount = min(value / market.price(debt), market.debts_of(self.account)[debt], 0.98 * market.cash(debt))
        unwind = Unwind(market.name, collateral, debt, amount, market.name, market.reserves[debt].params.flash_fee)
        sold = collateral_needed(view, unwind, held[collateral], self.params.manager.slippage)
        return [] if sold is None or amount <= 0.0 else [unwinding(view, unwind, sold, self.tip)]
