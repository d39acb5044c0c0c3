"""A passive borrower: never looks."""

from __future__ import annotations

from collections.abc import Sequence

from agents.base import EcosystemAgent
from model.core.actions import Transaction
from model.view import View


class PassiveBorrower(EcosystemAgent):
    """Holds its position whatever happens; interest, liquidation and redemption find it as it is."""

    def decide(self, view: View) -> Sequence[Transaction]:
        """Nothing."""
        return ()
