"""The stability pool in place: deposits that shrink together and earn collateral together, without walking the depositors.

Source: Liquity v1 StabilityPool (_updateRewardSumAndProduct, getCompoundedLUSDDeposit, getDepositorETHGain), commit 14de1c1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from model.core.journal import Journal, Recorded, Register

SCALE: Final = 1e9
"""Factor by which the product is raised when it gets small."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A deposit as it was made: amount, and product, sum, scale and epoch at that time."""

    amount: float
    product: float
    total: float
    scale: int
    epoch: int


class PoolOfDeposits(Recorded):
    """Deposits of debt tokens. ``product`` (P) is what is left of one token deposited at the start of the epoch, ``sums`` (S) the
    collateral that one earned, by epoch and scale; ``deposits`` and ``collateral`` are what the pool holds in all.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.deposits = 0.0
        self.collateral = 0.0
        self.product = 1.0
        self.scale = 0
        self.epoch = 0
        self.sums: Register[tuple[int, int], float] = Register(journal)
        self.snapshots: Register[int, Snapshot] = Register(journal)

    def compounded(self, account: int) -> float:
        """What is left of an account's deposit."""
        made = self.snapshots.get(account)
        if made is None or made.epoch < self.epoch or self.scale - made.scale > 1:
            return 0.0
        left = made.amount * self.product / made.product
        if self.scale > made.scale:
            left /= SCALE
        return left if left >= made.amount / SCALE else 0.0

    def gain(self, account: int) -> float:
        """Collateral that an account has earned since its deposit."""
        made = self.snapshots.get(account)
        if made is None:
            return 0.0
        earned = self.sums.get((made.epoch, made.scale), 0.0) - made.total
        earned += self.sums.get((made.epoch, made.scale + 1), 0.0) / SCALE
        return made.amount * earned / made.product

    def settle(self, account: int, change: float) -> float:
        """Pay the gain out and change the deposit; returns the collateral to pay. What is left of nothing is forgotten."""
        gain, amount = min(self.gain(account), self.collateral), self.compounded(account) + change
        self.collateral -= gain
        self.deposits = max(self.deposits + change, 0.0)
        if amount <= 1e-15 * abs(change):
            if account in self.snapshots:
                del self.snapshots[account]
        else:
            total = self.sums.get((self.epoch, self.scale), 0.0)
            self.snapshots[account] = Snapshot(amount, self.product, total, self.scale, self.epoch)
        if not self.snapshots:
            self.deposits = 0.0
        return gain

    def offset(self, debt: float, collateral: float) -> None:
        """Burn ``debt`` of the deposits for ``collateral``."""
        if debt <= 0.0:
            return
        place = (self.epoch, self.scale)
        self.sums[place] = self.sums.get(place, 0.0) + collateral / self.deposits * self.product
        self.collateral += collateral
        if debt >= self.deposits:
            self.epoch, self.scale, self.product, self.deposits = self.epoch + 1, 0, 1.0, 0.0
            return
        product = self.product * (self.deposits - debt) / self.deposits
        if product < 1.0 / SCALE:
            self.scale, product = self.scale + 1, product * SCALE
        self.product = product
        self.deposits -= debt
