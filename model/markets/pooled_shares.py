"""Shares, debt and cash of a pooled market: what its verbs and its liquidations write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model.core.actions import ALL
from model.core.draws import Floats
from model.core.errors import Refused
from model.markets.pooled_losses import bear
from model.markets.pooled_state import PooledState
from model.markets.reserve import Reserve
from model.world.accounts import OUTSIDE
from model.world.claim import ClaimToken

if TYPE_CHECKING:
    from model.world.target import Call

_ROUNDING = 1e-12


class PooledShares(PooledState):
    """Every write to a pooled market's books goes through one of these. Amounts are tokens; ALL leaves an exact zero."""

    def open_positions(self, accounts: range, supplied: dict[str, Floats], owed: dict[str, Floats]) -> None:
        """Genesis: rows for a population with given amounts (tokens). Cash is not touched; see :meth:`open_cash`."""
        rows = self.book.rows(accounts)
        for token, amounts in supplied.items():
            reserve = self.reserves[token]
            self.book.data[reserve.column, rows.start : rows.stop] = amounts / (reserve.supply_index * self.ledger.scale(token))
            reserve.scaled_supply = float(self.book.data[reserve.column].sum())
        for token, amounts in owed.items():
            reserve = self.reserves[token]
            column = self._debt_column[token]
            self.book.data[column, rows.start : rows.stop] = amounts / (reserve.debt_index * self.ledger.scale(token))
            reserve.scaled_debt = float(self.book.data[column].sum())
        self.category.grow(len(self.book))

    def enter(self, accounts: range, category: str) -> None:
        """Genesis: the rows of a population enter an e-mode category.

        Raises:
            ValueError: no such category.
        """
        if category not in self._groups:
            raise ValueError(f"{self.name} has no e-mode category {category!r}; allowed: {', '.join(self.emodes) or 'none'}")
        for account in accounts:
            self.category.put(0, self.book.row(account), float(self._groups.index(category)))

    def open_cash(self) -> None:
        """Genesis: cash is brought to deposits - debt in every reserve, and the rates follow. Claims come from their holders outside. Of
        what was supplied by verbs, that part goes which borrowers with opened positions took out before.

        Raises:
            ValueError: a reserve's debt exceeds its deposits.
        """
        for token, reserve in self.reserves.items():
            staked = self.params.backstop.get(token, 0.0)
            if staked > 0.0:
                self.credit(reserve, self.book.row(self.backstop), staked)
            left, rounding = self.deposits(token) - self.debt(token), 1e-9 * self.deposits(token)
            if left < -rounding:
                raise ValueError(f"{self.name}.{token}: debt exceeds deposits by {-left:.6g}")
            missing = left - self.cash(token)
            if -rounding <= missing < 0.0:
                missing = 0.0
            if isinstance(self.world.targets.get(token), ClaimToken):
                giver, taker = (OUTSIDE, self.account) if missing >= 0.0 else (self.account, OUTSIDE)
                self.ledger.move(token, giver, taker, abs(missing))
            elif missing >= 0.0:
                self.ledger.create(token, self.account, missing, "genesis")
            else:
                self.ledger.destroy(token, self.account, -missing, "genesis")
            self.set_rates(reserve)

    def accrue(self, reserve: Reserve) -> None:
        """Bring a reserve's indexes to block time and pay the treasury."""
        scale = self.ledger.scale(reserve.token)
        _, share = reserve.accrue(self.world.clock.now, scale)
        if share > 0.0:
            scaled = share / (reserve.supply_index * scale)
            reserve.treasury_scaled += scaled
            if self.rules.mints_treasury:
                self.pay_treasury(reserve)

    def pay_treasury(self, reserve: Reserve) -> float:
        """Mint the treasury its accrued shares; returns what they are worth (tokens)."""
        scaled = reserve.treasury_scaled
        if scaled > 0.0:
            self.book.add(reserve.column, self.book.row(self.treasury), scaled)
            reserve.scaled_supply += scaled
            reserve.treasury_scaled = 0.0
        return scaled * self.supply_unit(reserve)

    def set_rates(self, reserve: Reserve) -> None:
        """Let the rates follow cash and debt."""
        idle = reserve.deficit if self.rules.deficit_dilutes else 0.0
        reserve.update_rates(self.cash(reserve.token), self.ledger.scale(reserve.token), idle)

    def pay_out(self, reserve: Reserve, taker: int, amount: float) -> None:
        """Pay the underlying, if there is enough free liquidity."""
        cash = self.cash(reserve.token)
        if amount > cash * (1.0 + _ROUNDING):
            raise Refused("insufficient_liquidity", f"{amount} of {cash} {reserve.token}")
        self.ledger.move(reserve.token, self.account, taker, min(amount, cash))

    def credit(self, reserve: Reserve, row: int, amount: float) -> None:
        """Give a row shares for a supply."""
        scaled = amount / self.supply_unit(reserve)
        self.book.add(reserve.column, row, scaled)
        reserve.scaled_supply += scaled

    def debit(self, reserve: Reserve, row: int, amount: float) -> None:
        """Burn shares of a row."""
        reserve.scaled_supply -= self._take_shares(reserve, row, amount)

    def shift(self, reserve: Reserve, giver: int, taker: int, amount: float) -> None:
        """Move shares from one row to another."""
        self.book.add(reserve.column, taker, self._take_shares(reserve, giver, amount))

    def owe(self, reserve: Reserve, row: int, amount: float) -> None:
        """Write debt to a row."""
        scaled = amount / self._debt_unit(reserve)
        self.book.add(self._debt_column[reserve.token], row, scaled)
        reserve.scaled_debt += scaled

    def relieve(self, reserve: Reserve, row: int, amount: float) -> None:
        """Take debt off a row."""
        column = self._debt_column[reserve.token]
        held = self.book.get(column, row)
        scaled = held if amount == ALL else min(amount / self._debt_unit(reserve), held)
        self.book.put(column, row, held - scaled)
        reserve.scaled_debt -= scaled

    def write_off(self, call: Call, reserve: Reserve, row: int) -> None:
        """Take all that a row owes of a reserve off it and lay it on those who bear it; a deficit bears no interest."""
        self.accrue(reserve)
        lost = self.owed(reserve.token, row)
        self.relieve(reserve, row, ALL)
        bear(self, call, reserve, lost, self.world.accounts.name(self.book.owners[row]))
        self.set_rates(reserve)

    def supply_unit(self, reserve: Reserve) -> float:
        """Tokens per scaled share, to the clock."""
        return reserve.supply_index_at(self.world.clock.now) * self.ledger.scale(reserve.token)

    def _debt_unit(self, reserve: Reserve) -> float:
        """Tokens per scaled unit of debt, to the clock."""
        return reserve.debt_index_at(self.world.clock.now) * self.ledger.scale(reserve.token)

    def _take_shares(self, reserve: Reserve, row: int, amount: float) -> float:
        held = self.book.get(reserve.column, row)
        scaled = held if amount == ALL else min(amount / self.supply_unit(reserve), held)
        self.book.put(reserve.column, row, held - scaled)
        if held == scaled:
            self.forget(row, reserve.token)
        return scaled

    def forget(self, row: int, token: str) -> None:
        """An emptied position forgets that it was switched off as collateral."""
        off = self.disabled.get(row, frozenset())
        if token in off:
            self.disabled[row] = off - {token}
