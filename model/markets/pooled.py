"""Kind ``pooled``: a pooled lending market with scaled balances and indexes, by the rules of a protocol version.

Source: Aave v2 LendingPool (npm @aave/protocol-v2 1.0.1), Aave v3 Pool (@aave/core-v3 1.19.3, aave-v3-origin 3.3.0), Aave v4 Spoke; the
version is the ``rules`` parameter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model.core.actions import ALL, Borrow, Collect, Repay, Supply, Take, Withdraw
from model.core.errors import Refused
from model.markets.base import Offer
from model.markets.pooled_liquidation import offers_of, take
from model.markets.pooled_params import EMode as EMode
from model.markets.pooled_params import EModeParams as EModeParams
from model.markets.pooled_params import PooledParams as PooledParams
from model.markets.pooled_params import Switch as Switch
from model.markets.pooled_shares import PooledShares
from model.markets.reserve import Reserve

if TYPE_CHECKING:
    from model.world.target import Call
    from model.world.world import World

_ROUNDING = 1e-12


class Pooled(PooledShares, kind="pooled"):
    """A pooled market in place.

    Refuses with ``insufficient_liquidity``, ``insufficient_collateral``, ``health_factor_too_low``, ``no_debt``, ``no_position``,
    ``not_borrowable``, ``not_listed``, ``frozen``, ``paused``, ``invalid_amount``, ``healthy``, ``not_collateral``, and what its rule
    set adds.
    """

    Params = PooledParams
    lent_in = ("reserves",)
    verbs = frozenset({"supply", "withdraw", "borrow", "repay", "take", "collect", "govern"})
    governed = ("reserves.*", "emodes.*", "rules", "losses")

    def __init__(self, world: World, name: str, chain: str, params: PooledParams) -> None:
        super().__init__(world, name, chain, params, params.numeraire, params.rules.make())

    def supply(self, call: Call, action: Supply) -> float:
        """Lend, or place collateral. With :class:`Switch` as terms the token then counts as collateral or not."""
        reserve = self._reserve(action.token)
        row = self.book.row(call.sender)
        amount = 0.0
        if action.amount != 0.0 or not isinstance(action.terms, Switch):
            amount = self._lend(call, reserve, row, action.amount)
        if isinstance(action.terms, Switch):
            self._switch(row, reserve, action.terms.collateral)
        return amount

    def withdraw(self, call: Call, action: Withdraw) -> float:
        """Take supplied tokens back."""
        reserve = self._reserve(action.token)
        row = self._row(call.sender)
        self.accrue(reserve)
        held = self.supplied(action.token, row)
        amount = held if action.amount == ALL else action.amount
        if not 0.0 < amount <= held * (1.0 + _ROUNDING):
            raise Refused("invalid_amount", f"{amount} of {held}")
        backed = self.counts(action.token, row)
        amount = min(amount, held)
        self.debit(reserve, row, ALL if amount >= held else amount)
        self.pay_out(reserve, call.sender, amount)
        self.set_rates(reserve)
        if backed:
            self._check_backing(row, reserve)
        self._emit(call, "withdraw", action.token, amount)
        return amount

    def borrow(self, call: Call, action: Borrow) -> float:
        """Borrow against the account's collateral. With :class:`EMode` as terms the category is entered first."""
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
        self.rules.check_borrow(self, reserve, row, action.amount)
        before = self.standing(row)
        if before.collateral == 0.0 or before.ltv == 0.0:
            raise Refused("insufficient_collateral", f"{before.collateral} at LTV {before.ltv}")
        if before.health <= 1.0:
            raise Refused("health_factor_too_low", f"{before.health}")
        debt = before.debt + action.amount * self.price(action.token)
        if debt > before.collateral * before.ltv * (1.0 + _ROUNDING):
            raise Refused("insufficient_collateral", f"debt {debt} on {before.collateral} at LTV {before.ltv}")
        self.owe(reserve, row, action.amount)
        self.rules.note_debt(self, row, action.amount)
        self.pay_out(reserve, call.sender, action.amount)
        self.set_rates(reserve)
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
        self.rules.note_debt(self, row, -amount)
        self.set_rates(reserve)
        self._emit(call, "repay", action.token, amount)
        return amount

    def take(self, call: Call, action: Take) -> float:
        """Liquidate: repay debt of an unhealthy account for its collateral; returns the collateral received."""
        return take(self, call, action)

    def collect(self, call: Call, action: Collect) -> float:
        """Mint the treasury the shares that accrual booked for it; ``item`` is the token. Anybody may ask (mintToTreasury)."""
        if not isinstance(action.item, str):
            raise Refused("no_such_item", f"{action.item}")
        reserve = self.reserves.get(action.item)
        if reserve is None:
            raise Refused("not_listed", f"{action.item} on {self.name}")
        return self.pay_treasury(reserve)

    def adopt(self, params: PooledParams) -> None:
        """Accrue the reserves that change under their old rules, then put new parameters in place. Refuses (``invalid_parameters``) that a
        token without a debt column is made borrowable.
        """
        for token, rules in params.reserves.items():
            if rules.borrowable and not self.lends(token):
                raise Refused("invalid_parameters", f"{token} was not borrowable at genesis")
        touched = [reserve for token, reserve in self.reserves.items() if params.reserves[token] != reserve.params]
        for reserve in touched:
            self.accrue(reserve)
        if params.rules != self.params.rules:
            self.rules = params.rules.make()
        self.params, self.losses = params, params.losses.make()
        self.emodes = dict(params.emodes)
        for reserve in touched:
            reserve.replace_params(params.reserves[reserve.token])
            self.set_rates(reserve)

    def offer_state(self, row: int) -> int:
        """Writes to the row."""
        return self.book.stamp(row)

    def offers(self, row: int) -> list[Offer]:
        """Offers of an unhealthy row, one per pair of debt and collateral."""
        return offers_of(self, row)

    def flash_fee(self, token: str) -> float:
        """Fee of a flash loan as a share of it."""
        return self.reserves[token].params.flash_fee

    def flash_most(self, token: str) -> float:
        """Cash of a reserve that is not paused."""
        return self.payable(token) if token in self.reserves else 0.0

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
            reserve.residue += fee
        self.set_rates(reserve)

    def _lend(self, call: Call, reserve: Reserve, row: int, amount: float) -> float:
        amount = self.ledger.balance(reserve.token, call.sender) if amount == ALL else amount
        if not amount > 0.0:
            raise Refused("invalid_amount", f"{amount} {reserve.token}")
        if reserve.params.frozen:
            raise Refused("frozen", reserve.token)
        self.accrue(reserve)
        self.rules.check_supply(self, reserve, row, amount)
        amount = self.ledger.move(reserve.token, call.sender, self.account, amount)
        self.receive_shares(row, reserve)
        self.credit(reserve, row, amount)
        self.set_rates(reserve)
        self._emit(call, "supply", reserve.token, amount)
        return amount

    def receive_shares(self, row: int, reserve: Reserve) -> None:
        """A row's first shares of a token count as collateral unless its rules say otherwise."""
        if self.book.get(reserve.column, row) == 0.0 and not self.rules.backs_at_once(self, reserve, row):
            self.disabled[row] = self.disabled.get(row, frozenset()) | {reserve.token}

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

    def _check_backing(self, row: int, reserve: Reserve) -> None:
        """What a row that owes must still satisfy after it gave up collateral."""
        if self.debts_of(self.book.owners[row]):
            if (health := self.health_of(row)) < 1.0:
                raise Refused("health_factor_too_low", f"{health}")
            self.rules.check_release(self, reserve, row)

    def _switch(self, row: int, reserve: Reserve, collateral: bool) -> None:
        token, off = reserve.token, self.disabled.get(row, frozenset())
        if self.book.get(reserve.column, row) == 0.0:
            raise Refused("no_position", token)
        if collateral and token in off and not self.rules.may_back(self, reserve, row):
            raise Refused("not_collateral", token)
        self.disabled[row] = off - {token} if collateral else off | {token}
        self.book.touched.add(row)
        if not collateral and token not in off:
            self._check_backing(row, reserve)

    def _enter(self, row: int, category: str) -> None:
        if category not in self._groups:
            raise Refused("no_such_category", category)
        self.rules.check_category(self, row, category)
        before = self.group_of(row)
        self.category.grow(len(self.book))
        self.category.put(0, row, float(self._groups.index(category)))
        self.book.touched.add(row)
        if before and (health := self.health_of(row)) < 1.0:
            raise Refused("health_factor_too_low", f"{health}")

    def _emit(self, call: Call, verb: str, token: str, amount: float) -> None:
        self.world.events.emit("lending", call.now, self.chain, self.name, self.world.accounts.name(call.sender), verb, token, amount)
