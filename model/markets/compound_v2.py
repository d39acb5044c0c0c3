"""Kind ``compound_v2``: a pooled market of cTokens with one collateral factor, by the rules of Compound v2.

Source: Compound v2 (commit a3214f6) CToken, Comptroller.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.core.actions import ALL, Borrow, Repay, Supply, Take, Withdraw
from model.core.draws import Floats
from model.core.errors import Refused
from model.markets.base import Offer
from model.markets.bookkeeping import ROUNDING
from model.markets.compound_v2_liquidation import offers_of, take
from model.markets.compound_v2_state import CompoundV2Params, CompoundV2State
from model.markets.ctoken import CToken, whole
from model.world.target import Call


@dataclass(frozen=True, slots=True)
class Membership:
    """Terms of a supply: enter the token's market (it counts as collateral) or leave it. ``Supply`` of 0 tokens enters or leaves alone."""

    entered: bool


class CompoundV2(CompoundV2State, kind="compound_v2"):
    """A Compound v2 market in place. Supply mints cTokens, Withdraw redeems so much of the underlying.

    Refuses with ``not_listed``, ``not_mintable``, ``not_borrowable``, ``borrow_cap``, ``invalid_amount``, ``insufficient_liquidity``,
    ``insufficient_collateral`` (a shortfall), ``no_position``, ``no_debt``, ``healthy``, ``close_factor``, ``seize_too_much``,
    ``self_liquidation``. As in the contract a verb accrues only the tokens it is about; the others count as stored.
    """

    Params = CompoundV2Params
    lent_in = ("reserves",)
    verbs = frozenset({"supply", "withdraw", "borrow", "repay", "take", "govern"})
    governed = (
        "reserves.*.feed", "reserves.*.collateral_factor", "reserves.*.reserve_factor", "reserves.*.rate", "reserves.*.borrow_cap",
        "reserves.*.borrowable", "reserves.*.mintable", "incentive", "liquidation",
    )  # fmt: skip

    def open_positions(self, accounts: range, supplied: dict[str, Floats], owed: dict[str, Floats]) -> None:
        """Genesis: rows for a population with given amounts (tokens). Cash is not touched; see :meth:`open_cash`."""
        rows = self.book.rows(accounts)
        place, data = slice(rows.start, rows.stop), self.book.data
        for token, amounts in supplied.items():
            reserve = self.reserves[token]
            data[reserve.column, place] = amounts / reserve.params.initial_exchange_rate
            reserve.supply = float(data[reserve.column].sum())
            reserve.deposits = float(amounts.sum()) + reserve.deposits
        for token, amounts in owed.items():
            reserve, column = self.reserves[token], self.debt_column(token)
            data[column, place] = amounts
            reserve.borrows = float(data[column].sum())

    def open_cash(self) -> None:
        """Genesis: cash is brought up to deposits - debt.

        Raises:
            ValueError: a token's debt exceeds its deposits.
        """
        for token, reserve in self.reserves.items():
            self.bring_up(token, reserve.deposits - reserve.borrows)

    def supply(self, call: Call, action: Supply) -> float:
        """Mint cTokens, or enter or leave a market; returns tokens."""
        reserve = self._listed(action.token)
        row = self.book.row(call.sender)
        if isinstance(action.terms, Membership):
            self._enter(row, action.token, action.terms.entered)
            if action.amount == 0.0:
                return 0.0
        if not reserve.params.mintable:
            raise Refused("not_mintable", action.token)
        amount = self.given(call, action.token, action.amount)
        self.accrue(action.token)
        minted = amount / reserve.exchange_rate(self.cash(action.token))
        amount = self.ledger.move(action.token, call.sender, self.account, amount)
        self.book.add(reserve.column, row, minted)
        reserve.supply += minted
        reserve.deposits += amount
        self.note(call, "supply", action.token, amount)
        return amount

    def withdraw(self, call: Call, action: Withdraw) -> float:
        """Redeem cTokens for so much of the underlying; returns tokens."""
        reserve = self._listed(action.token)
        row = self.row_of(call.sender)
        self.accrue(action.token)
        rate = reserve.exchange_rate(self.cash(action.token))
        held = self.book.get(reserve.column, row)
        amount = self.part_of(held * rate, action.amount)
        self.burn(reserve, row, ALL if action.amount == ALL else amount / rate)
        reserve.deposits -= amount
        self.pay(action.token, call.sender, amount)
        if action.token in self.entered(row):
            self._check_liquidity(row)
        self.note(call, "withdraw", action.token, amount)
        return amount

    def borrow(self, call: Call, action: Borrow) -> float:
        """Borrow against the markets entered; enters the token's own. Returns tokens."""
        reserve = self._listed(action.token)
        row = self.row_of(call.sender)
        if not reserve.params.borrowable:
            raise Refused("not_borrowable", action.token)
        amount = self.asked(action.amount)
        self.accrue(action.token)
        if action.token not in self.entered(row):
            self._enter(row, action.token, True)
        cap = reserve.params.borrow_cap
        if cap is not None and reserve.borrows + amount >= cap:
            raise Refused("borrow_cap", f"{reserve.borrows + amount} of {cap} {action.token}")
        self.book.add(self.debt_column(action.token), row, amount / reserve.index)
        reserve.borrows += amount
        self.pay(action.token, call.sender, amount)
        self._check_liquidity(row)
        self.note(call, "borrow", action.token, amount)
        return amount

    def repay(self, call: Call, action: Repay) -> float:
        """Repay one's own debt or another's; more than the debt is refused, ALL is the debt. Returns tokens."""
        self._listed(action.token)
        row = self.row_of(call.sender if action.borrower is None else action.borrower)
        self.accrue(action.token)
        owed = self.owed(action.token, row, ())
        if owed <= 0.0:
            raise Refused("no_debt", action.token)
        amount = self.part_of(owed, action.amount)
        if action.amount == ALL and action.borrower is None:
            amount = self.part_of(owed, min(owed, self.ledger.balance(action.token, call.sender)))
        amount = self.ledger.move(action.token, call.sender, self.account, amount)
        self.relieve(action.token, row, amount)
        self.note(call, "repay", action.token, amount)
        return amount

    def take(self, call: Call, action: Take) -> float:
        """Liquidate; returns the collateral received (tokens, in cTokens' worth where these are kept)."""
        return take(self, call, action)

    def offers(self, row: int) -> list[Offer]:
        """Offers of a row with a shortfall, one per pair of debt and collateral."""
        return offers_of(self, row)

    def accrue(self, token: str) -> None:
        """Bring a token's debt, reserves and index to the current block."""
        self.reserves[token].accrue(self.cash(token), self.block, self.params.seconds_per_block)

    def adopt(self, params: CompoundV2Params) -> None:
        """Put new parameters in place."""
        for token, reserve in self.reserves.items():
            self.accrue(token)
            reserve.params = params.reserves[token]
        self.params = params

    def burn(self, reserve: CToken, row: int, ctokens: float) -> float:
        """Take cTokens of a row out of existence (ALL leaves an exact zero); returns them."""
        burned = self.take_from(reserve.column, row, ctokens)
        reserve.supply = self._left(reserve.supply, burned)
        return burned

    def relieve(self, token: str, row: int, amount: float) -> None:
        """Take debt off a row; where less than a base unit would be left, all of it."""
        reserve, column = self.reserves[token], self.debt_column(token)
        owed = self.book.get(column, row) * reserve.index
        everything = amount >= whole(owed, reserve.params.decimals) * (1.0 - 1e-15)
        self.take_from(column, row, ALL if everything else amount / reserve.index)
        ended = max(owed, amount) if everything else amount
        reserve.deposits -= ended - amount
        reserve.borrows = self._left(reserve.borrows, ended)

    @staticmethod
    def _left(total: float, taken: float) -> float:
        left = total - taken
        return left if left > 1e-15 * taken else 0.0

    def _listed(self, token: str) -> CToken:
        reserve = self.reserves.get(token)
        if reserve is None:
            raise Refused("not_listed", f"{token} on {self.name}")
        return reserve

    def _enter(self, row: int, token: str, entered: bool) -> None:
        members = frozenset(self.entered(row))
        if not entered and self.owed(token, row, ()) > 0.0:
            raise Refused("debt_outstanding", token)
        self.members[row] = members | {token} if entered else members - {token}
        self.book.touched.add(row)
        if not entered:
            self._check_liquidity(row)

    def _check_liquidity(self, row: int) -> None:
        cover, debt = self.values(row, ())
        if cover < debt * (1.0 - ROUNDING):
            raise Refused("insufficient_collateral", f"shortfall {debt - cover}")
