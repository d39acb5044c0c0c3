"""Unwinding in one flash-funded transaction: borrow, repay debt, withdraw collateral, sell it, pay back.

Source: the way in which DeFi Saver, Instadapp and Aave's flash-loan repayment adapters deleverage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from model.core.actions import Flash, Repay, Transaction, Withdraw
from model.core.errors import Refused
from model.view import View


@dataclass(frozen=True, slots=True)
class Unwind:
    """What is to be unwound: ``amount`` of ``debt`` repaid by selling ``collateral``, funded by ``lender``'s flash loan at ``fee``."""

    market: str
    collateral: str
    debt: str
    amount: float
    lender: str
    fee: float


def collateral_needed(view: View, unwind: Unwind, most: float, slippage: float) -> float | None:
    """Collateral to sell for the flash loan and its fee, with ``slippage`` to spare; None where ``most`` does not fetch it."""
    owed = unwind.amount * (1.0 + unwind.fee)

    def left(sold: float) -> float:
        return view.route(unwind.collateral, unwind.debt, sold).received * (1.0 - slippage) - owed

    try:
        return _root(left, most)
    except Refused:
        return None


def _root(rising: Callable[[float], float], most: float) -> float | None:
    """Smallest argument up to ``most`` (to 1e-6 of it, from above) at which a rising function is not negative; None where there is none.

    Source: Dowell and Jarratt 1971 (the Illinois variant of false position).
    """
    low, high = 0.0, most
    below, above = rising(low), rising(high)
    if above < 0.0:
        return None
    side = 0
    for _ in range(60):
        if high - low <= 1e-6 * high:
            break
        middle = (low * above - high * below) / (above - below)
        middle = min(max(middle, low + 4e-7 * high), high - 4e-7 * high)
        value = rising(middle)
        if value >= 0.0:
            high, above, below = middle, value, 0.5 * below if side > 0 else below
            side = 1
        else:
            low, below, above = middle, value, 0.5 * above if side < 0 else above
            side = -1
    return high


def unwinding(view: View, unwind: Unwind, sold: float, tip: float) -> Transaction:
    """The transaction: reverts as a whole where pool or flash source lacks depth."""
    route = view.route(unwind.collateral, unwind.debt, sold)
    owed = unwind.amount * (1.0 + unwind.fee)
    swaps = route.swaps(max(1.0 - owed / route.received, 0.0) if route.received > 0.0 else 0.0, of_previous=True)
    repay = Repay(target=unwind.market, token=unwind.debt, amount=unwind.amount)
    withdraw = Withdraw(target=unwind.market, token=unwind.collateral, amount=sold)
    return Transaction(
        (repay, withdraw, *swaps), tip=tip, flash=Flash(unwind.lender, unwind.debt, unwind.amount),
        because=view.because("deleveraging"), expires_at=view.now + 600.0,
    )  # fmt: skip
