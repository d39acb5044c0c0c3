"""Borrowing against a deposit that cannot be withdrawn: how a run on one reserve reaches another."""

from __future__ import annotations

from model.core.actions import Borrow
from model.markets.pooled import Pooled
from model.view import View


def borrowing(view: View, market: str, token: str, share: float) -> Borrow | None:
    """A loan of ``token`` up to ``share`` of the most that one's collateral allows, as far as the reserve's cash and its rules go; None
    where nothing worth a thousandth of that can be had.
    """
    found = view.market(market)
    assert isinstance(found, Pooled)
    row = found.book.find(view.account)
    reserve = found.reserves.get(token)
    if row is None or reserve is None or reserve.params.frozen or reserve.params.paused:
        return None
    standing = found.standing(row)
    price, most = found.price(token), share * standing.ltv * standing.collateral
    cap = reserve.params.borrow_cap
    room = (most - standing.debt) / price
    amount = min(room, found.payable(token), float("inf") if cap is None else cap - found.debt(token))
    return Borrow(target=market, token=token, amount=amount) if amount * price > 1e-3 * most else None
