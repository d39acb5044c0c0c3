"""Kind ``diversifier``: borrowers who spread their collateral over several tokens of one market, and keep it so.

Source: portfolio rebalancing to fixed weights within a band (Perold and Sharpe 1988, constant mix), here by flash-funded collateral swaps
(Aave ParaSwapLiquiditySwapAdapter).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self

from pydantic import model_validator

from agents.base import EcosystemAgent
from agents.borrowers.deleverage import Unwind, collateral_needed
from agents.borrowers.pair_book import PairBook, PairBookParams
from agents.borrowers.standing import flash_source
from model.core.actions import Flash, Supply, Transaction, Withdraw
from model.core.draws import Floats, Stream
from model.core.params import param
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import Timer


class DiversifierParams(PairBookParams):
    """Borrowers with a portfolio; at the start all of it is in ``collateral``."""

    weights: dict[str, float] = param(unit="fraction", min_length=2, description="Wanted shares of the collateral, by token, 1 in all")
    band: float = param(0.05, unit="fraction", ge=0, lt=1, description="Distance of a share from its weight at which they act")
    step: float = param(0.25, unit="fraction", gt=0, le=1, description="Most of the collateral that one swap exchanges")
    most_cost: float = param(0.01, unit="fraction", ge=0, lt=1, description="Most that a swap may lose against the market's feeds")
    period: float = param(21_600.0, unit="seconds", gt=0, description="Time between looks")
    slippage: float = param(0.002, unit="fraction", ge=0, lt=1, description="Slippage to spare")
    flash: str | None = param(None, unit="market", description="Market whose flash loan funds the swap; none: their own")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if abs(sum(self.weights.values()) - 1.0) > 1e-9 or min(self.weights.values()) < 0.0:
            raise ValueError(f"weights of 0 or more that are 1 in all (not {sum(self.weights.values()):g})")
        if self.debt in self.weights:
            raise ValueError(f"weights of tokens other than the debt {self.debt}")
        return self


class Diversifier(EcosystemAgent):
    """Swaps from the token that it has most too much of into the one that it has most too little of: a flash loan of the one is supplied,
    the other is withdrawn and sold for it. Health stays where it is but for the factors of the two tokens.
    """

    def wakes(self) -> Iterable[Timer]:
        """A look at a phase of its own."""
        period = float(self.params.period)
        return (Timer(self.model.world.clock.start + period * self.draws.uniform(self.index, 1.0), period),)

    def decide(self, view: View) -> Sequence[Transaction]:
        """One swap towards the weights, where it is not too dear."""
        params = self.params
        market = view.market(params.market)
        held = market.deposits_of(self.account)
        values = {token: held.get(token, 0.0) * market.price(token) for token in params.weights}
        whole = sum(values.values())
        if not whole > 0.0:
            return []
        excess = {token: value / whole - params.weights[token] for token, value in values.items()}
        much, little = max(excess, key=excess.__getitem__), min(excess, key=excess.__getitem__)
        source = flash_source(view, market, params.flash, little)
        if max(excess[much], -excess[little]) <= params.band or source is None:
            return []
        lender, fee, most = source
        amount = min(min(excess[much], -excess[little], params.step) * whole / market.price(little), most)
        if not amount > 0.0:
            return []
        swap = Unwind(market.name, much, little, amount, lender, fee)
        sold = collateral_needed(view, swap, held[much], params.slippage)
        if sold is None or sold * market.price(much) > (1.0 + params.most_cost) * amount * market.price(little):
            return []
        return [self._swapping(view, swap, sold)]

    def _swapping(self, view: View, swap: Unwind, sold: float) -> Transaction:
        route = view.route(swap.collateral, swap.debt, sold)
        owed = swap.amount * (1.0 + swap.fee)
        supply = Supply(target=swap.market, token=swap.debt, amount=swap.amount)
        withdraw = Withdraw(target=swap.market, token=swap.collateral, amount=sold)
        swaps = route.swaps(max(1.0 - owed / route.received, 0.0), of_previous=True)
        flash = Flash(swap.lender, swap.debt, swap.amount)
        return Transaction((supply, withdraw, *swaps), tip=self.usual_tip, flash=flash, expires_at=view.now + self.params.period)


class Diversifiers(PairBook, kind="diversifier"):
    """Borrowers of one pair at the start, of several tokens later."""

    Params = DiversifierParams

    def people(self, model: Ecosystem, accounts: range, owed: Floats, health: Floats, draws: Stream) -> None:
        """Enrol them."""
        self.endow(model.world, self.params.chain, accounts, {})
        for index, account in enumerate(accounts):
            model.enrol(Diversifier(model, account, index, self.params, draws))
