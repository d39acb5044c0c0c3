"""Kind ``flash``: a liquidator without inventory. It borrows what an offer asks for in a flash loan, takes, sells and pays back, all in one
transaction: it fails as a whole where the sale does not pay for the loan.

Source: Qin et al. 2021, "An Empirical Study of DeFi Liquidations" (liquidations by flash loan); Aave FlashLoanLogic, Morpho.flashLoan.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, NamedTuple

from pydantic import model_validator

from agents.base import Given
from agents.liquidators.inventory import InventoryLiquidator, InventoryLiquidators
from agents.liquidators.inventory_params import InventoryParams
from model.core.actions import Flash, Take, Transaction
from model.core.errors import BadInput, Fault, Refused
from model.core.params import param
from model.ecosystem import Ecosystem
from model.markets.base import Market, Offer
from model.view import View

_SPARE = 1e-4
"""Part by which more is borrowed than quoted: interest until the block is paid from it; the rest goes back."""


class FlashParams(InventoryParams):
    """Liquidators without capital: only their gas purses are their own."""

    lenders: tuple[str, ...] = param(
        (),
        unit="market",
        description="Markets whose flash loans they use, the cheapest that has enough first; none named: all of their chain",
    )

    @model_validator(mode="after")
    def _has_no_inventory(self) -> FlashParams:
        if self.capital:
            raise ValueError("no capital: kind inventory has some")
        return self


class Loan(NamedTuple):
    """A flash loan that can be had: market, fee as a share, and most of the token."""

    lender: str
    fee: float
    most: float


class FlashLiquidator(InventoryLiquidator):
    """Judges an offer as one with inventory does, less the fee and the gas of the loan; its size is bounded by the lender's cash.

    What it earns stays with it in the token that the offer asked for; it lends nobody that. Assumes: what must be held beforehand (bids in
    English auctions, payments for oracle updates without a sale) is left to others.
    """

    def funds(self, view: View, token: str) -> float:
        """The largest loan of a token."""
        return max((loan.most for loan in self._loans(view, token)), default=0.0)

    def _loans(self, view: View, token: str) -> list[Loan]:
        """Loans of a token on this chain, the cheapest first, then the largest."""

        def find() -> list[Loan]:
            named = [view.market(name) for name in self.params.lenders] or self.model.world.all(Market)
            here = [market for market in named if market.lends_flash and market.chain == view.chain]
            found = [
                Loan(market.name, market.flash_fee(token), most / (1.0 + _SPARE))
                for market in here
                if (most := market.flash_most(token)) > 0.0
            ]
            return sorted(found, key=lambda loan: (loan.fee, -loan.most))

        return view.once(("flash", id(self.params), view.chain, token), find)

    def _loan(self, view: View, token: str, amount: float) -> Loan | None:
        """The cheapest loan that covers an amount, else the largest; None where nobody lends."""
        loans = self._loans(view, token)
        return next((loan for loan in loans if loan.most >= amount), max(loans, key=lambda loan: loan.most, default=None))

    def _gain(self, view: View, offer: Offer) -> float:
        """Less the fee of the loan."""
        loan = self._loan(view, offer.pays, offer.limit)
        if loan is None:
            return 0.0
        return super()._gain(view, offer) - loan.fee * offer.limit * view.worth(offer.pays, 1.0, view.gas_token())

    def _judge(self, view: View, offer: Offer, held: float) -> tuple[float, float]:
        """Best size of an offer and its profit (gas token), after fee and gas of the loan."""
        if offer.kind == "trigger":
            return super()._judge(view, offer, held)
        loan = self._loan(view, offer.pays, offer.limit) if offer.kind == "take" else None
        if loan is None:
            return 0.0, 0.0
        chain, unit = self.model.world.chains[view.chain], view.worth(offer.pays, 1.0, view.gas_token())
        cost: float = view.gas_cost(offer.kind, "swap", tip=self.tip) + self.params.least_profit
        cost += chain.params.flash_gas * (chain.fee + self.tip)
        charge: float = 1.0 + self.params.least_margin + loan.fee * (1.0 + _SPARE)

        def profit(size: float) -> float:
            try:
                quote = offer.quote(size)
                return (self.sold(view, offer, quote.received) - quote.paid * charge) * unit - cost
            except Refused:
                return -1.0

        size, gain = view.once(("size", id(self.params), id(offer)), lambda: self._best(view, offer, profit))
        if size > loan.most:
            size, gain = loan.most, profit(loan.most)
        return (size, gain) if gain > 0.0 else (0.0, 0.0)

    def _take(self, view: View, offer: Offer, size: float) -> Transaction:
        taken, loan = super()._take(view, offer, size), self._loan(view, offer.pays, offer.limit)
        if loan is None or not isinstance(taken.actions[0], Take):
            return taken
        return replace(taken, flash=Flash(loan.lender, offer.pays, size * (1.0 + _SPARE)))


class FlashLiquidators(InventoryLiquidators, kind="flash"):
    """Liquidators who begin with nothing."""

    Params = FlashParams
    behaviour: ClassVar[type[InventoryLiquidator]] = FlashLiquidator

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Enrol them.

        Raises:
            BadInput: a lender that is named makes no flash loans on their chain, or nobody there does.
        """
        chain, named = self.params.chain, self.params.lenders
        able = [market.name for market in model.world.all(Market) if market.lends_flash and market.chain == chain]
        wrong: list[Any] = [lender for lender in named if lender not in able] if named else [] if able else ["none named"]
        if wrong:
            allowed = f"markets on {chain} that make flash loans: {', '.join(able) or 'there are none'}"
            raise BadInput([Fault(f"agents.{name}.lenders", repr(lender), allowed) for lender in wrong])
        super().settle(name, model, given)
