"""Kind ``compound_v3``: one base token lent and borrowed against several collaterals, accounts absorbed whole. Compound v3 (Comet).

Source: Compound v3 Comet.sol.
"""

from __future__ import annotations

from model.core.actions import ALL, Borrow, Repay, Supply, Take, Trigger, Withdraw
from model.core.draws import Floats
from model.core.errors import Refused
from model.markets.base import Offer
from model.markets.bookkeeping import ROUNDING
from model.markets.compound_v3_absorption import absorb, buy, lots_of, offers_of
from model.markets.compound_v3_state import CompoundV3Params, CompoundV3State
from model.world.target import Call


class CompoundV3(CompoundV3State, kind="compound_v3"):
    """A Compound v3 market in place. An account either lends or owes the base token: what is supplied pays debt first, what is borrowed
    is drawn from the account's own deposit first. Rewards for supplying and borrowing are left out.

    Refuses with ``not_listed``, ``supply_cap``, ``invalid_amount``, ``borrow_too_small``, ``insufficient_collateral``,
    ``insufficient_liquidity``, ``no_position``, ``no_debt``, ``healthy``, ``not_for_sale``, ``no_such_item``,
    ``paused``.
    """

    Params = CompoundV3Params
    lent_in = ("base",)
    verbs = frozenset({"supply", "withdraw", "borrow", "repay", "trigger", "take", "govern"})
    governed = (
        "feed", "collaterals.*", "borrow_rate", "supply_rate", "absorption", "target_reserves", "borrow_min", "absorb_tip", "paused",
    )  # fmt: skip

    def open_positions(self, accounts: range, supplied: dict[str, Floats], owed: dict[str, Floats]) -> None:
        """Genesis: rows for a population with given amounts (tokens). Cash is not touched; see :meth:`open_cash`."""
        rows = self.book.rows(accounts)
        place, data = slice(rows.start, rows.stop), self.book.data
        for token, amounts in supplied.items():
            self._listed(token)
            if token != self.params.base:
                data[self.column[token], place] = amounts
        base = self.params.base
        if base in supplied:
            data[self.principal, place] += supplied[base]
        if base in owed:
            data[self.principal, place] -= owed[base]
        principal = data[self.principal]
        self.lent, self.borrowed = float(principal[principal > 0.0].sum()), -float(principal[principal < 0.0].sum())

    def open_cash(self, reserves: float = 0.0) -> None:
        """Genesis: cash is brought up to deposits + ``reserves`` - debt, and to the collateral of all rows.

        Raises:
            ValueError: debt exceeds deposits and reserves.
        """
        self.reserves = reserves
        self.bring_up(self.params.base, self.lent + reserves - self.borrowed)
        for token in self.tokens:
            self.bring_up(token, float(self.book.data[self.column[token]].sum()))

    def supply(self, call: Call, action: Supply) -> float:
        """Lend the base token (paying debt first), or place collateral; returns tokens."""
        self.check_open("supply")
        self._listed(action.token)
        row = self.book.row(call.sender)
        amount = self.given(call, action.token, action.amount)
        if action.token == self.params.base:
            self.accrue()
            amount = self.ledger.move(action.token, call.sender, self.account, amount)
            self.rebalance(row, self.balance(row) + amount)
        else:
            cap = self.params.collaterals[action.token].supply_cap
            held = self.cash(action.token) - self.absorbed.get(action.token, 0.0)
            if cap is not None and held + amount > cap:
                raise Refused("supply_cap", f"{held + amount} of {cap} {action.token}")
            amount = self.ledger.move(action.token, call.sender, self.account, amount)
            self.book.add(self.column[action.token], row, amount)
        self.note(call, "supply", action.token, amount)
        return amount

    def withdraw(self, call: Call, action: Withdraw) -> float:
        """Take back what was lent, or collateral; returns tokens."""
        self.check_open("withdraw")
        self._listed(action.token)
        row = self.row_of(call.sender)
        self.accrue()
        if action.token == self.params.base:
            balance = self.balance(row)
            amount = self.part_of(max(balance, 0.0), action.amount)
            self.rebalance(row, 0.0 if amount >= balance * (1.0 - 1e-15) else balance - amount)
        else:
            column = self.column[action.token]
            amount = self.take_from(column, row, self.part_of(self.book.get(column, row), action.amount))
            self._check_collateral(row)
        self.pay(action.token, call.sender, amount)
        self.note(call, "withdraw", action.token, amount)
        return amount

    def borrow(self, call: Call, action: Borrow) -> float:
        """Draw base tokens beyond the row's own deposit; returns tokens."""
        self.check_open("withdraw")
        self._base(action.token)
        row = self.row_of(call.sender)
        amount = self.asked(action.amount)
        self.accrue()
        balance = self.balance(row) - amount
        if balance < 0.0 and -balance < self.params.borrow_min * (1.0 - ROUNDING):
            raise Refused("borrow_too_small", f"{-balance} of {self.params.borrow_min}")
        self.rebalance(row, balance)
        self._check_collateral(row)
        self.pay(action.token, call.sender, amount)
        self.note(call, "borrow", action.token, amount)
        return amount

    def repay(self, call: Call, action: Repay) -> float:
        """Repay one's own debt or another's; what is offered beyond the debt is not taken. Returns tokens."""
        self.check_open("supply")
        self._base(action.token)
        row = self.row_of(call.sender if action.borrower is None else action.borrower)
        self.accrue()
        owed = self.owed(row)
        if owed <= 0.0:
            raise Refused("no_debt", action.token)
        if action.amount == ALL and action.borrower is None:
            amount = self.part_of(owed, min(owed, self.ledger.balance(action.token, call.sender)))
        else:
            amount = self.part_of(owed, min(owed, action.amount))
        amount = self.ledger.move(action.token, call.sender, self.account, amount)
        self.rebalance(row, 0.0 if amount >= owed * (1.0 - 1e-15) else amount - owed)
        self.note(call, "repay", action.token, amount)
        return amount

    def trigger(self, call: Call, action: Trigger) -> float:
        """Absorb an account; returns the tip."""
        return absorb(self, call, action)

    def take(self, call: Call, action: Take) -> float:
        """Buy absorbed collateral; returns what was received."""
        return buy(self, call, action)

    def offers(self, row: int) -> list[Offer]:
        """The trigger that absorbs an unhealthy row."""
        return offers_of(self, row)

    def lots(self) -> list[Offer]:
        """Absorbed collateral for sale while reserves are below their target."""
        return lots_of(self)

    def accrue(self) -> None:
        """Bring indexes and reserves to block time."""
        now = self.project()
        if self.world.clock.now > self.updated:
            self.supply_index, self.borrow_index, self.reserves = now.supply, now.borrow, now.reserves
            self.updated = self.world.clock.now

    def adopt(self, params: CompoundV3Params) -> None:
        """Put new parameters in place."""
        self.accrue()
        self.params = params

    def check_open(self, action: str) -> None:
        """Refuse what the pause guardian has stopped."""
        if action in self.params.paused:
            raise Refused("paused", f"{action} on {self.name}")

    def rebalance(self, row: int, balance: float) -> None:
        """Give a row a new base balance (negative for debt); indexes are at block time."""
        old = self.book.get(self.principal, row)
        new = balance / (self.supply_index if balance > 0.0 else self.borrow_index)
        self.lent = max(self.lent + max(new, 0.0) - max(old, 0.0), 0.0)
        self.borrowed = max(self.borrowed + max(-new, 0.0) - max(-old, 0.0), 0.0)
        self.book.put(self.principal, row, new)

    def _listed(self, token: str) -> None:
        if token != self.params.base and token not in self.column:
            raise Refused("not_listed", f"{token} on {self.name}")

    def _base(self, token: str) -> None:
        if token != self.params.base:
            raise Refused("not_listed", f"{token} is not lent on {self.name}")

    def _check_collateral(self, row: int) -> None:
        cover = self.covered(row, "borrow_factor")
        if cover < 1.0 - ROUNDING:
            raise Refused("insufficient_collateral", f"covered {cover}")
