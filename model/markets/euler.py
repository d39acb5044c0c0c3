"""Kind ``euler``: a cluster of vaults with separate LTVs for borrowing and liquidation and a discount that follows health. Euler v2.

Source: Euler v2 EVK Vault, Borrowing, RiskManager.
"""

from __future__ import annotations

from model.core.actions import ALL, Borrow, Repay, Supply, Take, Withdraw
from model.core.draws import Floats
from model.core.errors import Refused
from model.markets.base import Offer
from model.markets.bookkeeping import ROUNDING
from model.markets.euler_liquidation import offers_of, take
from model.markets.euler_state import EulerParams, EulerState
from model.markets.euler_vault import EulerVault
from model.world.target import Call


class Euler(EulerState, kind="euler"):
    """A cluster of vaults in place. Supply deposits, Withdraw redeems; every deposit that has an LTV at the controller is collateral.

    Refuses with ``not_listed``, ``not_borrowable``, ``supply_cap``, ``borrow_cap``, ``other_controller``, ``invalid_amount``,
    ``insufficient_collateral``, ``insufficient_liquidity``, ``no_position``, ``no_debt``, ``healthy``, ``seize_too_much``,
    ``self_liquidation``, ``paused``. Flash loans are free.
    """

    Params = EulerParams
    lent_in = ("vaults",)
    verbs = frozenset({"supply", "withdraw", "borrow", "repay", "take", "govern"})
    governed = (
        *(f"vaults.*.{name}" for name in ("feed", "rate", "interest_fee", "ltvs", "supply_cap", "borrow_cap", "paused")),
        "liquidation",
    )

    def open_positions(self, accounts: range, supplied: dict[str, Floats], owed: dict[str, Floats]) -> None:
        """Genesis: rows for a population with given amounts (tokens). Cash is not touched; see :meth:`open_cash`."""
        rows = self.book.rows(accounts)
        place, data = slice(rows.start, rows.stop), self.book.data
        for token, amounts in supplied.items():
            data[self.vaults[token].column, place] = amounts
            self.vaults[token].shares = self.vaults[token].deposits = float(data[self.vaults[token].column].sum())
        for token, amounts in owed.items():
            data[self.debt_column(token), place] = amounts
            self.vaults[token].borrows = float(data[self.debt_column(token)].sum())

    def open_cash(self) -> None:
        """Genesis: cash of every vault is brought up to deposits - debt, and the rates follow.

        Raises:
            ValueError: a vault's debt exceeds its deposits.
        """
        for token, vault in self.vaults.items():
            self.bring_up(token, vault.deposits - vault.borrows)
            vault.update_rate(self.cash(token))

    def supply(self, call: Call, action: Supply) -> float:
        """Deposit; returns tokens."""
        vault = self.vault(action.token)
        vault.check_open("deposit")
        row = self.book.row(call.sender)
        amount = self.given(call, action.token, action.amount)
        self.accrue(vault)
        cap, total = vault.params.supply_cap, self.assets(action.token) + vault.borrows + amount
        if cap is not None and total > cap:
            raise Refused("supply_cap", f"{total} of {cap} {action.token}")
        shares = amount / self.share_price(action.token)
        amount = self.ledger.move(action.token, call.sender, self.account, amount)
        self.book.add(vault.column, row, shares)
        vault.shares += shares
        vault.deposits += amount
        vault.update_rate(self.assets(action.token))
        self.note(call, "supply", action.token, amount)
        return amount

    def withdraw(self, call: Call, action: Withdraw) -> float:
        """Redeem deposits; returns tokens."""
        vault = self.vault(action.token)
        vault.check_open("withdraw")
        row = self.row_of(call.sender)
        self.accrue(vault)
        amount = self.part_of(self.supplied(action.token, row), action.amount)
        self.burn(vault, row, ALL if action.amount == ALL else amount / self.share_price(action.token))
        vault.deposits -= amount
        self.pay(action.token, call.sender, amount)
        self.check_collateral(row)
        vault.update_rate(self.assets(action.token))
        self.note(call, "withdraw", action.token, amount)
        return amount

    def borrow(self, call: Call, action: Borrow) -> float:
        """Borrow from one vault, the account's controller; returns tokens."""
        vault = self.vault(action.token)
        vault.check_open("borrow")
        row = self.row_of(call.sender)
        amount = self.asked(action.amount)
        self.accrue(vault)
        self.owe(vault, row, amount)
        cap = vault.params.borrow_cap
        if cap is not None and vault.borrows > cap:
            raise Refused("borrow_cap", f"{vault.borrows} of {cap} {action.token}")
        self.pay(action.token, call.sender, amount)
        self.check_collateral(row)
        vault.update_rate(self.assets(action.token))
        self.note(call, "borrow", action.token, amount)
        return amount

    def repay(self, call: Call, action: Repay) -> float:
        """Repay one's own debt or another's; more than the debt is refused, ALL is the debt. Returns tokens."""
        vault = self.vault(action.token)
        vault.check_open("repay")
        row = self.row_of(call.sender if action.borrower is None else action.borrower)
        self.accrue(vault)
        owed = self.owed(action.token, row)
        if owed <= 0.0:
            raise Refused("no_debt", action.token)
        amount = self.part_of(owed, action.amount)
        if action.amount == ALL and action.borrower is None:
            amount = self.part_of(owed, min(owed, self.ledger.balance(action.token, call.sender)))
        amount = self.ledger.move(action.token, call.sender, self.account, amount)
        self.relieve(vault, row, amount)
        vault.update_rate(self.assets(action.token))
        self.note(call, "repay", action.token, amount)
        return amount

    def take(self, call: Call, action: Take) -> float:
        """Liquidate; returns the collateral received (tokens, or shares' worth where these are kept)."""
        return take(self, call, action)

    def offers(self, row: int) -> list[Offer]:
        """Offers of an unhealthy row, one per collateral."""
        return offers_of(self, row)

    def flash_most(self, token: str) -> float:
        """Cash of a vault."""
        return self.ledger.balance(token, self.account) if token in self.vaults else 0.0

    def flash_lend(self, call: Call, token: str, amount: float) -> float:
        """Lend for one transaction, free, bounded by cash."""
        vault = self.vault(token)
        vault.check_open("flashloan")
        self.accrue(vault)
        self.pay(token, call.sender, self.asked(amount))
        vault.flashed = amount
        return 0.0

    def flash_collect(self, call: Call, token: str, amount: float) -> None:
        """Collect."""
        self.ledger.move(token, call.sender, self.account, amount)
        self.vaults[token].flashed = 0.0

    def vault(self, token: str) -> EulerVault:
        """The vault of a token."""
        found = self.vaults.get(token)
        if found is None:
            raise Refused("not_listed", f"{token} on {self.name}")
        return found

    def accrue(self, vault: EulerVault) -> None:
        """Bring a vault's debt to block time; the fee is minted as shares."""
        fresh = vault.accrue(self.assets(vault.token), self.world.clock.now)
        if fresh > 0.0:
            self.book.add(vault.column, self.book.row(self.treasury), fresh)

    def adopt(self, params: EulerParams) -> None:
        """Put new parameters in place."""
        self.params = params
        for token, vault in self.vaults.items():
            self.accrue(vault)
            vault.params = params.vaults[token]
            vault.update_rate(self.assets(token))

    def owe(self, vault: EulerVault, row: int, amount: float) -> None:
        """Put debt on a row, which may owe no other vault."""
        if not vault.params.ltvs:
            raise Refused("not_borrowable", vault.token)
        if self.controller(row) not in (None, vault.token):
            raise Refused("other_controller", f"{self.controller(row)}")
        self.book.add(self.debt_column(vault.token), row, amount / vault.index)
        vault.borrows += amount

    def relieve(self, vault: EulerVault, row: int, amount: float) -> None:
        """Take debt off a row; where nothing but rounding would be left, all of it."""
        column = self.debt_column(vault.token)
        owed = self.book.get(column, row) * vault.index
        self.take_from(column, row, ALL if amount >= owed * (1.0 - 1e-15) else amount / vault.index)
        vault.borrows = max(vault.borrows - amount, 0.0)

    def burn(self, vault: EulerVault, row: int, shares: float) -> float:
        """Take shares of a row out of existence (ALL leaves an exact zero); returns them."""
        burned = self.take_from(vault.column, row, shares)
        vault.shares = max(vault.shares - burned, 0.0)
        return burned

    def check_collateral(self, row: int) -> None:
        """Refuse an account that its borrow LTVs do not cover."""
        cover = self.covered(row, "borrow")
        if cover < 1.0 - ROUNDING:
            raise Refused("insufficient_collateral", f"covered {cover}")
