"""Kind ``morpho``: an isolated pair of one loan and one collateral token, by the rules of Morpho Blue.

Source: Morpho Blue (commit 3085651) Morpho.sol.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.core.actions import ALL, Borrow, Repay, Supply, Take, Withdraw
from model.core.draws import Floats
from model.core.errors import Refused
from model.markets.base import Offer
from model.markets.morpho_liquidation import offers_of, take
from model.markets.morpho_state import BORROWED, COLLATERAL, LENT, MorphoParams, MorphoState
from model.world.target import Call


@dataclass(frozen=True, slots=True)
class InShares:
    """Terms of a supply, withdrawal, borrowing or repayment of the loan token: the amount is in shares, not in tokens."""


class Morpho(MorphoState, kind="morpho"):
    """An isolated pair in place. Lending is Supply and Withdraw of the loan token, collateral those of the collateral token.

    Refuses with ``not_listed``, ``invalid_amount``, ``insufficient_liquidity``, ``insufficient_collateral``, ``no_position``, ``no_debt``,
    ``healthy``, ``seize_too_much``. Flash loans of both tokens are free.
    """

    Params = MorphoParams
    lent_in = ("loan",)
    verbs = frozenset({"supply", "withdraw", "borrow", "repay", "take", "govern"})
    governed = ("fee",)

    def open_positions(self, accounts: range, supplied: dict[str, Floats], owed: dict[str, Floats]) -> None:
        """Genesis: rows for a population with given amounts (tokens). Cash is not touched; see :meth:`open_cash`."""
        rows = self.book.rows(accounts)
        place, data = slice(rows.start, rows.stop), self.book.data
        for token, amounts in supplied.items():
            self._listed(token)
            if token == self.params.collateral:
                data[COLLATERAL, place] = amounts
            else:
                data[LENT, place] = amounts * self.to_shares(1.0, self.lent, self.lent_shares)
                self.lent, self.lent_shares = self.lent + float(amounts.sum()), float(data[LENT].sum())
        for token, amounts in owed.items():
            self._loan(token)
            data[BORROWED, place] = amounts * self.to_shares(1.0, self.borrowed, self.borrowed_shares)
            self.borrowed, self.borrowed_shares = self.borrowed + float(amounts.sum()), float(data[BORROWED].sum())

    def open_loan(self, lender: int, amount: float) -> None:
        """Genesis: loan tokens lent by one account, beside what it has lent already."""
        row = self.book.row(lender)
        self.book.data[LENT, row] += amount * self.to_shares(1.0, self.lent, self.lent_shares)
        self.lent, self.lent_shares = self.lent + amount, float(self.book.data[LENT].sum())

    def open_cash(self) -> None:
        """Genesis: cash is brought up to lent - borrowed, and to the collateral of all rows.

        Raises:
            ValueError: more is borrowed than lent.
        """
        self.bring_up(self.params.loan, self.lent - self.borrowed)
        self.bring_up(self.params.collateral, float(self.book.data[COLLATERAL].sum()))

    def supply(self, call: Call, action: Supply) -> float:
        """Lend the loan token, or place collateral; returns tokens."""
        self._listed(action.token)
        row = self.book.row(call.sender)
        if action.token == self.params.collateral:
            amount = self.ledger.move(action.token, call.sender, self.account, self.given(call, action.token, action.amount))
            self.book.add(COLLATERAL, row, amount)
        else:
            self.accrue()
            amount, shares = self._amounts(call, action, self.lent, self.lent_shares)
            self._add(LENT, row, amount, shares)
            self.ledger.move(action.token, call.sender, self.account, amount)
        self.note(call, "supply", action.token, amount)
        return amount

    def withdraw(self, call: Call, action: Withdraw) -> float:
        """Take back what was lent, or collateral; returns tokens."""
        self._listed(action.token)
        row = self.row_of(call.sender)
        self.accrue()
        if action.token == self.params.collateral:
            amount = self.take_from(COLLATERAL, row, self.part_of(self.book.get(COLLATERAL, row), action.amount))
            self._check_collateral(row)
        else:
            amount = self._remove(LENT, row, *self._part(LENT, row, action))
        self.pay(action.token, call.sender, amount)
        self.note(call, "withdraw", action.token, amount)
        return amount

    def borrow(self, call: Call, action: Borrow) -> float:
        """Borrow the loan token against the row's collateral; returns tokens."""
        self._loan(action.token)
        row = self.row_of(call.sender)
        self.accrue()
        self.asked(action.amount)
        amount, shares = self._amounts(call, action, self.borrowed, self.borrowed_shares)
        self._add(BORROWED, row, amount, shares)
        self._check_collateral(row)
        self.pay(action.token, call.sender, amount)
        self.note(call, "borrow", action.token, amount)
        return amount

    def repay(self, call: Call, action: Repay) -> float:
        """Repay one's own debt or another's; more than the debt is refused, ALL is the debt. Returns tokens."""
        self._loan(action.token)
        row = self.row_of(call.sender if action.borrower is None else action.borrower)
        self.accrue()
        if self.book.get(BORROWED, row) <= 0.0:
            raise Refused("no_debt", action.token)
        if action.amount == ALL and action.borrower is None:
            held = self.ledger.balance(action.token, call.sender)
            action = action if held >= self.owed(row) else Repay(target=action.target, token=action.token, amount=held)
        amount = self._remove(BORROWED, row, *self._part(BORROWED, row, action))
        amount = self.ledger.move(action.token, call.sender, self.account, amount)
        self.note(call, "repay", action.token, amount)
        return amount

    def take(self, call: Call, action: Take) -> float:
        """Liquidate; returns the collateral received."""
        return take(self, call, action)

    def offer_state(self, row: int) -> int:
        """Writes to the row."""
        return self.book.stamp(row)

    def stated(self) -> tuple[float, ...]:
        """Prices of the pair, and its parameters."""
        return (id(self.params), self.price(self.params.loan), self.price(self.params.collateral))

    def offers(self, row: int) -> list[Offer]:
        """The offer of an unhealthy row."""
        return offers_of(self, row)

    def flash_most(self, token: str) -> float:
        """What the market holds, collateral included."""
        return self.cash(token) if token in (self.params.loan, self.params.collateral) else 0.0

    def flash_lend(self, call: Call, token: str, amount: float) -> float:
        """Lend loan or collateral token for one transaction, free, bounded by what the market holds."""
        self._listed(token)
        self.pay(token, call.sender, self.asked(amount))
        return 0.0

    def flash_collect(self, call: Call, token: str, amount: float) -> None:
        """Collect."""
        self.ledger.move(token, call.sender, self.account, amount)

    def accrue(self) -> None:
        """Bring the totals to block time; the fee is minted as supply shares."""
        if self.world.clock.now <= self.updated:
            return
        now = self.project()
        self.lent, self.borrowed, self.lent_shares, self.rate_state = now.lent, now.borrowed, now.lent_shares, now.rate_state
        self.updated = self.world.clock.now
        if now.fee_shares > 0.0:
            self.book.add(LENT, self.book.row(self.treasury), now.fee_shares)

    def adopt(self, params: MorphoParams) -> None:
        """Put new parameters in place; another rate model begins afresh."""
        self.accrue()
        if params.rate.kind != self.params.rate.kind:
            self.rate_state = params.rate.make().start()
        self.params = params

    def relieve(self, row: int, amount: float, shares: float) -> float:
        """Take debt off a row: ``shares`` of it (ALL leaves an exact zero), which are ``amount`` tokens."""
        return self._remove(BORROWED, row, amount, shares)

    def _listed(self, token: str) -> None:
        if token not in (self.params.loan, self.params.collateral):
            raise Refused("not_listed", f"{token} on {self.name}")

    def _loan(self, token: str) -> None:
        if token != self.params.loan:
            raise Refused("not_listed", f"{token} is not lent on {self.name}")

    def _check_collateral(self, row: int) -> None:
        health = self.health_of(row)
        if health < 1.0:
            raise Refused("insufficient_collateral", f"health {health}")

    def _amounts(self, call: Call, action: Supply | Borrow, total: float, total_shares: float) -> tuple[float, float]:
        """Tokens and shares of what is to be added."""
        if isinstance(action.terms, InShares):
            shares = self.asked(action.amount)
            return self.to_assets(shares, total, total_shares), shares
        amount = self.given(call, action.token, action.amount)
        return amount, self.to_shares(amount, total, total_shares)

    def _part(self, column: int, row: int, action: Withdraw | Repay) -> tuple[float, float]:
        """Tokens and shares of what is to be taken off a row (shares are ALL for everything)."""
        held = self.book.get(column, row)
        total, total_shares = (self.lent, self.lent_shares) if column == LENT else (self.borrowed, self.borrowed_shares)
        if isinstance(action.terms, InShares) or action.amount == ALL:
            shares = self.part_of(held, action.amount)
            return self.to_assets(shares, total, total_shares), shares
        amount = self.part_of(self.to_assets(held, total, total_shares), action.amount)
        return amount, self.to_shares(amount, total, total_shares)

    def _add(self, column: int, row: int, amount: float, shares: float) -> None:
        self.book.add(column, row, shares)
        if column == LENT:
            self.lent, self.lent_shares = self.lent + amount, self.lent_shares + shares
        else:
            self.borrowed, self.borrowed_shares = self.borrowed + amount, self.borrowed_shares + shares

    def _remove(self, column: int, row: int, amount: float, shares: float) -> float:
        taken = self.take_from(column, row, shares)
        if column == LENT:
            amount = min(amount, self.lent)
            self.lent, self.lent_shares = self.lent - amount, max(self.lent_shares - taken, 0.0)
        else:
            amount = min(amount, self.borrowed)
            self.borrowed, self.borrowed_shares = self.borrowed - amount, max(self.borrowed_shares - taken, 0.0)
        return amount
