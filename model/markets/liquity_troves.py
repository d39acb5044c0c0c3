"""What every operation writes to a trove: its pending parts, its stake, its end.

Source: Liquity v1 TroveManager (_applyPendingRewards, _computeNewStake, _closeTrove), commit 14de1c1.
"""

from __future__ import annotations

from model.markets.liquity_state import COLLATERAL, DEBT, DUST, SEEN_COLLATERAL, SEEN_DEBT, STAKE, STATUS, LiquityState


class LiquityTroves(LiquityState):
    """Writes of troves; the totals of the system are the caller's, those of pending parts and stakes are kept here."""

    def write_pending(self, row: int) -> None:
        """Write a trove's pending collateral and debt to it."""
        gained, owed = self.pending(row)
        if gained == 0.0 and owed == 0.0:
            return
        self.book.add(COLLATERAL, row, gained)
        self.book.add(DEBT, row, owed)
        self.see(row)
        left, due = self.pending_collateral - gained, self.pending_debt - owed
        self.pending_collateral = left if left > DUST * self.collateral else 0.0
        self.pending_debt = due if due > DUST * self.debt else 0.0

    def update_stake(self, row: int) -> None:
        """Give a trove the stake of its collateral, corrected for what has been redistributed. Source: _computeNewStake."""
        collateral = self.book.get(COLLATERAL, row)
        stake = collateral if self.collateral_seen == 0.0 else collateral * self.stakes_seen / self.collateral_seen
        self.stakes += stake - self.book.get(STAKE, row)
        self.book.put(STAKE, row, stake)

    def close_row(self, row: int, status: int) -> None:
        """Empty a trove's row; what it held has been dealt with by the caller."""
        self.stakes -= self.book.get(STAKE, row)
        for column in (COLLATERAL, DEBT, STAKE, SEEN_COLLATERAL, SEEN_DEBT):
            self.book.put(column, row, 0.0)
        self.book.put(STATUS, row, float(status))
        self.troves -= 1

    def see(self, row: int) -> None:
        """Let a trove's pending parts count from now."""
        self.book.put(SEEN_COLLATERAL, row, self.reward_collateral)
        self.book.put(SEEN_DEBT, row, self.reward_debt)
