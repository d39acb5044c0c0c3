"""Kind ``liquity``: troves of one collateral against a minted stablecoin, with recovery mode, stability pool, redistribution, redemption.

Source: Liquity v1 (liquity/dev, commit 14de1c1) BorrowerOperations, TroveManager, StabilityPool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model.core.actions import ALL, Borrow, Collect, Redeem, Repay, Supply, Trigger, Withdraw
from model.core.draws import Floats
from model.core.errors import Refused
from model.markets import liquity_liquidation, liquity_redemption
from model.markets.base import Offer
from model.markets.bookkeeping import ROUNDING
from model.markets.liquity_liquidation import Liquidate
from model.markets.liquity_pool import Snapshot
from model.markets.liquity_state import ACTIVE, CLOSED_BY_OWNER, COLLATERAL, DEBT, STAKE, STATUS, LiquityParams
from model.markets.liquity_troves import LiquityTroves
from model.world.accounts import OUTSIDE
from model.world.target import Call

if TYPE_CHECKING:
    from model.world.world import World


class Liquity(LiquityTroves, kind="liquity"):
    """A market of troves in place.

    ``Supply`` and ``Withdraw`` of the collateral are the trove's, of the stablecoin the stability pool's (each change pays the gain out,
    also one of 0). ``Borrow`` opens a trove with the collateral supplied before, or draws more; ``Repay`` of ALL closes it. ``Trigger``
    liquidates, ``Redeem`` redeems, ``Collect`` claims surplus collateral.

    Refuses with ``not_listed``, ``no_position``, ``invalid_amount``, ``insufficient_balance``, ``insufficient_collateral``,
    ``total_ratio_too_low``, ``recovery_mode``, ``least_debt``, ``last_trove``, ``no_deposit``, ``undercollateralised_troves``,
    ``rebasing_token``, and what liquidation and redemption refuse.
    """

    Params = LiquityParams
    params: LiquityParams
    lent_in = ("stablecoin",)
    verbs = frozenset({"supply", "withdraw", "borrow", "repay", "trigger", "redeem", "collect"})
    ungoverned = "the contracts are immutable: no parameter changes after deployment"

    def __init__(self, world: World, name: str, chain: str, params: LiquityParams) -> None:
        super().__init__(world, name, chain, params)

    def open_positions(self, accounts: range, supplied: dict[str, Floats], owed: dict[str, Floats]) -> None:
        """Genesis: troves of a population (debts with gas compensation), and deposits in the stability pool (tokens).

        Raises:
            ValueError: a trove without debt or without collateral.
        """
        rows = self.book.rows(accounts)
        place, data = slice(rows.start, rows.stop), self.book.data
        if self.token in supplied:
            held, debt = supplied[self.token], owed[self.stablecoin]
            if ((held > 0.0) != (debt > 0.0)).any():
                raise ValueError(f"{self.name}: every trove has collateral and debt")
            data[COLLATERAL, place], data[STAKE, place], data[DEBT, place] = held, held, debt
            data[STATUS, place] = (debt > 0.0) * float(ACTIVE)
            self.collateral, self.debt = float(data[COLLATERAL].sum()), float(data[DEBT].sum())
            self.stakes, self.troves = float(data[STAKE].sum()), int((data[STATUS] == ACTIVE).sum())
        for account, amount in zip(accounts, supplied.get(self.stablecoin, ()), strict=False):
            if amount > 0.0:
                self.pool.snapshots[account] = Snapshot(float(amount), 1.0, 0.0, 0, 0)
                self.pool.deposits += float(amount)

    def open_cash(self) -> None:
        """Genesis: collateral of all troves, gas pool and deposits; the other stablecoins stand outside."""
        self.open_collateral(self.token, self.collateral)
        self.open_debt(self.debt - self.minted)
        wanted = ((self.gas_pool, self.troves * self.params.gas_compensation), (self.pool_account, self.pool.deposits))
        for account, amount in wanted:
            missing = amount - self.ledger.balance(self.stablecoin, account)
            if missing > 0.0:
                self.ledger.move(self.stablecoin, OUTSIDE, account, missing)

    def supply(self, call: Call, action: Supply) -> float:
        """Add collateral to one's trove, or place it for one to be opened; with the stablecoin, deposit in the stability pool."""
        if action.token == self.stablecoin:
            return self._provide(call, action.amount)
        self._check_token(action.token)
        if self.ledger.scale(self.token) != 1.0:
            raise Refused("rebasing_token", self.token)
        amount = self.pull(self.token, call.sender, self.given(call, self.token, action.amount))
        row = self.book.find(call.sender)
        if row is None or not self.active(row):
            self.waiting[call.sender] = self.waiting.get(call.sender, 0.0) + amount
        else:
            self._adjust(row, collateral=amount)
        self.note(call, "supply", self.token, amount)
        return amount

    def withdraw(self, call: Call, action: Withdraw) -> float:
        """Take collateral out of one's trove, or what waits for one; with the stablecoin, out of the stability pool."""
        if action.token == self.stablecoin:
            return self._leave(call, action.amount)
        self._check_token(action.token)
        row = self.book.find(call.sender)
        if row is None or not self.active(row):
            held = self.waiting.get(call.sender, 0.0)
            amount = self.part_of(held, action.amount)
            self.waiting[call.sender] = held - amount
            if amount == held:
                del self.waiting[call.sender]
        else:
            amount = self.part_of(self.entire(row)[0], action.amount)
            if self.recovering():
                raise Refused("recovery_mode", "no collateral may leave")
            self._adjust(row, collateral=-amount)
        self.pay(self.token, call.sender, amount)
        self.note(call, "withdraw", self.token, amount)
        return amount

    def borrow(self, call: Call, action: Borrow) -> float:
        """Draw stablecoins, with a one-off fee on top of the debt; opens the trove where there is none."""
        if action.token != self.stablecoin:
            raise Refused("not_listed", f"{action.token} on {self.name}")
        amount, recovering = self.asked(action.amount), self.recovering()
        fee = amount * self.borrowing_rate()
        if not recovering:
            self.base_rate = self.decayed_rate()
            liquity_redemption.touch_fee_time(self)
        row = self.book.find(call.sender)
        if row is None or not self.active(row):
            self._open(call.sender, amount + fee, recovering)
        else:
            self._adjust(row, debt=amount + fee, recovering=recovering)
        self.mint(self.staking, fee)
        self.mint(call.sender, amount)
        self.note(call, "borrow", self.stablecoin, amount)
        return amount

    def repay(self, call: Call, action: Repay) -> float:
        """Repay one's own debt; ALL closes the trove and gives the collateral back. Returns the stablecoins paid."""
        if action.token != self.stablecoin:
            raise Refused("not_listed", f"{action.token} on {self.name}")
        self.owner_pays(action.borrower, call.sender)
        row = self.row_of(call.sender)
        if not self.active(row):
            raise Refused("no_position", self.world.accounts.name(call.sender))
        if action.amount == ALL:
            amount = self._close(call, row)
        else:
            amount, debt = self.asked(action.amount), self.entire(row)[1]
            if debt - self.params.gas_compensation - amount < self.params.least_debt * (1.0 - ROUNDING):
                raise Refused("least_debt", f"{amount} of {debt}")
            self.burn(call.sender, amount)
            self._adjust(row, debt=-amount)
        self.note(call, "repay", self.stablecoin, amount)
        return amount

    def trigger(self, call: Call, action: Trigger) -> float:
        """Liquidate a trove; returns the stablecoin compensation."""
        if not isinstance(action.item, Liquidate):
            raise Refused("no_such_item", f"{action.item}")
        return liquity_liquidation.liquidate(self, call, action.item)

    def redeem(self, call: Call, action: Redeem) -> float:
        """Redeem stablecoins for collateral; returns the collateral received."""
        return liquity_redemption.redeem(self, call, action)

    def collect(self, call: Call, action: Collect) -> float:
        """Claim the collateral that a liquidation or a redemption left to the owner."""
        left = self.surplus.get(call.sender, 0.0)
        if left <= 0.0:
            raise Refused("nothing_to_collect")
        del self.surplus[call.sender]
        self.pay(self.token, call.sender, left)
        return left

    def offers(self, row: int) -> list[Offer]:
        """The trigger that liquidates a trove, where it may be."""
        return liquity_liquidation.offers_of(self, row)

    def _open(self, account: int, debt: float, recovering: bool) -> None:
        params = self.params
        if debt < params.least_debt:
            raise Refused("least_debt", f"{debt} below {params.least_debt}")
        collateral, debt = self.waiting.get(account, 0.0), debt + params.gas_compensation
        ratio = collateral * self.price(self.token) / debt
        if ratio < (params.critical_ratio if recovering else params.least_ratio):
            raise Refused("insufficient_collateral", f"collateral ratio {ratio:.6g}")
        del self.waiting[account]
        self.collateral += collateral
        self.debt += debt
        if not recovering:
            self._check_total()
        row = self.book.row(account)
        self.book.put(STATUS, row, float(ACTIVE))
        self.book.put(COLLATERAL, row, collateral)
        self.book.put(DEBT, row, debt)
        self.see(row)
        self.update_stake(row)
        self.troves += 1
        self.mint(self.gas_pool, params.gas_compensation)

    def _adjust(self, row: int, collateral: float = 0.0, debt: float = 0.0, recovering: bool | None = None) -> None:
        recovering = self.recovering() if recovering is None else recovering
        before = self.ratio_of(row)
        self.write_pending(row)
        self.book.add(COLLATERAL, row, collateral)
        self.book.add(DEBT, row, debt)
        self.collateral += collateral
        self.debt += debt
        ratio = self.ratio_of(row)
        if recovering and debt > 0.0:
            if ratio < self.params.critical_ratio or ratio < before:
                raise Refused("recovery_mode", f"collateral ratio {ratio:.6g}, before {before:.6g}")
        elif not recovering:
            if ratio < self.params.least_ratio:
                raise Refused("insufficient_collateral", f"collateral ratio {ratio:.6g}")
            self._check_total()
        self.update_stake(row)

    def _close(self, call: Call, row: int) -> float:
        if self.recovering():
            raise Refused("recovery_mode", "no trove may be closed")
        if self.troves <= 1:
            raise Refused("last_trove")
        self.write_pending(row)
        collateral, debt = self.entire(row)
        net = debt - self.params.gas_compensation
        self.burn(call.sender, net)
        self.burn(self.gas_pool, self.params.gas_compensation)
        self.close_row(row, CLOSED_BY_OWNER)
        self.collateral -= collateral
        self.debt -= debt
        self._check_total()
        self.pay(self.token, call.sender, collateral)
        return net

    def _provide(self, call: Call, amount: float) -> float:
        given = self.ledger.move(self.stablecoin, call.sender, self.pool_account, self.given(call, self.stablecoin, amount))
        self._pay_gain(call.sender, given)
        self.note(call, "supply", self.stablecoin, given)
        return given

    def _leave(self, call: Call, amount: float) -> float:
        held = self.pool.compounded(call.sender)
        if call.sender not in self.pool.snapshots:
            raise Refused("no_deposit")
        if amount != 0.0 and (self.ratios() < self.params.least_ratio).any():
            raise Refused("undercollateralised_troves")
        taken = held if amount >= held * (1.0 - ROUNDING) else amount
        self._pay_gain(call.sender, -taken)
        self.ledger.move(
            self.stablecoin, self.pool_account, call.sender, min(taken, self.ledger.balance(self.stablecoin, self.pool_account))
        )
        self.note(call, "withdraw", self.stablecoin, taken)
        return taken

    def _pay_gain(self, account: int, change: float) -> None:
        gain = self.pool.settle(account, change)
        self.pay(self.token, account, gain)
        if self.recovering():
            self.touch_all()

    def _check_token(self, token: str) -> None:
        if token != self.token:
            raise Refused("not_listed", f"{token} on {self.name}")

    def _check_total(self) -> None:
        if self.total_ratio() < self.params.critical_ratio:
            raise Refused("total_ratio_too_low", f"{self.total_ratio():.6g}")
