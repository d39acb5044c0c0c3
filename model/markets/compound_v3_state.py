"""State of a Compound v3 market and what can be read from it: signed base principals, two indexes, reserves, health, identities.

Source: Compound v3 Comet.accruedInterestIndices, presentValue, getReserves, isLiquidatable, isBorrowCollateralized.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import model_validator

from model.core.choice import chosen
from model.core.draws import Floats
from model.core.journal import Register
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

_BORROW = {"kind": "kinked", "base": 0.015, "slope1": 0.035}
_SUPPLY = {"kind": "kinked", "slope1": 0.03}
_ABSORB = {"kind": "absorption"}
_LOSS = {"kind": "reserve_first", "sources": ("reserves",)}


class CometCollateralParams(Params):
    """Rules of one collateral token. Source: Comet AssetInfo; defaults: WETH in the USDC market, reference/protocols.md."""

    feed: str | None = param(None, unit="feed", description="Feed that prices the token in the market's numeraire; none for the numeraire")
    borrow_factor: float = param(0.82, unit="fraction", ge=0, lt=1, description="Share of the value that may be borrowed against")
    liquidate_factor: float = param(0.90, unit="fraction", gt=0, lt=1, description="Share of the value that covers debt")
    liquidation_factor: float = param(0.95, unit="fraction", gt=0, le=1, description="Share of the value that absorption credits")
    supply_cap: float | None = param(None, unit="token", ge=0, description="Largest total collateral, none for no cap")

    @model_validator(mode="after")
    def _ordered(self) -> CometCollateralParams:
        if self.borrow_factor >= self.liquidate_factor:
            raise ValueError(f"borrow_factor {self.borrow_factor} below liquidate_factor {self.liquidate_factor}")
        return self


class CompoundV3Params(Params):
    """A Compound v3 market. Source: Comet Configuration."""

    base: str = param(unit="token", description="Token that is lent and borrowed")
    feed: str | None = param(None, unit="feed", description="Feed of the base token in the market's numeraire; none for the numeraire")
    numeraire: str = param("usd", unit="token or usd", description="Unit in which the market's feeds state prices")
    collaterals: dict[str, CometCollateralParams] = param(unit="table", min_length=1, description="Collateral tokens")
    borrow_rate: chosen(RateModel) = param(_BORROW, unit="kind", description="Rate that borrowers pay")  # type: ignore[valid-type]
    supply_rate: chosen(RateModel) = param(  # type: ignore[valid-type]
        _SUPPLY, unit="kind", description="Rate that suppliers earn, a curve of its own"
    )
    absorption: chosen(Liquidation) = param(_ABSORB, unit="kind", description="Discounted sale: kind absorption")  # type: ignore[valid-type]
    losses: chosen(LossRule) = param(_LOSS, unit="kind", description="Who bears what absorption does not cover")  # type: ignore[valid-type]
    target_reserves: float = param(5e6, unit="base token", ge=0, description="Reserves from which on absorbed collateral is not sold")
    borrow_min: float = param(0.0, unit="base token", ge=0, description="Smallest debt after borrowing", source="Comet baseBorrowMin")
    absorb_tip: float = param(
        0.0, unit="base token", ge=0, description="Paid from cash for an absorption; the contract pays none, only points"
    )

    paused: tuple[Literal["supply", "withdraw", "absorb", "buy"], ...] = param(
        (), unit="actions", description="What the pause guardian has stopped; a repayment is a supply of base, a borrowing a withdrawal",
        source="Comet.pause; transfers of balances are not modelled",
    )  # fmt: skip

    @model_validator(mode="after")
    def _base_apart(self) -> CompoundV3Params:
        if self.base in self.collaterals:
            raise ValueError(f"collaterals other than the base token {self.base}")
        return self


@dataclass(frozen=True, slots=True)
class Indexes:
    """Both indexes and the reserves (base tokens) at a moment."""

    supply: float
    borrow: float
    reserves: float


class CompoundV3State(Bookkeeping):
    """Books of the market: one column per collateral (tokens), then the signed base principal.

    ``reserves`` are kept as a flow (interest margin, absorptions, sales), so that cash + debt = deposits + reserves says something.
    """

    params: CompoundV3Params

    def __init__(self, world: World, name: str, chain: str, params: CompoundV3Params) -> None:
        super().__init__(world, name, chain, params, params.numeraire)
        self.tokens = list(params.collaterals)
        for token in (params.base, *self.tokens):
            self.ledger.register(token)
        self.column = {token: place for place, token in enumerate(self.tokens)}
        self.principal = len(self.tokens)
        self.book = Book(world.journal, len(self.tokens) + 1)
        self.absorbed: Register[str, float] = Register(world.journal)
        self.lent = 0.0
        self.borrowed = 0.0
        self.supply_index = 1.0
        self.borrow_index = 1.0
        self.reserves = 0.0
        self.uncovered = 0.0
        self.updated = world.clock.now

    def project(self) -> Indexes:
        """Indexes and reserves at the clock, nothing written; each accrual is linear in time."""
        seconds = self.world.clock.now - self.updated
        if seconds <= 0.0:
            return Indexes(self.supply_index, self.borrow_index, self.reserves)
        supply_rate, borrow_rate = self.rates(self.utilisation())
        supply = self.supply_index * (1.0 + supply_rate * seconds / YEAR)
        borrow = self.borrow_index * (1.0 + borrow_rate * seconds / YEAR)
        margin = self.borrowed * (borrow - self.borrow_index) - self.lent * (supply - self.supply_index)
        return Indexes(supply, borrow, self.reserves + margin)

    def rates(self, utilisation: float) -> tuple[float, float]:
        """Supply and borrow rate per year."""
        params = self.params
        return params.supply_rate.make().borrow_rate(utilisation), params.borrow_rate.make().borrow_rate(utilisation)

    def utilisation(self) -> float:
        """Borrowed over lent, with the indexes of the last accrual."""
        lent = self.lent * self.supply_index
        return self.borrowed * self.borrow_index / lent if lent > 0.0 else 0.0

    def balance(self, row: int) -> float:
        """Base tokens of a row to the clock, negative for debt."""
        principal = self.book.get(self.principal, row)
        now = self.project()
        return principal * (now.supply if principal > 0.0 else now.borrow)

    def owed(self, row: int) -> float:
        """Base tokens that a row owes."""
        return max(-self.balance(row), 0.0)

    def price(self, token: str) -> float:
        """Price of a token in the numeraire."""
        feed = self.params.feed if token == self.params.base else self.params.collaterals[token].feed
        return 1.0 if feed is None else self.read_feed(feed)

    def values(self, row: int) -> list[float]:
        """Value of each collateral of a row, in the numeraire."""
        held = [self.book.get(place, row) for place in range(self.principal)]
        return [amount * self.price(token) if amount else 0.0 for token, amount in zip(self.tokens, held, strict=True)]

    def factors(self, name: str) -> list[float]:
        """One factor of every collateral, in order."""
        return [getattr(self.params.collaterals[token], name) for token in self.tokens]

    def covered(self, row: int, factor: str) -> float:
        """Collateral value at a factor over debt value, infinity without debt."""
        owed = self.owed(row)
        if owed <= 0.0:
            return math.inf
        cover = sum(value * share for value, share in zip(self.values(row), self.factors(factor), strict=True))
        return cover / (owed * self.price(self.params.base))

    def covers(self, token: str, debt: str, category: str = "") -> float:
        """Liquidate factor of a collateral token."""
        if debt != self.params.base:
            raise LookupError(f"{self.name} does not lend {debt}")
        return self.params.collaterals[token].liquidate_factor

    def lends_up_to(self, token: str, debt: str, category: str = "") -> float:
        """Borrow factor of a collateral token."""
        if debt != self.params.base:
            raise LookupError(f"{self.name} does not lend {debt}")
        return self.params.collaterals[token].borrow_factor

    def health_of(self, row: int) -> float:
        """Health of one row: liquidatable below 1."""
        return self.covered(row, "liquidate_factor")

    def weigh(self) -> tuple[Floats, Floats]:
        """Health is linear in these."""
        cover = [self.price(token) * share for token, share in zip(self.tokens, self.factors("liquidate_factor"), strict=True)]
        return np.array([cover]), np.array([[self.price(self.params.base) * self.project().borrow]])

    def health(self, rows: Rows | None = None) -> Floats:
        """Collateral value at the liquidate factors over debt value, shape (rows,)."""
        data = self.book.data if rows is None else self.book.data[:, rows]
        cover, debt = self.weigh()
        return ratio(cover[0] @ data[: self.principal], np.maximum(-data[self.principal], 0.0) * debt[0, 0])

    def collateral_of(self, account: int) -> dict[str, float]:
        """Collateral of an account."""
        row = self.book.find(account)
        return {} if row is None else {token: held for token in self.tokens if (held := self.book.get(self.column[token], row)) > 0.0}

    def deposits_of(self, account: int) -> dict[str, float]:
        """Collateral of an account and the base that it has lent."""
        row, found = self.book.find(account), self.collateral_of(account)
        if row is not None and (lent := self.balance(row)) > 0.0:
            found[self.params.base] = lent
        return found

    def debts_of(self, account: int) -> dict[str, float]:
        """Debt of an account."""
        row = self.book.find(account)
        owed = 0.0 if row is None else self.owed(row)
        return {self.params.base: owed} if owed > 0.0 else {}

    def totals(self) -> dict[str, dict[str, float]]:
        """Totals per token, to the clock (amounts in tokens, rates per year)."""
        now, base = self.project(), self.params.base
        lent, borrowed = self.lent * now.supply, self.borrowed * now.borrow
        used = borrowed / lent if lent > 0.0 else 0.0
        supply_rate, borrow_rate = self.rates(used)
        found = {
            base: {
                "supplied": lent, "borrowed": borrowed, "cash": self.cash(base), "utilisation": used, "borrow_rate": borrow_rate,
                "supply_rate": supply_rate, "reserves": now.reserves, "bad_debt": self.uncovered,
            }
        }  # fmt: skip
        for token in self.tokens:
            held, absorbed = self.cash(token), self.absorbed.get(token, 0.0)
            found[token] = {"collateral": held - absorbed, "cash": held, "absorbed": absorbed}
        return found

    def payable(self, token: str, chain: str | None = None) -> float:
        """Cash; of a collateral what belongs to accounts: what was absorbed is for sale."""
        return self.cash(token) - self.absorbed.get(token, 0.0)

    def audit(self) -> Iterable[Identity]:
        """Cash + debt = deposits + reserves; principals and collateral of the rows add up."""
        place, base, principal = f"market.{self.name}", self.params.base, self.book.data[self.principal]
        gross, found = self.gross(base), self.cash(base) + self.borrowed * self.borrow_index
        lent = self.lent * self.supply_index
        yield Identity(f"{place}.{base} cash + debt", found, lent + self.reserves, gross + found + lent)
        yield Identity(f"{place}.{base} lent", float(principal[principal > 0.0].sum()), self.lent, gross + self.lent)
        yield Identity(f"{place}.{base} owed", -float(principal[principal < 0.0].sum()), self.borrowed, gross + self.borrowed)
        for token in self.tokens:
            held = float(self.book.data[self.column[token]].sum()) + self.absorbed.get(token, 0.0)
            yield Identity(f"{place}.{token} collateral + absorbed", self.cash(token), held, self.gross(token))
