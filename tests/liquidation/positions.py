"""Positions for the liquidation tests."""

from model.core.actions import ALL
from model.core.errors import Refused
from model.liquidation.base import Position


def position(collateral, debt, threshold=0.83, bonus=0.05, collateral_price=1.0, debt_price=1.0):
    """A position with one collateral and one debt, amounts in tokens."""
    values = collateral * collateral_price, debt * debt_price
    health = values[0] * threshold / values[1] if values[1] > 0 else float("inf")
    return Position(health, debt, debt_price, collateral, collateral_price, values[1], values[0], bonus, threshold)


def after(where, settled):
    """The same position after a settlement."""
    debt, collateral = where.debt - settled.repaid, where.collateral - settled.seized
    left = position(collateral, debt, where.threshold, where.bonus, where.collateral_price, where.debt_price)
    return left._replace(bonus=where.bonus)


def exhaust(kind, where, limit=200):
    """Liquidate again and again for as much as allowed at fixed prices; the position at the end and the number of liquidations."""
    for count in range(limit):
        if where.collateral == 0.0 or where.debt == 0.0:
            return where, count
        try:
            where = after(where, kind.settle(where, ALL))
        except Refused as refused:
            if refused.reason == "healthy":
                return where, count
            raise
    raise AssertionError("liquidations do not end")
