"""Other borrowers take over the debt, and the collateral with it, in proportion to their collateral."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from model.core.draws import Floats
from model.losses.base import Ladder, LossRule


class Redistribution(LossRule, kind="redistribution"):
    """The remaining borrowers take over what is left, pro rata to collateral; each must stay able to bear it.

    Source: Liquity v1 TroveManager._redistributeDebtAndColl (rewards per unit staked).
    """

    def split(self, loss: float, bearers: Mapping[str, float]) -> dict[str, float]:
        """``others`` bear; where there are none their capacity is 0."""
        ladder = Ladder(loss, bearers)
        ladder.bear("others")
        return ladder.close()

    def shares(self, amount: float, collaterals: Floats) -> Floats:
        """Parts of ``amount`` by borrower, shape of ``collaterals`` (tokens); zeros where nobody has collateral."""
        total = float(np.sum(collaterals))
        return amount * collaterals / total if total > 0.0 else np.zeros_like(collaterals)
