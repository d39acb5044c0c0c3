"""State of a pooled market and what can be read from it: balances, values, health, totals, identities.

Source: Aave v2 and v3 GenericLogic.calculateUserAccountData (weighted thresholds are whole basis points, rounded down).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.core.draws import Floats
from model.core.journal import Register, Table
from model.losses.base import LossRule
from model.markets.base import Market, Rows
from model.markets.pooled_params import PooledParams
from model.markets.reserve import Reserve
from model.world.audit import Identity
from model.world.book import Book

if TYPE_CHECKING:
    from model.markets.rules.base import RuleSet
    from model.world.world import World

_ROUNDING = 2e-11
_BPS = 10_000.0


class Standing(NamedTuple):
    """An account in the numeraire: collateral and debt value, weighted LTV and threshold, health."""

    collateral: float
    debt: float
    ltv: float
    threshold: float
    health: float


def _same(one: list[Any], other: list[Any]) -> bool:
    """Whether two lists hold the same objects."""
    return len(one) == len(other) and all(map(operator.is_, one, other))


def mean(weighted: float, total: float, whole: bool) -> float:
    """Weighted mean, in ``whole`` basis points rounded down as the contract's integer division does."""
    if not whole:
        return weighted / total if total > 0.0 else 0.0
    return math.floor(weighted / total * _BPS + _ROUNDING) / _BPS if total > 0.0 else 0.0


class PooledState(Market):
    """Positions of a pooled market: one collateral column per reserve, then one debt column per borrowable reserve, scaled."""

    rules: RuleSet
    margin = 5e-4
    """Weighted thresholds are rounded down to whole basis points; below a threshold of 20 % this would have to be wider."""

    def __init__(self, world: World, name: str, chain: str, params: PooledParams, numeraire: str, rules: RuleSet) -> None:
        super().__init__(world, name, chain, params, numeraire)
        self.rules = rules
        self.reserves: dict[str, Reserve] = {}
        self.emodes = dict(params.emodes)
        self._groups: list[str] = ["", *self.emodes]
        for token, reserve in params.reserves.items():
            self.ledger.register(token)
            self.reserves[token] = Reserve(world.journal, token, reserve, len(self.reserves), world.clock.now, self.rules.truncates_powers)
            if self.rules.rates_at_listing:
                self.reserves[token].update_rates(0.0, 1.0)
        self._tokens = list(self.reserves)
        self._borrowable = [token for token in self._tokens if self.reserves[token].params.borrowable]
        self._debt_column = {token: len(self._tokens) + place for place, token in enumerate(self._borrowable)}
        self.book = Book(world.journal, len(self._tokens) + len(self._borrowable))
        self.category = Table(world.journal, 1)
        self._thresholds: tuple[list[Any], list[Any], Floats] | None = None
        self.disabled: Register[int, frozenset[str]] = Register(world.journal)
        self.treasury = world.accounts.open(f"treasury {name}")
        self.backstop = world.accounts.open(f"backstop {name}")
        self.losses: LossRule = params.losses.make()

    def group_of(self, row: int) -> str:
        """E-mode category of a row, empty for none."""
        return self._groups[int(self.category.get(0, row))] if row < self.category.rows else ""

    def supplied(self, token: str, row: int) -> float:
        """Tokens supplied by a row, to the clock."""
        reserve = self.reserves[token]
        return self.book.get(reserve.column, row) * reserve.supply_index_at(self.world.clock.now) * self.ledger.scale(token)

    def owed(self, token: str, row: int) -> float:
        """Tokens owed by a row, to the clock."""
        column = self._debt_column.get(token)
        if column is None:
            return 0.0
        scaled = self.book.get(column, row)
        return scaled * self.reserves[token].debt_index_at(self.world.clock.now) * self.ledger.scale(token) if scaled else 0.0

    def lends(self, token: str) -> bool:
        """Whether the book has a debt column for a token."""
        return token in self._debt_column

    def cash(self, token: str) -> float:
        """Free liquidity of a reserve."""
        return self.ledger.balance(token, self.account)

    def price(self, token: str) -> float:
        """Price of a reserve's token in the numeraire."""
        feed = self.reserves[token].params.feed
        return 1.0 if feed is None else self.read_feed(feed)

    def terms_of(self, token: str, group: str) -> tuple[float, float, float]:
        """LTV, liquidation threshold and bonus of a collateral token for rows of a category. Of a reserve without a threshold of its own
        nothing counts, and of one with an LTV of 0 the category's LTV does not.

        Source: Aave v3.0 to v3.3 GenericLogic.calculateUserAccountData (``if (vars.ltv != 0)`` around the e-mode's LTV).
        """
        params = self.reserves[token].params
        if group and params.liquidation_threshold > 0.0:
            emode = self.emodes[group]
            if emode.collateral is None or token in emode.collateral:
                return emode.ltv if params.ltv > 0.0 else 0.0, emode.liquidation_threshold, emode.bonus
        return params.ltv, params.liquidation_threshold, params.bonus

    def covers(self, token: str, debt: str, category: str = "") -> float:
        """Liquidation threshold of a collateral token."""
        if not self.lends(debt):
            raise LookupError(f"{self.name} does not lend {debt}")
        return self.terms_of(token, category)[1]

    def lends_up_to(self, token: str, debt: str, category: str = "") -> float:
        """Loan-to-value of a collateral token; nothing while the debt's reserve is frozen or paused."""
        if not self.lends(debt):
            raise LookupError(f"{self.name} does not lend {debt}")
        reserve = self.reserves[debt].params
        return 0.0 if reserve.frozen or reserve.paused else self.terms_of(token, category)[0]

    def counts(self, token: str, row: int) -> bool:
        """Whether a row's supply of a token counts as collateral."""
        return self.terms_of(token, self.group_of(row))[1] > 0.0 and token not in self.disabled.get(row, ())

    def standing(self, row: int) -> Standing:
        """The account behind a row, exact by the contract's arithmetic."""
        group, off = self.group_of(row), self.disabled.get(row, ())
        total = for_ltv = for_threshold = debt = 0.0
        for token in self._tokens:
            if self.book.get(self.reserves[token].column, row) == 0.0 or token in off:
                continue
            ltv, threshold, _ = self.terms_of(token, group)
            if threshold == 0.0:
                continue
            value = self.supplied(token, row) * self.price(token)
            total, for_ltv, for_threshold = total + value, for_ltv + value * ltv, for_threshold + value * threshold
        for token in self._borrowable:
            owed = self.owed(token, row)
            if owed:
                debt += owed * self.price(token)
        whole = self.rules.whole_basis_points
        ltv, threshold = mean(for_ltv, total, whole), mean(for_threshold, total, whole)
        return Standing(total, debt, ltv, threshold, total * threshold / debt if debt > 0.0 else math.inf)

    def health_of(self, row: int) -> float:
        """Health factor of one row."""
        return self.standing(row).health

    def units(self) -> tuple[Floats, Floats]:
        """Numeraire value per scaled unit of each collateral and each debt column, shapes (reserves,), (borrowable reserves,)."""
        now = self.world.clock.now
        prices = {token: self.price(token) * self.ledger.scale(token) for token in self._tokens}
        supplied = np.array([self.reserves[token].supply_index_at(now) * prices[token] for token in self._tokens])
        owed = np.array([self.reserves[token].debt_index_at(now) * prices[token] for token in self._borrowable])
        return supplied, owed

    def thresholds(self) -> Floats:
        """Liquidation thresholds, shape (groups, reserves)."""
        told = [reserve.params for reserve in self.reserves.values()], list(self.emodes.values())
        if self._thresholds is None or not _same(self._thresholds[0], told[0]) or not _same(self._thresholds[1], told[1]):
            found = np.array([[self.terms_of(token, group)[1] for token in self._tokens] for group in self._groups])
            self._thresholds = (*told, found)
        return self._thresholds[2]

    def weigh(self) -> tuple[Floats, Floats]:
        """Health is linear in these weights but for the rounding of the threshold, which the screen's margin covers."""
        supplied, owed = self.units()
        return supplied * self.thresholds(), owed[None, :]

    def health(self, rows: Rows | None = None) -> Floats:
        """Health factors, shape (rows,), infinity without debt."""
        data = self.book.data if rows is None else self.book.data[:, rows]
        index = np.arange(data.shape[1]) if rows is None else rows
        supplied, owed = self.units()
        split, thresholds = len(self._tokens), self.thresholds()
        total = (supplied * (thresholds[0] > 0.0)) @ data[:split]
        weighted = (supplied * thresholds[0]) @ data[:split]
        if len(self._groups) > 1 and self.category.rows:
            self._regroup((total, weighted), data[:split], index, supplied, thresholds)
        debt = owed @ data[split:]
        with np.errstate(divide="ignore", invalid="ignore"):
            threshold = weighted / total
            if self.rules.whole_basis_points:
                threshold = np.floor(threshold * _BPS + _ROUNDING) / _BPS
            health = np.where(debt > 0.0, np.where(total > 0.0, total * threshold, 0.0) / debt, np.inf)
        if len(self.disabled):
            chosen = set(self.disabled)
            for place, row in enumerate(index.tolist()):
                if row in chosen:
                    health[place] = self.health_of(row)
        return np.asarray(health)

    def _regroup(self, sums: tuple[Floats, Floats], data: Floats, index: NDArray[np.int64], supplied: Floats, thresholds: Floats) -> None:
        total, weighted = sums
        groups = np.zeros(len(index), dtype=np.int64)
        known = index < self.category.rows
        groups[known] = self.category.data[0, index[known]].astype(np.int64)
        for group in range(1, len(self._groups)):
            member = groups == group
            if member.any():
                total[member] = (supplied * (thresholds[group] > 0.0)) @ data[:, member]
                weighted[member] = (supplied * thresholds[group]) @ data[:, member]

    def collateral_of(self, account: int) -> dict[str, float]:
        """Tokens of an account that count as collateral."""
        row = self.book.find(account)
        if row is None:
            return {}
        return {token: amount for token in self._tokens if self.counts(token, row) and (amount := self.supplied(token, row)) > 0.0}

    def position_columns(self) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Collateral and debts of all rows by token, shapes (rows,)."""
        now, data, rows = self.world.clock.now, self.book.data, len(self.book)
        groups = np.zeros(rows, dtype=np.int64)
        groups[: min(rows, self.category.rows)] = self.category.data[0, :rows].astype(np.int64)
        counted = self.thresholds() > 0.0
        held, owed = dict[str, Floats](), dict[str, Floats]()
        for place, (token, reserve) in enumerate(self.reserves.items()):
            scale = self.ledger.scale(token)
            held[token] = np.where(counted[groups, place], data[reserve.column] * reserve.supply_index_at(now) * scale, 0.0)
            if token in self._debt_column:
                owed[token] = data[self._debt_column[token]] * reserve.debt_index_at(now) * scale
        for row, off in self.disabled.items():
            for token in off:
                held[token][row : row + 1] = 0.0
        return held, owed

    def deposits_of(self, account: int) -> dict[str, float]:
        """All that an account has supplied, counted as collateral or not."""
        row = self.book.find(account)
        return {} if row is None else {token: held for token in self._tokens if (held := self.supplied(token, row)) > 0.0}

    def debts_of(self, account: int) -> dict[str, float]:
        """Tokens that an account owes."""
        row = self.book.find(account)
        return {} if row is None else {token: owed for token in self._borrowable if (owed := self.owed(token, row)) > 0.0}

    def deposits(self, token: str) -> float:
        """Tokens owed to suppliers and treasury, to the clock."""
        reserve = self.reserves[token]
        scaled = reserve.scaled_supply + reserve.treasury_scaled
        return scaled * reserve.supply_index_at(self.world.clock.now) * self.ledger.scale(token)

    def debt(self, token: str) -> float:
        """Tokens owed by borrowers, to the clock."""
        reserve = self.reserves[token]
        return reserve.scaled_debt * reserve.debt_index_at(self.world.clock.now) * self.ledger.scale(token)

    def totals(self) -> dict[str, dict[str, float]]:
        """Totals per token, to the clock (amounts in tokens, rates per year)."""
        return {token: self.totals_of(token) for token in self.reserves}

    def totals_of(self, token: str) -> dict[str, float]:
        """Totals of one token."""
        reserve, cash, debt = self.reserves[token], self.cash(token), self.debt(token)
        return {
            "supplied": self.deposits(token), "borrowed": debt, "cash": cash, "utilisation": debt / (cash + debt) if debt else 0.0,
            "borrow_rate": reserve.borrow_rate, "supply_rate": reserve.supply_rate, "bad_debt": reserve.deficit,
        }  # fmt: skip

    def payable(self, token: str, chain: str | None = None) -> float:
        """Cash of a reserve; nothing while it is paused."""
        return 0.0 if self.reserves[token].params.paused else self.cash(token)

    def audit(self) -> Iterable[Identity]:
        """Of every reserve: cash + debt + deficit = deposits + treasury + residue; and columns add up to the scaled totals."""
        for token, reserve in self.reserves.items():
            scale, place = self.ledger.scale(token), f"market.{self.name}.{token}"
            cash = self.cash(token)
            debt = reserve.scaled_debt * reserve.debt_index * scale
            deposits = (reserve.scaled_supply + reserve.treasury_scaled) * reserve.supply_index * scale
            found, gross = cash + debt + reserve.deficit, float(np.abs(self.ledger.column(token)).sum())
            yield Identity(f"{place} cash + debt + deficit", found, deposits + reserve.residue, gross + found + deposits)
            supplied = float(self.book.data[reserve.column].sum())
            yield Identity(f"{place} supplied", supplied, reserve.scaled_supply, gross + reserve.scaled_supply)
            if token in self._debt_column:
                owed = float(self.book.data[self._debt_column[token]].sum())
                yield Identity(f"{place} owed", owed, reserve.scaled_debt, gross + reserve.scaled_debt)
