"""State of a Compound v2 market and what can be read from it: liquidity and shortfall, health, totals, identities.

Source: Compound v2 (commit a3214f6) Comptroller.getHypotheticalAccountLiquidityInternal.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import numpy as np

from model.core.choice import chosen
from model.core.draws import Floats
from model.core.journal import Register
from model.core.params import Params, param
from model.core.units import YEAR
from model.liquidation.base import Liquidation
from model.losses.base import LossRule
from model.markets.base import Rows
from model.markets.bookkeeping import Bookkeeping, ratio
from model.markets.ctoken import CToken, CTokenParams
from model.world.audit import Identity
from model.world.book import Book

if TYPE_CHECKING:
    from model.world.world import World

_SPREAD = {"kind": "fixed_spread", "close_factor": 0.5, "above": "refuse", "protocol_fee": 0.028, "fee_on": "seizure"}
_LOSS = {"kind": "deficit"}


class CompoundV2Params(Params):
    """A Compound v2 Comptroller with its cTokens."""

    numeraire: str = param("usd", unit="token or usd", description="Unit in which the market's feeds state prices")
    reserves: dict[str, CTokenParams] = param(unit="table", min_length=1, description="cToken markets by token")
    incentive: float = param(
        0.08, unit="fraction", ge=0, lt=1, description="Liquidation incentive beyond the debt's value",
        source="Comptroller liquidationIncentiveMantissa 1.08",
    )  # fmt: skip
    liquidation: chosen(Liquidation) = param(  # type: ignore[valid-type]
        _SPREAD, unit="kind", description="How a position is closed; an immediate spread"
    )
    losses: chosen(LossRule) = param(  # type: ignore[valid-type]
        _LOSS, unit="kind", description="Who bears the debt of an account without cTokens; a deficit is debt that stays"
    )
    seconds_per_block: float = param(15.0, unit="seconds", gt=0, description="Seconds of a block, by which interest accrues")
    enter_on_supply: bool = param(
        True,
        unit="yes or no",
        description="Whether a supply counts as collateral unless the account says otherwise (false: as enterMarkets)",
    )


class CompoundV2State(Bookkeeping):
    """Books of the market: one cToken column per token, then one debt column per token (debt / index). An account's ``members`` are the
    markets that it has entered, kept where it has said so itself; the default is all (or none, see ``enter_on_supply``).
    """

    params: CompoundV2Params

    def __init__(self, world: World, name: str, chain: str, params: CompoundV2Params) -> None:
        super().__init__(world, name, chain, params, params.numeraire)
        self.origin = world.clock.now
        self.reserves: dict[str, CToken] = {}
        for token, rules in params.reserves.items():
            self.ledger.register(token)
            self.reserves[token] = CToken(world.journal, token, rules, len(self.reserves), 0)
        self.tokens = list(self.reserves)
        self.book = Book(world.journal, 2 * len(self.tokens))
        self.members: Register[int, frozenset[str]] = Register(world.journal)

    @property
    def block(self) -> int:
        """Blocks since the market was put in place."""
        return math.floor((self.world.clock.now - self.origin) / self.params.seconds_per_block + 1e-9)

    def debt_column(self, token: str) -> int:
        """Debt column of a token."""
        return len(self.tokens) + self.reserves[token].column

    def growth(self, token: str, fresh: Collection[str] | None) -> float:
        """Interest factor of a token since its last accrual; 0 for one that is not among ``fresh`` (None: all are)."""
        if fresh is not None and token not in fresh:
            return 0.0
        return self.reserves[token].growth(self.cash(token), self.block, self.params.seconds_per_block)

    def exchange_rate(self, token: str, fresh: Collection[str] | None = None) -> float:
        """Tokens per cToken, to the clock (or as stored, for tokens not among ``fresh``)."""
        return self.reserves[token].exchange_rate(self.cash(token), self.growth(token, fresh))

    def supplied(self, token: str, row: int, fresh: Collection[str] | None = None) -> float:
        """Tokens that a row has supplied."""
        held = self.book.get(self.reserves[token].column, row)
        return held * self.exchange_rate(token, fresh) if held else 0.0

    def owed(self, token: str, row: int, fresh: Collection[str] | None = None) -> float:
        """Tokens that a row owes."""
        scaled = self.book.get(self.debt_column(token), row)
        return scaled * self.reserves[token].index * (1.0 + self.growth(token, fresh)) if scaled else 0.0

    def price(self, token: str) -> float:
        """Price of a token in the numeraire."""
        feed = self.reserves[token].params.feed
        return 1.0 if feed is None else self.read_feed(feed)

    def covers(self, token: str, debt: str, category: str = "") -> float:
        """Collateral factor of a token."""
        if debt not in self.reserves:
            raise LookupError(f"{self.name} does not lend {debt}")
        return self.reserves[token].params.collateral_factor

    def entered(self, row: int) -> Collection[str]:
        """Markets whose supply counts as the row's collateral."""
        return self.members.get(row, frozenset(self.tokens if self.params.enter_on_supply else ()))

    def values(self, row: int, fresh: Collection[str] | None = None) -> tuple[float, float]:
        """Collateral value times collateral factor, and debt value, in the numeraire."""
        cover = debt = 0.0
        members = self.entered(row)
        for token in self.tokens:
            factor = self.reserves[token].params.collateral_factor
            if factor > 0.0 and token in members and (held := self.supplied(token, row, fresh)):
                cover += held * factor * self.price(token)
            if owed := self.owed(token, row, fresh):
                debt += owed * self.price(token)
        return cover, debt

    def liquidity(self, row: int, fresh: Collection[str] | None = None) -> float:
        """Account liquidity in the numeraire, negative for a shortfall."""
        cover, debt = self.values(row, fresh)
        return cover - debt

    def health_at(self, row: int, fresh: Collection[str] | None) -> float:
        """Health with the indexes of ``fresh`` tokens brought to the clock, the others as stored: as a contract call sees it."""
        cover, debt = self.values(row, fresh)
        return cover / debt if debt > 0.0 else math.inf

    def health_of(self, row: int) -> float:
        """Health of one row."""
        return self.health_at(row, None)

    def weigh(self) -> tuple[Floats, Floats]:
        """Health is linear in these, whatever an account has entered: what it has not counts nothing before and after."""
        cover, debt = [], []
        for token, reserve in self.reserves.items():
            price, factor = self.price(token), self.growth(token, None)
            rate = reserve.exchange_rate(self.cash(token), factor)
            cover.append(price * rate * reserve.params.collateral_factor)
            debt.append(price * reserve.index * (1.0 + factor))
        return np.array([cover]), np.array([debt])

    def health(self, rows: Rows | None = None) -> Floats:
        """Covered value over debt value, shape (rows,)."""
        data = self.book.data if rows is None else self.book.data[:, rows]
        index = np.arange(data.shape[1]) if rows is None else rows
        cover, debt = self.weigh()
        counted = cover[0] if self.params.enter_on_supply else np.zeros_like(cover[0])
        health = ratio(counted @ data[: len(self.tokens)], debt[0] @ data[len(self.tokens) :])
        if len(self.members):
            for place, row in enumerate(index.tolist()):
                if row in self.members:
                    health[place] = self.health_of(row)
        return health

    def collateral_of(self, account: int) -> dict[str, float]:
        """Tokens of an account that count as collateral."""
        row = self.book.find(account)
        if row is None:
            return {}
        members = self.entered(row)
        counted = [token for token in self.tokens if token in members and self.reserves[token].params.collateral_factor > 0.0]
        return {token: held for token in counted if (held := self.supplied(token, row)) > 0.0}

    def deposits_of(self, account: int) -> dict[str, float]:
        """All that an account has supplied, entered or not."""
        row = self.book.find(account)
        return {} if row is None else {token: held for token in self.tokens if (held := self.supplied(token, row)) > 0.0}

    def debts_of(self, account: int) -> dict[str, float]:
        """Tokens that an account owes."""
        row = self.book.find(account)
        return {} if row is None else {token: owed for token in self.tokens if (owed := self.owed(token, row)) > 0.0}

    def totals(self) -> dict[str, dict[str, float]]:
        """Totals per token, to the clock (amounts in tokens, rates per year)."""
        found = {}
        blocks = YEAR / self.params.seconds_per_block
        for token, reserve in self.reserves.items():
            cash, factor = self.cash(token), self.growth(token, None)
            rate, used = reserve.rate_per_block(cash, self.params.seconds_per_block) * blocks, reserve.utilisation(cash)
            found[token] = {
                "supplied": reserve.supply * self.exchange_rate(token), "borrowed": reserve.borrows * (1.0 + factor), "cash": cash,
                "utilisation": used, "borrow_rate": rate, "supply_rate": rate * used * (1.0 - reserve.params.reserve_factor),
                "reserves": reserve.reserves + reserve.borrows * factor * reserve.params.reserve_factor, 
                "bad_debt": self.stranded(token) + reserve.written_off,
            }  # fmt: skip
        return found

    def stranded(self, token: str) -> float:
        """Debt in a token of rows without any cToken: nobody will repay it (the contract leaves it standing)."""
        split, data = len(self.tokens), self.book.data
        bare = data[:split].sum(axis=0) <= 0.0
        reserve = self.reserves[token]
        return float(data[self.debt_column(token)][bare].sum()) * reserve.index * (1.0 + self.growth(token, None))

    def audit(self) -> Iterable[Identity]:
        """Of every token: cash + debt = deposits + reserves; cTokens and debts of the rows add up."""
        for token, reserve in self.reserves.items():
            place, gross, cash = f"market.{self.name}.{token}", self.gross(token), self.cash(token)
            held = float(self.book.data[reserve.column].sum())
            found = cash + reserve.borrows
            yield Identity(f"{place} cash + debt", found, reserve.deposits + reserve.reserves, gross + found)
            owed = float(self.book.data[self.debt_column(token)].sum()) * reserve.index
            yield Identity(f"{place} owed", owed, reserve.borrows, gross + reserve.borrows)
            initial = reserve.params.initial_exchange_rate
            yield Identity(f"{place} cTokens", held * initial, reserve.supply * initial, gross + reserve.supply * initial)
