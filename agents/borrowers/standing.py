"""What a borrower knows of its own position, read through what every account market says of itself."""

from __future__ import annotations

from dataclasses import dataclass

from model.markets.base import Market
from model.view import View


@dataclass(frozen=True, slots=True)
class Standing:
    """One account in the market's numeraire: collateral and debt value, health, the mean threshold that health implies, and the tokens."""

    collateral: float
    debt: float
    health: float
    held: dict[str, float]
    owed: dict[str, float]

    @property
    def threshold(self) -> float:
        """Debt that a unit of collateral value covers at health 1."""
        return self.health * self.debt / self.collateral if self.collateral > 0.0 else 0.0

    def repayment(self, wanted: float) -> float:
        """Debt value to repay by selling collateral of as much value, for a health of ``wanted``: exact.md 2 without a bonus."""
        return (wanted * self.debt - self.threshold * self.collateral) / (wanted - self.threshold)


def standing_of(market: Market, account: int) -> Standing | None:
    """An account as its market sees it now; None without a row or without debt."""
    row = market.book.find(account)
    owed = {} if row is None else market.debts_of(account)
    if row is None or not owed:
        return None
    held = market.collateral_of(account)
    collateral = sum(amount * market.price(token) for token, amount in held.items())
    debt = sum(amount * market.price(token) for token, amount in owed.items())
    return Standing(collateral, debt, market.health_of(row), held, owed)


def flash_source(view: View, market: Market, named: str | None, token: str) -> tuple[str, float, float] | None:
    """Who lends ``token`` for an unwinding in ``market``: name, fee, most; ``named`` where it is given, None where nobody lends."""
    lender = market if named is None else view.market(named)
    if not lender.lends_flash:
        return None
    return lender.name, lender.flash_fee(token), 0.98 * lender.flash_most(token)
