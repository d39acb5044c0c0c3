"""How a firm with capital on several chains moves it to where it has run low, and when it had better not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from model.bridges.base import Bridge as BridgeInPlace
from model.core.actions import Bridge, Collect, Transaction
from model.core.errors import Refused
from model.core.units import YEAR
from model.view import View

_DUST, _HALVES = 1e-6, 10


@dataclass(frozen=True, slots=True)
class Terms:
    """Below which share of its plan a chain is refilled (``low_water``), and what a crossing may cost: fee, and the wait at a required
    ``yield_per_year``, together no more than ``most_cost`` of what arrives. Of a rate limit ``least_room`` (share of the limit) is waited
    for before what it lets through is sent.
    """

    low_water: float
    yield_per_year: float
    most_cost: float
    least_room: float = 0.1


@dataclass(slots=True)
class Refills:
    """Transactions, and whether something is still missing that could not be sent: then it pays to look again."""

    made: list[Transaction]
    held_up: bool = False


def collections(view: View, bridge: BridgeInPlace, tip: Callable[[str], float]) -> list[Transaction]:
    """Requests for the messages of a bridge that wait for oneself to be collected."""
    ready = {one.to_chain for one in bridge.waiting_for(view.account) if one.claimed and one.due <= view.now}
    return [Transaction((Collect(target=bridge.name),), tip=tip(chain), chain=chain) for chain in sorted(ready)]


def refills(view: View, bridge: BridgeInPlace, plan: Mapping[str, float], terms: Terms, tip: Callable[[str], float]) -> Refills:
    """What to send over a bridge so that each chain has its share of what there is, in proportion to ``plan`` (chain -> tokens).

    What is on its way to a chain, over whatever carries it, counts as there. The chain with most to spare sends.
    """
    found, whole = Refills([]), sum(plan.values())
    if not whole > 0.0:
        return found
    coming = dict.fromkeys(plan, 0.0)
    for one in bridge.waiting_for(view.account):
        if one.to_chain in coming:
            coming[one.to_chain] += one.amount
    held = {chain: view.balance(bridge.tokens[chain], chain=chain) for chain in plan}
    total = sum(held.values()) + sum(coming.values())
    shares = {chain: total * part / whole for chain, part in plan.items()}
    for poor, share in shares.items():
        if held[poor] + coming[poor] >= terms.low_water * share:
            continue
        rich = max(plan, key=lambda chain: held[chain] - shares[chain])
        missing = min(share - held[poor] - coming[poor], held[rich] - shares[rich])
        if rich == poor or not missing > _DUST * total:
            continue
        amount = crossing(bridge, rich, poor, missing, terms)
        found.held_up = found.held_up or amount < missing
        if amount > 0.0:
            send = Bridge(target=bridge.name, token=bridge.tokens[rich], amount=amount, to_chain=poor)
            found.made.append(Transaction((send,), tip=tip(rich), chain=rich))
            held[rich] -= amount
    return found


def crossing(bridge: BridgeInPlace, rich: str, poor: str, amount: float, terms: Terms) -> float:
    """The largest of what the rate limit lets through of ``amount``, and its halves, that crosses at a cost that is borne; 0 for none."""
    limit, room = bridge.params.limit, bridge.room(rich, poor)
    if limit is not None and room < min(amount, terms.least_room * limit):
        return 0.0
    most = min(amount, room)
    for power in range(_HALVES):
        size = most * 0.5**power
        try:
            transit = bridge.quote(rich, poor, size)
        except Refused:
            continue
        if size - transit.received + transit.received * terms.yield_per_year * transit.seconds / YEAR <= terms.most_cost * size:
            return size
    return 0.0
