"""State of an Euler cluster and what can be read from it: the controller of a row, two healths, totals, identities.

Source: Euler v2 EVK RiskManager, LiquidityUtils.calculateLiquidity.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from pydantic import model_validator

from model.core.choice import chosen
from model.core.draws import Floats
from model.core.params import Params, param
from model.liquidation.base import Liquidation
from model.losses.base import LossRule
from model.markets.base import Rows
from model.markets.bookkeeping import Bookkeeping, ratio
from model.markets.euler_vault import EulerVault, EulerVaultParams
from model.world.audit import Identity
from model.world.book import Book

if TYPE_CHECKING:
    from model.world.world import World

_SCALED, _LOSS = {"kind": "health_scaled"}, {"kind": "socialisation"}


class EulerParams(Params):
    """A cluster of vaults that accept each other's shares as collateral."""

    numeraire: str = param("usd", unit="token or usd", description="Unit in which the market's feeds state prices")
    vaults: dict[str, EulerVaultParams] = param(unit="table", min_length=1, description="Vaults by token")
    liquidation: chosen(Liquidation) = param(  # type: ignore[valid-type]
        _SCALED, unit="kind", description="How a position is closed; an immediate spread"
    )
    losses: chosen(LossRule) = param(_LOSS, unit="kind", description="Who bears debt without collateral")  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _known(self) -> EulerParams:
        for token, vault in self.vaults.items():
            strange = [name for name in vault.ltvs if name not in self.vaults or name == token]
            if strange:
                raise ValueError(f"ltvs of {token} for other vaults of the cluster, not {', '.join(strange)}")
        return self


class EulerState(Bookkeeping):
    """Books of the cluster: one share column per vault, then one debt column per vault (debt / index). An account owes one vault at most,
    its controller; all its deposits elsewhere that have an LTV there are its collateral.
    """

    params: EulerParams

    def __init__(self, world: World, name: str, chain: str, params: EulerParams) -> None:
        super().__init__(world, name, chain, params, params.numeraire)
        self.vaults: dict[str, EulerVault] = {}
        for token, rules in params.vaults.items():
            self.ledger.register(token)
            self.vaults[token] = EulerVault(world.journal, token, rules, len(self.vaults), world.clock.now)
        self.tokens = list(self.vaults)
        self.book = Book(world.journal, 2 * len(self.tokens))
        self.treasury = world.accounts.open(f"treasury {name}")

    def debt_column(self, token: str) -> int:
        """Debt column of a token."""
        return len(self.tokens) + self.vaults[token].column

    def assets(self, token: str) -> float:
        """Cash of a vault; what is lent for the length of a transaction counts, so that a flash loan moves no share price."""
        return self.cash(token) + self.vaults[token].flashed

    def share_price(self, token: str) -> float:
        """Tokens per share, to the clock."""
        return self.vaults[token].project(self.assets(token), self.world.clock.now)[0]

    def supplied(self, token: str, row: int) -> float:
        """Tokens that a row has deposited."""
        shares = self.book.get(self.vaults[token].column, row)
        return shares * self.share_price(token) if shares else 0.0

    def owed(self, token: str, row: int) -> float:
        """Tokens that a row owes a vault."""
        scaled, vault = self.book.get(self.debt_column(token), row), self.vaults[token]
        return scaled * vault.index * vault.growth(self.world.clock.now) if scaled else 0.0

    def controller(self, row: int) -> str | None:
        """Token of the vault that a row owes, None without debt."""
        return next((token for token in self.tokens if self.book.get(self.debt_column(token), row) > 0.0), None)

    def price(self, token: str) -> float:
        """Price of a token in the numeraire."""
        feed = self.vaults[token].params.feed
        return 1.0 if feed is None else self.read_feed(feed)

    def covers(self, token: str, debt: str, category: str = "") -> float:
        """Liquidation LTV of a collateral token at the vault that lends the debt."""
        return self.vaults[debt].params.ltvs[token].liquidation

    def lends_up_to(self, token: str, debt: str, category: str = "") -> float:
        """Borrowing LTV of a collateral token at the vault that lends the debt."""
        return self.vaults[debt].params.ltvs[token].borrow

    def covered(self, row: int, at: str) -> float:
        """Collateral value at the controller's LTVs (``borrow`` or ``liquidation``) over debt value, infinity without debt."""
        token = self.controller(row)
        if token is None:
            return math.inf
        ltvs = self.vaults[token].params.ltvs
        cover: float = sum(
            held * self.price(name) * getattr(ltv, at) for name, ltv in ltvs.items() if (held := self.supplied(name, row))
        )  # fmt: skip
        return cover / (self.owed(token, row) * self.price(token))

    def health_of(self, row: int) -> float:
        """Health of one row at the liquidation LTVs."""
        return self.covered(row, "liquidation")

    def weigh(self) -> tuple[Floats, Floats]:
        """Health is linear in these, one group per controller."""
        now = self.world.clock.now
        units = {token: self.price(token) * self.share_price(token) for token in self.tokens}
        cover = np.zeros((len(self.tokens), len(self.tokens)))
        for vault in self.vaults.values():
            for name, ltv in vault.params.ltvs.items():
                cover[vault.column, self.vaults[name].column] = units[name] * ltv.liquidation
        debt = [self.price(token) * vault.index * vault.growth(now) for token, vault in self.vaults.items()]
        return cover, np.tile(debt, (len(self.tokens), 1))

    def health(self, rows: Rows | None = None) -> Floats:
        """Collateral value at the liquidation LTVs over debt value, shape (rows,)."""
        data = self.book.data if rows is None else self.book.data[:, rows]
        cover, debt = self.weigh()
        split = len(self.tokens)
        health = np.full(data.shape[1], np.inf)
        for vault in self.vaults.values():
            owed = data[split + vault.column]
            if vault.borrows > 0.0:
                alone = ratio(cover[vault.column] @ data[:split], owed * debt[0, vault.column])
                health = np.minimum(health, alone)
        return health

    def collateral_of(self, account: int) -> dict[str, float]:
        """Deposits of an account that count as collateral (to its controller; without debt, to any vault)."""
        row = self.book.find(account)
        if row is None:
            return {}
        owing = self.controller(row)
        lenders = self.vaults.values() if owing is None else (self.vaults[owing],)
        counted = {name for vault in lenders for name in vault.params.ltvs}
        return {token: held for token in self.tokens if token in counted and (held := self.supplied(token, row)) > 0.0}

    def deposits_of(self, account: int) -> dict[str, float]:
        """All that an account has deposited, counted as collateral or not."""
        row = self.book.find(account)
        return {} if row is None else {token: held for token in self.tokens if (held := self.supplied(token, row)) > 0.0}

    def debts_of(self, account: int) -> dict[str, float]:
        """Debt of an account."""
        row = self.book.find(account)
        token = None if row is None else self.controller(row)
        return {} if row is None or token is None else {token: self.owed(token, row)}

    def totals(self) -> dict[str, dict[str, float]]:
        """Totals per token, to the clock (amounts in tokens, rates per year)."""
        found = {}
        for token, vault in self.vaults.items():
            cash, now = self.cash(token), self.world.clock.now
            used, borrowed = vault.utilisation(cash), vault.borrows * vault.growth(now)
            found[token] = {
                "supplied": cash + borrowed, "borrowed": borrowed, "cash": cash, "utilisation": used, "borrow_rate": vault.rate,
                "supply_rate": vault.rate * used * (1.0 - vault.params.interest_fee), "bad_debt": vault.written_off,
            }  # fmt: skip
        return found

    def audit(self) -> Iterable[Identity]:
        """Of every vault: cash + debt = deposits; debts and shares of the rows add up."""
        for token, vault in self.vaults.items():
            place, gross, cash = f"market.{self.name}.{token}", self.gross(token), self.cash(token)
            held, owed = float(self.book.data[vault.column].sum()), float(self.book.data[self.debt_column(token)].sum()) * vault.index
            yield Identity(f"{place} owed", owed, vault.borrows, gross + vault.borrows)
            yield Identity(f"{place} shares", held, vault.shares, gross + vault.shares)
            yield Identity(f"{place} cash + debt", cash + vault.borrows, vault.deposits, gross + vault.deposits)
