"""A health manager: repays or adds collateral at a level of its own, from a wallet of its own, and sells collateral when that is spent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from agents.base import EcosystemAgent
from agents.borrowers.deleverage import Unwind, collateral_needed, unwinding
from agents.borrowers.standing import Standing, flash_source, standing_of
from model.core.actions import Action, Repay, Supply, Transaction
from model.core.draws import Stream
from model.core.params import Params, param
from model.ecosystem import Ecosystem
from model.markets.base import Market
from model.view import View
from model.wakes import Watch


class ManagerParams(Params):
    """How health managers act."""

    level: tuple[float, float] = param((1.05, 1.35), unit="1", description="Range of health factors at which they act, uniform")
    target: float = param(1.2, unit="1", gt=1, description="Health factor that they restore, times their level")
    wallet: tuple[float, float] = param((0.0, 0.5), unit="fraction", description="Range of the wallet as a share of debt, uniform")
    slippage: float = param(0.003, unit="fraction", ge=0, lt=1, description="Slippage to spare when collateral is sold")
    flash: str | None = param(None, unit="market", description="Market whose flash loan funds a sale; none: their own, if it lends")


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
        standing = standing_of(market, self.account)
        if standing is None or standing.health >= self.level:
            return []
        wanted = self.level * self.params.manager.target
        missing = standing.debt - standing.collateral * standing.threshold / wanted
        token = max(standing.owed, key=lambda name: standing.owed[name] * market.price(name))
        price = market.price(token)
        wallet = view.balance(token)
        if wallet * price > 0.02 * missing:
            amount = min(wallet, missing / price, standing.owed[token])
            return [self._sent(view, Repay(target=market.name, token=token, amount=amount), standing)]
        claim = self.params.claim
        spare = view.balance(claim)
        if spare * market.price(claim) > 0.02 * missing:
            return [self._sent(view, Supply(target=market.name, token=claim, amount=spare), standing)]
        return self._sell(view, market, standing, wanted, token)

    def _sell(self, view: View, market: Market, standing: Standing, wanted: float, debt: str) -> list[Transaction]:
        """Sell collateral for debt at today's prices."""
        source = flash_source(view, market, self.params.manager.flash, debt)
        if source is None or not standing.held:
            return []
        collateral = max(standing.held, key=lambda name: standing.held[name] * market.price(name))
        if collateral == debt or wanted <= standing.threshold:
            return []
        lender, fee, most = source
        amount = min(standing.repayment(wanted) / market.price(debt), standing.owed[debt], most)
        if amount <= 0.0:
            return []
        unwind = Unwind(market.name, collateral, debt, amount, lender, fee)
        sold = collateral_needed(view, unwind, standing.held[collateral], self.params.manager.slippage)
        return [] if sold is None else [unwinding(view, unwind, sold, self.tip_at(standing.health))]

    def _sent(self, view: View, action: Action, standing: Standing) -> Transaction:
        return Transaction((action,), tip=self.tip_at(standing.health), expires_at=view.now + self.params.patience)
