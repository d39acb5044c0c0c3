"""State of an isolated pair and what can be read from it: shares, interest, health, totals, identities.

Source: Morpho Blue (commit 3085651) Morpho._accrueInterest, _isHealthy, SharesMathLib, MathLib.wTaylorCompounded.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from model.core.choice import chosen
from model.core.draws import Floats
from model.core.params import Params, param
from model.core.units import YEAR
from model.liquidation.base import Liquidation
from model.losses.base import LossRule
from model.markets.base import Rows
from model.markets.bookkeeping import Bookkeeping, ratio
from model.rates.base import RateModel
from model.world.audit import Identity
from model.world.book import Book

if TYPE_CHECKING:
    from model.world.world import World

COLLATERAL, BORROWED, LENT = 0, 1, 2
"""Columns of the book: collateral (tokens), borrow shares, supply shares."""

_RATE, _INCENTIVE, _LOSS = {"kind": "adaptive_curve"}, {"kind": "lltv_incentive"}, {"kind": "socialisation"}


class MorphoParams(Params):
    """An isolated pair. Source: Morpho Blue MarketParams; fee by setFee."""

    loan: str = param(unit="token", description="Token that is lent and borrowed")
    collateral: str = param(unit="token", description="Token that is collateral")
    feed: str | None = param(None, unit="feed", description="Feed of the collateral in the market's numeraire; none for a price of 1")
    loan_feed: str | None = param(None, unit="feed", description="Feed of the loan token; none where it is the numeraire")
    numeraire: str = param("usd", unit="token or usd", description="Unit in which the market's feeds state prices")
    lltv: float = param(0.86, unit="fraction", gt=0, lt=1, description="Liquidation loan-to-value, also the largest to borrow at")
    rate: chosen(RateModel) = param(_RATE, unit="kind", description="Interest-rate model")  # type: ignore[valid-type]
    fee: float = param(0.0, unit="fraction", ge=0, le=0.25, description="Share of interest that goes to the fee recipient")
    liquidation: chosen(Liquidation) = param(  # type: ignore[valid-type]
        _INCENTIVE, unit="kind", description="Incentive of liquidators: kind lltv_incentive"
    )
    losses: chosen(LossRule) = param(_LOSS, unit="kind", description="Who bears bad debt")  # type: ignore[valid-type]
    loan_decimals: int = param(
        18, unit="1", ge=0, le=36, description="Decimals of the loan token: virtual assets are one base unit, virtual shares 1e6 of them",
        source="SharesMathLib VIRTUAL_ASSETS, VIRTUAL_SHARES",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Accrued:
    """Totals brought to a moment: loan tokens lent and borrowed, supply shares, the fee's new shares, interest, state of the rate."""

    lent: float
    borrowed: float
    lent_shares: float
    fee_shares: float
    interest: float
    rate_state: float


def per_second(rate: float) -> float:
    """A rate per year as IIrm.borrowRate states it: per second, cut to 18 decimals (but for the float's own rounding)."""
    return math.floor(rate / YEAR * 1e18 * (1.0 + 1e-15)) / 1e18


def taylor(x: float) -> float:
    """The contract's e^x - 1: three terms (MathLib.wTaylorCompounded)."""
    return x + x * x / 2.0 + x * x * x / 6.0


class MorphoState(Bookkeeping):
    """Books of an isolated pair. Shares are counted in units of 10^(decimals + 6) of the contract's, so that a fresh share is a token;
    both virtual amounts are then one base unit.
    """

    params: MorphoParams

    def __init__(self, world: World, name: str, chain: str, params: MorphoParams) -> None:
        if params.loan == params.collateral:
            raise ValueError(f"{name}: loan and collateral are both {params.loan}; allowed are two tokens")
        super().__init__(world, name, chain, params, params.numeraire)
        self.ledger.register(params.loan)
        self.ledger.register(params.collateral)
        self.book = Book(world.journal, 3)
        self.treasury = world.accounts.open(f"treasury {name}")
        self.virtual = 10.0**-params.loan_decimals
        self.lent = 0.0
        self.lent_shares = 0.0
        self.borrowed = 0.0
        self.borrowed_shares = 0.0
        self.deficit = 0.0
        self.written_off = 0.0
        self.updated = world.clock.now
        self.rate_state: float = params.rate.make().start()

    def project(self) -> Accrued:
        """The totals at the clock, nothing written."""
        seconds = self.world.clock.now - self.updated
        if seconds <= 0.0:
            return Accrued(self.lent, self.borrowed, self.lent_shares, 0.0, 0.0, self.rate_state)
        rate, state = self.params.rate.make().advance(self.rate_state, self.utilisation(), seconds)
        interest = self.borrowed * taylor(per_second(rate) * seconds)
        lent, fee = self.lent + interest, interest * self.params.fee
        fee_shares = self.to_shares(fee, lent - fee, self.lent_shares) if fee > 0.0 else 0.0
        return Accrued(lent, self.borrowed + interest, self.lent_shares + fee_shares, fee_shares, interest, state)

    def utilisation(self) -> float:
        """Borrowed over lent as of the last accrual."""
        return self.borrowed / self.lent if self.lent > 0.0 else 0.0

    def supply_rate_after(self, change: float) -> float:
        """Rate per year that lenders would earn with ``change`` more lent (negative: less), to the clock."""
        now = self.project()
        lent = now.lent + change
        used = min(now.borrowed / lent, 1.0) if lent > 0.0 else (1.0 if now.borrowed > 0.0 else 0.0)
        rate: float = self.params.rate.make().borrow_rate(used, now.rate_state)
        return rate * used * (1.0 - self.params.fee)

    def to_shares(self, assets: float, total: float, shares: float) -> float:
        """Shares of ``assets`` where ``total`` assets are ``shares``."""
        return assets * (shares + self.virtual) / (total + self.virtual)

    def to_assets(self, shares: float, total: float, total_shares: float) -> float:
        """Assets of ``shares`` where ``total`` assets are ``total_shares``."""
        return shares * (total + self.virtual) / (total_shares + self.virtual)

    def price(self, token: str) -> float:
        """Price of loan or collateral in the numeraire."""
        feed = self.params.loan_feed if token == self.params.loan else self.params.feed
        return 1.0 if feed is None else self.read_feed(feed)

    def covers(self, token: str, debt: str, category: str = "") -> float:
        """The pair's LLTV."""
        if (token, debt) != (self.params.collateral, self.params.loan):
            raise LookupError(f"{self.name} does not lend {debt} against {token}")
        return self.params.lltv

    def owed(self, row: int) -> float:
        """Loan tokens that a row owes, to the clock."""
        shares = self.book.get(BORROWED, row)
        return self.to_assets(shares, self.project().borrowed, self.borrowed_shares) if shares else 0.0

    def supplied(self, row: int) -> float:
        """Loan tokens that a row has lent, to the clock."""
        now = self.project()
        return self.to_assets(self.book.get(LENT, row), now.lent, now.lent_shares)

    def weights(self) -> tuple[float, float]:
        """Adjusted value of a unit of collateral, value of a borrow share."""
        share = self.to_assets(1.0, self.project().borrowed, self.borrowed_shares)
        return self.price(self.params.collateral) * self.params.lltv, self.price(self.params.loan) * share

    def weigh(self) -> tuple[Floats, Floats]:
        """Health is linear in these."""
        collateral, debt = self.weights()
        return np.array([[collateral]]), np.array([[debt]])

    def health(self, rows: Rows | None = None) -> Floats:
        """LLTV x collateral value / debt value, shape (rows,)."""
        data = self.book.data if rows is None else self.book.data[:, rows]
        collateral, debt = self.weights()
        return ratio(data[COLLATERAL] * collateral, data[BORROWED] * debt)

    def health_of(self, row: int) -> float:
        """Health of one row."""
        collateral, debt = self.weights()
        owed = self.book.get(BORROWED, row) * debt
        return self.book.get(COLLATERAL, row) * collateral / owed if owed > 0.0 else math.inf

    def collateral_of(self, account: int) -> dict[str, float]:
        """Collateral of an account."""
        row = self.book.find(account)
        held = 0.0 if row is None else self.book.get(COLLATERAL, row)
        return {self.params.collateral: held} if held > 0.0 else {}

    def position_columns(self) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Collateral and debts of all rows by token, shapes (rows,)."""
        share = self.to_assets(1.0, self.project().borrowed, self.borrowed_shares)
        data = self.book.data
        return {self.params.collateral: data[COLLATERAL].copy()}, {self.params.loan: data[BORROWED] * share}

    def deposits_of(self, account: int) -> dict[str, float]:
        """Collateral of an account and what it has lent."""
        row, found = self.book.find(account), self.collateral_of(account)
        if row is not None and self.book.get(LENT, row) > 0.0:
            found[self.params.loan] = self.supplied(row)
        return found

    def debts_of(self, account: int) -> dict[str, float]:
        """Debt of an account."""
        row = self.book.find(account)
        owed = 0.0 if row is None else self.owed(row)
        return {self.params.loan: owed} if owed > 0.0 else {}

    def totals(self) -> dict[str, dict[str, float]]:
        """Totals of both tokens, to the clock; rates as they will hold from the next accrual on."""
        held = self.cash(self.params.collateral)
        return {self.params.loan: self.totals_of(self.params.loan), self.params.collateral: {"collateral": held, "cash": held}}

    def totals_of(self, token: str) -> dict[str, float]:
        """Totals of one token."""
        if token != self.params.loan:
            return self.totals()[token]
        now, params = self.project(), self.params
        used = now.borrowed / now.lent if now.lent > 0.0 else 0.0
        rate = params.rate.make().borrow_rate(used, now.rate_state)
        return {
            "supplied": now.lent, "borrowed": now.borrowed, "cash": self.cash(params.loan), "utilisation": used, "borrow_rate": rate,
            "supply_rate": rate * used * (1.0 - params.fee), "bad_debt": self.written_off,
        }  # fmt: skip

    def audit(self) -> Iterable[Identity]:
        """Cash + borrowed + deficit = lent; collateral held = collateral of all rows; shares add up."""
        place, data, params = f"market.{self.name}", self.book.data, self.params
        gross, cash = self.gross(params.loan), self.cash(params.loan)
        yield Identity(f"{place} cash + debt + deficit", cash + self.borrowed + self.deficit, self.lent, gross + self.lent)
        held, collateral = self.cash(params.collateral), float(data[COLLATERAL].sum())
        yield Identity(f"{place} collateral", held, collateral, self.gross(params.collateral))
        yield Identity(f"{place} borrow shares", float(data[BORROWED].sum()), self.borrowed_shares, gross + self.borrowed_shares)
        yield Identity(f"{place} supply shares", float(data[LENT].sum()), self.lent_shares, gross + self.lent_shares)
