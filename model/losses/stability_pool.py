"""A pool of debt tokens burns the debt for the collateral; what it cannot offset is redistributed. Liquity v1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from model.losses.base import Ladder, LossRule


@dataclass(frozen=True, slots=True)
class Offset:
    """Where the debt and the collateral of a closed position go: to the pool and, redistributed, to the other borrowers."""

    debt_to_pool: float
    collateral_to_pool: float
    debt_to_others: float
    collateral_to_others: float


class StabilityPool(LossRule, kind="stability_pool"):
    """The pool offsets as much debt as it holds, depositors pro rata; the rest goes to the other borrowers.

    Source: Liquity v1 TroveManager._getOffsetAndRedistributionVals, StabilityPool.offset.
    Assumes: the collateral follows the debt in proportion, after the gas compensation that the market takes.
    """

    def split(self, loss: float, bearers: Mapping[str, float]) -> dict[str, float]:
        """``stability_pool`` bears first, then ``others``."""
        ladder = Ladder(loss, bearers)
        ladder.bear("stability_pool")
        ladder.bear("others")
        return ladder.close()

    def offset(self, debt: float, collateral: float, deposits: float) -> Offset:
        """Debt and collateral of a closed position between a pool holding ``deposits`` and the other borrowers.

        Raises:
            ValueError: no debt.
        """
        if not debt > 0.0:
            raise ValueError(f"debt {debt}: allowed are debts above 0")
        burned = min(debt, max(deposits, 0.0))
        taken = collateral if burned == debt else collateral * burned / debt
        return Offset(burned, taken, debt - burned, collateral - taken)
