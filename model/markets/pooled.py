"""Kind ``pooled``: a pooled lending market with scaled balances and indexes, by the rules of a protocol version.

Source: Aave v2 LendingPool (npm @aave/protocol-v2 1.0.1) and Aave v3 Pool; the version is the ``rules`` parameter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from model.core.actions import ALL, Borrow, Repay, Supply, Take, Withdraw
from model.core.choice import chosen
from model.core.draws import Floats
from model.core.errors import Refused
from model.core.params import Params, param
from model.markets.base import Offer
from model.markets.pooled_liquidation import offers_of, take
from model.markets.pooled_state import EModeParams, PooledState
from model.markets.reserve import Reserve, ReserveParams
from model.markets.rules.base import RuleSet
from model.world.target import Call

if TYPE_CHECKING:
    from model.world.world import World

_V2 = {"kind": "aave_v2"}


@dataclass(frozen=True, slots=True)
class Switch:
    """Terms of a supply: count the token as collateral or not (``Supply`` of 0 tokens switches alone)."""

    collateral: bool


@dataclass(frozen=True, slots=True)
class EMode:
    """Terms of a borrowing: enter an e-mode category, empty for none (``Borrow`` of 0 tokens switches alone)."""

    category: str


class PooledParams(Params):
    """A pooled market."""

    rules: chosen(RuleSet) = param(_V2, unit="kind", description="Rule set, by protocol version")  # type: ignore[valid-type]
    numeraire: str = param("usd", unit="token or usd", description="Unit in which the market's feeds state prices")
    reserves: dict[str, ReserveParams] = param(unit="table", min_length=1, description="Reserves by token")
    emodes: dict[str, EModeParams] = param({}, unit="table", description="E-mode categories by name")


class Pooled(PooledState, kind="pooled"):
    """A pooled market in place.

    Refuses with ``insufficient_liquidity``, ``insufficient_collateral``, ``health_factor_too_low``, ``no_debt``, ``no_position``,
    ``not_borrowable``, ``frozen``, ``paused``, ``invalid_amount``, ``healthy``, and what its rule set adds.
    """

    Params = PooledParams
    verbs = frozenset({"supply", "withdraw", "borrow", "repay", "take"})

    def __init__(self, world: World, name: str, chain: str, params: PooledParams) -> None:
        super().__init__(world, name, chain, params, params.numeraire, params.rules.make())

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

    def open_cash(self) -> None:
        """Genesis: cash is brought up to deposits - debt in every reserve, and the rates follow.

        Raises:
            ValueError: a reserve's debt exceeds its deposits.
        """
        for token, reserve in self.reserves.items():
            cash = self.deposits(token) - self.debt(token) - self.cash(token)
            if cash < -1e-9 * self.deposits(token):
                raise ValueError(f"{self.name}.{token}: debt exceeds deposits by {-cash:.6g}")
            self.ledger.create(token, self.account, max(cash, 0.0), "genesis")
            reserve.update_rates(self.cash(token), self.ledger.scale(token))

    def supply(self, call: Call, action: Supply) -> float:
        """Lend, or place collateral."""
        reserve = self._reserve(action.token)
        row = self.book.row(call.sender)
        if isinstance(action.terms, Switch):
            self._switch(row, action.token, action.terms.collateral)
            if action.amount == 0.0:
                return 0.0
        amount = self._given(call, action.token, action.amount)
        if reserve.params.frozen:
            raise Refused("frozen", action.token)
        self.accrue(reserve)
        self.rules.check_supply(self, reserve, row, amount)
        amount = self.ledger.move(action.token, call.sender, self.account, amount)
        self._credit(reserve, row, amount)
        self._set_rates(reserve)
        self._emit(call, "supply", action.token, amount)
        return amount

    def withdraw(self, call: Call, action: Withdraw) -> float:
        """Take supplied tokens back."""
        reserve = self._reserve(action.token)
        row = self._row(call.sender)
        self.accrue(reserve)
        held = self.supplied(action.token, row)
        amount = held if action.amount == ALL else action.amount
        if not 0.0 < amount <= held * (1.0 + 1e-12):
            raise Refused("invalid_amount", f"{amount} of {held}")
        self._debit(reserve, row, ALL if amount >= held else amount)
        self.pay_out(reserve, call.sender, min(amount, held))
        self._set_rates(reserve)
        if self.debts_of(call.sender) and self.health_of(row) < 1.0:
            raise Refused("health_factor_too_low", f"{self.health_of(row)}")
        self._emit(call, "withdraw", action.token, amount)
        return min(amount, held)

    def borrow(self, call: Call, action: Borrow) -> float:
        """Borrow against the account's collateral."""
        reserve = self._reserve(action.token)
        row = self._row(call.sender)
        if isinstance(action.terms, EMode):
            self._enter(row, action.terms.category)
            if action.amount == 0.0:
                return 0.0
        if not reserve.params.borrowable:
            raise Refused("not_borrowable", action.token)
        if reserve.params.frozen:
            raise Refused("frozen", action.token)
        if not 0.0 < action.amount < ALL:
            raise Refused("invalid_amount", f"{action.amount}")
        self.accrue(reserve)
        before = self.standing(row)
        if before.health <= 1.0:
            raise Refused("health_factor_too_low", f"{before.health}")
        self.rules.check_borrow(self, reserve, row, action.amount)
        self._owe(reserve, row, action.amount)
        after = self.standing(row)
        if after.ltv == 0.0 or after.debt > after.collateral * after.ltv * (1.0 + 1e-12):
            raise Refused("insufficient_collateral", f"debt {after.debt} on {after.collateral} at LTV {after.ltv}")
        self.pay_out(reserve, call.sender, action.amount)
        self._set_rates(reserve)
        self._emit(call, "borrow", action.token, action.amount)
        return action.amount

    def repay(self, call: Call, action: Repay) -> float:
        """Repay one's own debt or another's; what is offered beyond the debt is not taken."""
        reserve = self._reserve(action.token)
        borrower = call.sender if action.borrower is None else action.borrower
        row = self._row(borrower)
        self.accrue(reserve)
        owed = self.owed(action.token, row)
        if owed <= 0.0:
            raise Refused("no_debt", action.token)
        if not action.amount > 0.0:
            raise Refused("invalid_amount", f"{action.amount}")
        amount = min(action.amount, owed)
        if action.amount == ALL:
            amount = min(owed, self.ledger.balance(action.token, call.sender)) if borrower == call.sender else owed
        amount = self.ledger.move(action.token, call.sender, self.account, amount)
        self.relieve(reserve, row, ALL if amount >= owed * (1.0 - 1e-15) else amount)
        self._set_rates(reserve)
        self._emit(call, "repay", action.token, amount)
        return amount

    def take(self, call: Call, action: Take) -> float:
        """Liquidate: repay debt of an unhealthy account for its collateral; returns the collateral received."""
        return take(self, call, action)

    def offers(self, row: int) -> list[Offer]:
        """Fixed-spread offers of an unhealthy row, one per pair of debt and collateral."""
        return offers_of(self, row)

    def flash_lend(self, call: Call, token: str, amount: float) -> float:
        """Lend for one transaction, bounded by cash."""
        reserve = self._reserve(token)
        self.accrue(reserve)
        self.pay_out(reserve, call.sender, amount)
        return amount * reserve.params.flash_fee

    def flash_collect(self, call: Call, token: str, amount: float) -> None:
        """Collect; the fee raises the suppliers' index."""
        reserve = self._reserve(token)
        self.ledger.move(token, call.sender, self.account, amount)
        fee = amount * reserve.params.flash_fee / (1.0 + reserve.params.flash_fee)
        deposits = self.deposits(token)
        if deposits > 0.0:
            reserve.supply_index *= 1.0 + fee / deposits
        else:
            reserve.residue -= fee
        self._set_rates(reserve)

    def accrue(self, reserve: Reserve) -> None:
        """Bring a reserve's indexes to block time and pay the treasury."""
        scale = self.ledger.scale(reserve.token)
        _, share = reserve.accrue(self.world.clock.now, scale)
        if share > 0.0:
            scaled = share / (reserve.supply_index * scale)
            if self.rules.mints_treasury:
                self.book.add(reserve.column, self.book.row(self.treasury), scaled)
                reserve.scaled_supply += scaled
            else:
                reserve.treasury_scaled += scaled

    def pay_out(self, reserve: Reserve, taker: int, amount: float) -> None:
        """Pay the underlying, if there is enough free liquidity."""
        if amount > self.cash(reserve.token) * (1.0 + 1e-12):
            raise Refused("insufficient_liquidity", f"{amount} of {self.cash(reserve.token)} {reserve.token}")
        self.ledger.move(reserve.token, self.account, taker, min(amount, self.cash(reserve.token)))

    def relieve(self, reserve: Reserve, row: int, amount: float) -> None:
        """Take debt off a row (ALL leaves an exact zero)."""
        column = self._debt_column[reserve.token]
        held = self.book.get(column, row)
        scaled = held if amount == ALL else min(amount / (reserve.debt_index * self.ledger.scale(reserve.token)), held)
        self.book.put(column, row, held - scaled)
        reserve.scaled_debt -= scaled

    def shift(self, reserve: Reserve, giver: int, taker: int, amount: float) -> None:
        """Move supplied shares from one row to another (ALL leaves an exact zero)."""
        held = self.book.get(reserve.column, giver)
        index = reserve.supply_index_at(self.world.clock.now) * self.ledger.scale(reserve.token)
        scaled = held if amount == ALL else min(amount / index, held)
        self.book.put(reserve.column, giver, held - scaled)
        self.book.add(reserve.column, taker, scaled)

    def set_rates(self, reserve: Reserve) -> None:
        """Let the rates follow cash and debt."""
        self._set_rates(reserve)

    def _reserve(self, token: str) -> Reserve:
        reserve = self.reserves.get(token)
        if reserve is None:
            raise Refused("not_listed", f"{token} on {self.name}")
        if reserve.params.paused:
            raise Refused("paused", token)
        return reserve

    def _row(self, account: int) -> int:
        row = self.book.find(account)
        if row is None:
            raise Refused("no_position", self.world.accounts.name(account))
        return row

    def _given(self, call: Call, token: str, amount: float) -> float:
        given = self.ledger.balance(token, call.sender) if amount == ALL else amount
        if not given > 0.0:
            raise Refused("invalid_amount", f"{given} {token}")
        return given

    def _credit(self, reserve: Reserve, row: int, amount: float) -> None:
        scaled = amount / (reserve.supply_index * self.ledger.scale(reserve.token))
        self.book.add(reserve.column, row, scaled)
        reserve.scaled_supply += scaled

    def _debit(self, reserve: Reserve, row: int, amount: float) -> None:
        held = self.book.get(reserve.column, row)
        scaled = held if amount == ALL else min(amount / (reserve.supply_index * self.ledger.scale(reserve.token)), held)
        self.book.put(reserve.column, row, held - scaled)
        reserve.scaled_supply -= scaled

    def _owe(self, reserve: Reserve, row: int, amount: float) -> None:
        scaled = amount / (reserve.debt_index * self.ledger.scale(reserve.token))
        self.book.add(self._debt_column[reserve.token], row, scaled)
        reserve.scaled_debt += scaled

    def _set_rates(self, reserve: Reserve) -> None:
        reserve.update_rates(self.cash(reserve.token), self.ledger.scale(reserve.token))

    def _switch(self, row: int, token: str, collateral: bool) -> None:
        off = self.disabled.get(row, frozenset())
        self.disabled[row] = off - {token} if collateral else off | {token}
        self.book.touched.add(row)
        if not collateral and self.health_of(row) < 1.0:
            raise Refused("health_factor_too_low", f"{self.health_of(row)}")

    def _enter(self, row: int, category: str) -> None:
        if category not in self._groups:
            raise Refused("no_such_category", category)
        self.category.grow(len(self.book))
        self.category.put(0, row, float(self._groups.index(category)))
        self.book.touched.add(row)
        if self.health_of(row) < 1.0:
            raise Refused("health_factor_too_low", f"{self.health_of(row)}")

    def _emit(self, call: Call, verb: str, token: str, amount: float) -> None:
        self.world.events.emit("lending", call.now, self.chain, self.name, self.world.accounts.name(call.sender), verb, token, amount)
