"""Liquidation over a hub: debt is repaid on one chain, and the collateral on another is released when the message has arrived."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from model.core.actions import ALL, Take
from model.core.errors import Refused
from model.liquidation.base import Position, Settlement, Spread
from model.markets.base import Offer, Quote
from model.markets.bookkeeping import Seizure
from model.markets.hub_messages import HubMessage
from model.world.target import Call

if TYPE_CHECKING:
    from model.markets.hub import Hub
    from model.markets.hub_state import Listing


_HEADROOM = 1e-4
"""What one who takes all of an offer pays in beyond it, for the interest that accrues on the way; what is not needed comes back."""


@dataclass(frozen=True, slots=True)
class CrossLiquidate:
    """Repay a borrower's debt of a token on one chain, for collateral of a token on another (or the same)."""

    borrower: int
    debt: str
    debt_chain: str
    collateral: str
    collateral_chain: str


@dataclass(frozen=True, slots=True)
class Unless:
    """Terms of a ``Take``: not if more than ``flying`` (tokens) has left this spoke already to repay the same debt. Who is overtaken within
    a block keeps its money, which would come back two delays later.
    """

    flying: float


def position_of(hub: Hub, row: int, debt: Listing, collateral: Listing) -> Position:
    """A row as the mechanism sees it, in the state that has arrived at the hub."""
    terms, owed, held = hub.terms(collateral), hub.owed(debt, row), hub.supplied(collateral, row)
    owing, worth = hub.price_at(debt), hub.price_at(collateral)
    cover = sum(hub.supplied(one, row) * hub.price_at(one) for one in hub.listings if hub.terms(one).liquidation_threshold > 0.0)
    weighted, total_debt = hub.values(row, "liquidation_threshold")
    health = weighted / total_debt if total_debt > 0.0 else math.inf
    return Position(health, owed, owing, held, worth, total_debt, cover, terms.bonus, terms.liquidation_threshold)


def settlement(hub: Hub, position: Position, amount: float) -> Settlement:
    """What a repayment of up to ``amount`` settles."""
    mechanism = hub.params.liquidation.make()
    assert isinstance(mechanism, Spread)
    return mechanism.settle(position, amount)


def offers_of(hub: Hub, row: int) -> list[Offer]:
    """One offer for each pair of debt and collateral of an unhealthy row. What is on its way to repay the same debt is taken off."""
    if not hub.health_of(row) < 1.0:
        return []
    found = []
    for debt in hub.listings:
        for collateral in hub.listings if hub.owed(debt, row) > 0.0 else ():
            if hub.terms(collateral).liquidation_threshold > 0.0 and hub.supplied(collateral, row) > 0.0:
                offer = _offer(hub, row, debt, collateral)
                if offer.limit > 0.0:
                    found.append(offer)
    return found


def take(hub: Hub, call: Call, action: Take) -> float:
    """Take a liquidation on the debt's chain: the payment is held until the hub has answered. Whether there is anything to liquidate is
    decided when the message arrives; the spoke knows what it has sent itself. Returns what was paid in (ALL: the balance).
    """
    item = action.item
    if not isinstance(item, CrossLiquidate) or item.debt_chain != call.chain:
        raise Refused("no_such_item", f"{item}")
    debt, collateral = hub.listing(item.debt, item.debt_chain), hub.listing(item.collateral, item.collateral_chain)
    if debt is None or collateral is None:
        raise Refused("no_such_item", f"{item}")
    flying = hub.repaying().get((debt.place, item.borrower), 0.0)
    if isinstance(action.terms, Unless) and flying > action.terms.flying:
        raise Refused("overtaken", f"{flying} {debt.token} on its way already")
    ledger = hub.ledgers[call.chain]
    paid = min(action.amount, ledger.balance(debt.token, call.sender))
    if not paid > 0.0:
        raise Refused("invalid_amount", f"{paid} {debt.token}")
    paid = ledger.move(debt.token, call.sender, hub.account, paid)
    least = action.min_received
    return hub.post(hub.message("liquidate", call.sender, debt, paid, borrower=item.borrower, seizes=collateral.place, least=least))


def on_liquidate(hub: Hub, message: HubMessage, debt: Listing) -> float:
    """Settle at the hub, at the prices and in the state of now; what is not needed goes back, all of it where nothing can be liquidated or
    less than wanted would be received (of a payment that is needed in part only, the same part). Collateral that is lent out is credited to
    the liquidator's row instead of being paid.
    """
    collateral = hub.listings[message.seizes]
    hub.accrue(collateral)
    try:
        row = hub.row_of(message.borrower)
        position = position_of(hub, row, debt, collateral)
        settled = settlement(hub, position, message.amount)
        received = settled.seized - settled.protocol_fee
        least = message.least * settled.repaid / message.amount
        if received < least * (1.0 - 1e-12):
            raise Refused("slippage", f"{received} of {least} {collateral.token}")
    except Refused as refusal:
        hub.send_back(message, debt, refusal)
    hub.relieve(debt, row, ALL if settled.repaid >= position.debt * (1.0 - 1e-15) else settled.repaid)
    paid = min(received, hub.liquid(collateral))
    hub.debit(collateral, row, ALL if settled.seized >= position.collateral * (1.0 - 1e-15) else settled.seized)
    collateral.reserves += settled.protocol_fee
    if received - paid > 1e-12 * received:
        hub.credit(collateral, hub.book.row(message.account), received - paid)
    else:
        paid = received
    hub.pay_out(message.account, collateral, paid)
    hub.pay_out(message.account, debt, message.amount - settled.repaid)
    call = Call(hub.world, hub.chain, message.account, hub.world.clock.now)
    fee = settled.protocol_fee
    kind = hub.params.liquidation.kind
    hub.note_liquidation(call, Seizure(row, debt.token, settled.repaid, collateral.token, settled.seized, fee, position.health, kind))
    write_off(hub, call, row)
    return settled.repaid


def write_off(hub: Hub, call: Call, row: int) -> None:
    """A row without anything supplied leaves its debt as the deficit of each listing."""
    if any(hub.book.get(listing.place, row) > 0.0 for listing in hub.listings):
        return
    for listing in hub.listings:
        lost = hub.owed(listing, row)
        if lost > 0.0:
            hub.accrue(listing)
            hub.relieve(listing, row, ALL)
            listing.deficit += lost
            hub.note_bad_debt(call, row, listing.token, {"deficit": lost})


def _most(hub: Hub, position: Position) -> float:
    """The largest repayment that the mechanism settles, 0 for none."""
    try:
        return settlement(hub, position, ALL).repaid
    except Refused:
        return 0.0


def _offer(hub: Hub, row: int, debt: Listing, collateral: Listing) -> Offer:
    item = CrossLiquidate(hub.book.owners[row], debt.token, debt.chain, collateral.token, collateral.chain)
    position = position_of(hub, row, debt, collateral)

    def quote(size: float) -> Quote:
        settled = settlement(hub, position, size)
        return Quote(settled.repaid, settled.seized - settled.protocol_fee)

    def action(size: float) -> Take:
        amount = limit * (1.0 + _HEADROOM) if size >= limit else size
        return Take(target=hub.name, item=item, amount=amount, terms=Unless(flying))

    wait = hub.params.spokes[debt.chain].delay + hub.params.spokes[collateral.chain].delay
    flying = hub.repaying().get((debt.place, item.borrower), 0.0)
    limit = _most(hub, position) - flying
    lent_out = limit > 0.0 and quote(limit).received > hub.liquid(collateral) * (1.0 + 1e-12)
    return Offer(
        "take", hub.name, item, row, debt.token, collateral.token, limit, quote, action,
        chain=debt.chain, gives_chain=collateral.chain, wait=wait, deposit=lent_out,
    )  # fmt: skip
