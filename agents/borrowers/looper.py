"""A looper: levers a token against one that it moves with (a claim against its backing, a stablecoin against another), and unwinds when
health or carry turns bad.

Source: exact.md 6 (leverage, break-even rate, cost of unwinding at a discount); Xiong et al. 2024, arXiv 2401.08610.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from agents.base import EcosystemAgent
from agents.borrowers.deleverage import Unwind, collateral_needed, unwinding
from agents.borrowers.standing import flash_source, standing_of
from model.core.actions import Transaction
from model.core.draws import Stream
from model.core.params import Params, param
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import Watch


class LooperParams(Params):
    """How loopers act."""

    level: tuple[float, float] = param((1.03, 1.12), unit="1", description="Range of health factors at which they unwind, uniform")
    target: float = param(1.1, unit="1", gt=1, description="Health factor that a partial unwinding restores, times the level")
    worst_carry: tuple[float, float] = param((-0.05, 0.0), unit="1/year", description="Range of the carry at which they leave, uniform")
    leaves: float = param(0.25, unit="fraction", gt=0, le=1, description="Share of the debt unwound at one bad carry")
    most_discount: tuple[float, float] = param((0.03, 0.12), unit="fraction", description="Range of discounts at which selling stops")
    slippage: float = param(0.002, unit="fraction", ge=0, lt=1, description="Slippage to spare")
    flash: str | None = param(None, unit="market", description="Market whose flash loan funds it; none: their own, if it lends")
    patience: float = param(86_400.0, unit="seconds", gt=0, description="Time between looks while the carry stays bad or the sale too dear")


class Looper(EcosystemAgent):
    """Unwinds part of its loop in one flash-funded transaction. Below health 1.02 it sells at any price that still pays its debt."""

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream, levels: tuple[float, float, float]) -> None:
        super().__init__(model, account, index, params, draws)
        self.level, self.worst_carry, self.most_discount = levels

    def wakes(self) -> Iterable[Watch]:
        """Its own health factor, and what the loop yields."""
        return (
            Watch(f"health:{self.params.market}", self.level, "below"),
            Watch(self._carry, self.worst_carry, "below", hysteresis=0.01),
        )

    def decide(self, view: View) -> Sequence[Transaction]:
        """Unwind to the target health, or a share of the debt when the carry is bad."""
        params = self.params
        market = view.market(params.market)
        standing = standing_of(market, self.account)
        owed = standing.owed.get(params.backing, 0.0) if standing is not None else 0.0
        source = flash_source(view, market, params.looper.flash, params.backing)
        if standing is None or source is None or owed <= 1e-9:
            return []
        lender, fee, most = source
        amount, wanted = 0.0, self.level * params.looper.target
        if standing.health < self.level and wanted > standing.threshold:
            amount = min(standing.repayment(wanted) / market.price(params.backing), owed)
        elif view.quantity(self._carry) < self.worst_carry:
            amount = params.looper.leaves * owed
            self.ask_again = view.now + params.looper.patience
        amount = min(amount, most)
        if amount <= 1e-9:
            return []
        unwind = Unwind(market.name, params.claim, params.backing, amount, lender, fee)
        sold = collateral_needed(view, unwind, standing.held.get(params.claim, 0.0), params.looper.slippage)
        claim = view.claim(params.claim)
        rate = claim.price_of_one() if claim is not None else 1.0
        if sold is None or (standing.health > 1.02 and amount < (1.0 - self.most_discount) * sold * rate):
            self.ask_again = view.now + params.looper.patience
            return []
        return [unwinding(view, unwind, sold, self.tip_at(standing.health))]

    @property
    def _carry(self) -> str:
        return f"carry:{self.params.market} {self.params.claim}/{self.params.backing}"
