"""A chain: blocks with gas and a fee, a pool of pending transactions, and their execution, all or nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from model.core.actions import Receipt, Transaction, Transfer
from model.core.errors import Refused
from model.core.journal import Table
from model.core.params import Params, param
from model.core.units import GWEI
from model.ordering.base import Ordering, Request
from model.world.accounts import OUTSIDE
from model.world.board import Path, PriceFeed
from model.world.execution import execute_all
from model.world.target import Call, Target
from model.world.update_auction import Notice

if TYPE_CHECKING:
    from model.world.world import World

GAS: dict[str, float] = {
    "transfer": 50e3, "swap": 150e3, "add_liquidity": 250e3, "remove_liquidity": 250e3, "supply": 200e3, "withdraw": 250e3,
    "borrow": 300e3, "repay": 200e3, "trigger": 250e3, "take": 400e3, "bid": 120e3, "mint": 120e3, "redeem": 150e3, "collect": 100e3,
    "bridge": 150e3, "post": 60e3, "govern": 100e3,
}  # fmt: skip


class ChainParams(Params):
    """One chain. Source: reference/protocols.md, section Chains; gas per verb from typical mainnet receipts."""

    block_time: float = param(13.5, unit="seconds", gt=0, description="Time between blocks", source="Ethereum under proof of work, 13-15 s")
    block_gas: float = param(30e6, unit="gas", gt=0, description="Gas limit of a block", source="Ethereum since August 2021")
    target_share: float = param(0.5, unit="fraction", gt=0, le=1, description="Share of the block gas at which the base fee rests")
    gas_token: str = param("eth", unit="token", description="Token in which gas is paid")
    gas_price: float = param(30.0, unit="gwei", gt=0, description="Gas price at which demand from outside fills blocks to their target")
    gas: dict[str, float] = param(GAS, unit="gas", description="Gas of each verb")
    transaction_gas: float = param(21e3, unit="gas", ge=0, description="Gas of a transaction beside its actions")
    flash_gas: float = param(100e3, unit="gas", ge=0, description="Gas of a flash loan")
    grace_period: float = param(
        0.0, unit="seconds", ge=0, description="Time after a halt in which markets with a sentinel do not liquidate"
    )


@dataclass(slots=True)
class Pending:
    """A transaction on its way: sender, time from which it is eligible, number of submission."""

    transaction: Transaction
    sender: int
    eligible: float
    number: int
    gas: float


class Chain(Target):
    """A chain in place. Transactions wait here, are outbid, fail and still pay."""

    verbs = frozenset({"transfer"})

    def __init__(self, world: World, name: str, params: ChainParams, ordering: Ordering) -> None:
        super().__init__(world, name, name, world.accounts.open(f"chain {name}"))
        self.params = params
        self.ordering = ordering
        self.ledger = world.open_ledger(name)
        self.ledger.register(params.gas_token)
        self.purses = Table(world.journal, 1)
        self.pending: list[Pending] = []
        self.notices: list[Notice] = []
        """Updates that are announced and wait for their auction."""
        self.course = Path(np.array([world.clock.start]), np.array([params.gas_price]))
        self.demand = params.gas_price * GWEI
        self.fee = self.demand
        self.block = 0
        self.settled = 0
        """Transactions, and bundles, that were executed."""
        self.halted_until = -math.inf
        self.resumed_at = -math.inf
        self._entry: tuple[float, float] | None = None
        self._used = 0.0
        self._last_used = 0.0
        self._submitted = 0

    def fund_purses(self, accounts: range | list[int], amount: float) -> None:
        """Genesis: give each account ``amount`` of the gas token to pay fees from."""
        self.purses.grow(self.world.accounts.count)
        self.purses.data[0, list(accounts) if isinstance(accounts, list) else slice(accounts.start, accounts.stop)] += amount
        self.ledger.create(self.params.gas_token, self.account, amount * len(accounts), "genesis")

    def follow(self, course: Path) -> None:
        """Genesis: background demand follows a course of gas prices (gwei) in place of a constant one."""
        self.course = course
        self.demand = self.fee = course.at(self.world.clock.now) * GWEI

    def move(self, now: float) -> None:
        """Bring background demand to ``now``; once per tick. The base fee of the blocks that are past followed what was asked then."""
        demand = self.course.at(now) * GWEI
        if demand == self.demand:
            return
        number = math.floor((now - self.world.clock.start) / self.params.block_time + 1e-9)
        if number > self.block:
            self.fee = self._fee_after(number - self.block)
            self.block, self._last_used = number, 0.0
        self.demand = demand
        self._entry = None

    def going_price(self) -> float:
        """Price (gas token per gas) at which a transaction of ordinary size would get into the next block now; changes nothing."""
        number = math.floor((self.world.clock.now - self.world.clock.start) / self.params.block_time + 1e-9)
        fee = self._fee_after(number - self.block) if number > self.block else self.fee
        return fee + self._entry_at(fee)

    def block_at(self, moment: float) -> float:
        """Time of the first block that is not before ``moment`` and after the last one built."""
        step, start = self.params.block_time, self.world.clock.start
        number = max(math.ceil((max(moment, self.halted_until) - start) / step - 1e-9), self.block + 1)
        return start + number * step

    def gas_of(self, transaction: Transaction) -> float:
        """Gas that a transaction uses when it executes to its end."""
        table = self.params.gas
        used = self.params.transaction_gas + sum(table[action.verb] for action in transaction.actions)
        return used + (self.params.flash_gas if transaction.flash else 0.0)

    def cost_of(self, transaction: Transaction) -> float:
        """Fee in the gas token at today's price."""
        return self.gas_of(transaction) * (self.fee + transaction.tip)

    def entry_tip(self) -> float:
        """Lowest tip (gas token per gas) with which a transaction of ordinary size gets into the next block against background demand, at
        today's base fee; 0 where there is room, or where no tip helps.
        """
        now = self.world.clock.now
        if self._entry is None or self._entry[0] != now:
            self._entry = (now, self._entry_at(self.fee))
        return self._entry[1]

    def submit(self, sender: int, transaction: Transaction, eligible: float) -> Pending:
        """Put a transaction into the pool, eligible from ``eligible`` (seconds) on."""
        entry = self.entry(sender, transaction, eligible)
        self.pending.append(entry)
        return entry

    def entry(self, sender: int, transaction: Transaction, eligible: float) -> Pending:
        """A transaction on its way, not in the pool."""
        self._submitted += 1
        return Pending(transaction, sender, eligible, self._submitted, transaction.gas_limit or self.gas_of(transaction))

    def next_time(self) -> float:
        """Time of the next block with something eligible, or an announced update that is due; infinity when there is none."""
        moments = [entry.eligible for entry in self.pending]
        if self.notices:
            moments.extend(notice.due for notice in self.notices)
        return self.block_at(min(moments)) if moments else math.inf

    def open_block(self, now: float) -> None:
        """Begin the block at ``now``: its number, and the base fee after the blocks since the last one built."""
        number = round((now - self.world.clock.start) / self.params.block_time)
        self.fee = self._fee_after(max(number - self.block, 1))
        self.block = number
        self._used = 0.0

    def fill(self, now: float) -> list[tuple[int, Receipt]]:
        """Execute what is eligible and fits into what is left of the open block; called once for each of its two rounds."""
        ready = [entry for entry in self.pending if entry.eligible <= now]
        if not ready:
            return []
        done: list[tuple[int, Receipt]] = []
        live = []
        for entry in ready:
            if entry.transaction.expires_at < now:
                self._remove(entry)
                done.append((entry.sender, self._refuse(entry, now, "expired")))
            else:
                live.append(entry)
        ties = self.world.draws[f"order.{self.name}"]
        requests = [
            Request(entry.gas, entry.transaction.tip, entry.eligible, ties.order(entry.sender, self.block) if len(live) > 1 else 0)
            for entry in live
        ]
        target = self.params.block_gas * self.params.target_share
        for place in self.ordering.select(requests, self.fee, self.demand, target, self.params.block_gas - self._used):
            entry = live[place]
            self._remove(entry)
            done.append((entry.sender, self._include(entry, requests[place], now)))
        self._last_used = self._used
        return done

    def halt(self, until: float) -> None:
        """Stop building blocks until a time (a sequencer or consensus failure); pending transactions wait, feeds say what they said."""
        for feed in self.world.all(PriceFeed):
            if feed.chain == self.name:
                feed.hold(until)
        self.halted_until = max(self.halted_until, until)
        self.resumed_at = self.halted_until

    @property
    def in_grace(self) -> bool:
        """Whether the grace period after a halt is running."""
        return self.resumed_at <= self.world.clock.now < self.resumed_at + self.params.grace_period

    def transfer(self, call: Call, action: Transfer) -> float:
        """Move tokens between accounts; what a market or venue holds is changed by its own verbs alone (``not_a_holder``)."""
        if action.to in self.world.target_accounts and action.to != OUTSIDE:
            raise Refused("not_a_holder", self.world.accounts.name(action.to))
        return self.ledger.move(action.token, call.sender, action.to, action.amount)

    def execute(self, sender: int, transaction: Transaction, now: float, gas_limit: float = math.inf) -> Receipt:
        """Execute without paying for gas: all or nothing. Returns ``executed`` or ``reverted`` with its reason."""
        receipts, failure = execute_all(self, [(sender, transaction, gas_limit)], now)
        if failure is None:
            return receipts[0]
        name = self.world.accounts.name(sender)
        where = (failure.verb, failure.target, failure.refusal.reason)
        self.world.events.emit("reverts", now, self.name, name, *where, failure.gas, failure.gas * self.fee)
        return Receipt(transaction, "reverted", now, str(failure.refusal), (), failure.gas)

    def include_bundle(self, entries: Sequence[Pending], extra: float, now: float) -> list[tuple[int, Receipt]] | None:
        """Execute transactions of several senders at this place of the open block, all or none; None where one of them fails (then nobody
        pays and no room is taken), an empty list where background demand leaves no room. ``extra`` is what the builder gets beside tips
        (gas token), by which the bundle outbids others.
        """
        gas = sum(entry.gas for entry in entries)
        tip = (sum(entry.gas * entry.transaction.tip for entry in entries) + extra) / gas
        target = self.params.block_gas * self.params.target_share
        bundle = [Request(gas, tip, min(entry.eligible for entry in entries), 0)]
        if not self.ordering.select(bundle, self.fee, self.demand, target, self.params.block_gas - self._used):
            return []
        requests = [Request(entry.gas, entry.transaction.tip, entry.eligible, 0) for entry in entries]
        prices = [self.ordering.price(request, self.fee, False) for request in requests]
        if not all(self._can_pay(entry, price) for entry, price in zip(entries, prices, strict=True)):
            return None
        receipts, failure = execute_all(self, [(entry.sender, entry.transaction, entry.gas) for entry in entries], now)
        if failure is not None:
            return None
        done = zip(entries, receipts, prices, strict=True)
        return [(entry.sender, self._charge(entry, receipt, price)) for entry, receipt, price in done]

    def _include(self, entry: Pending, request: Request, now: float) -> Receipt:
        if not self._can_pay(entry, self.ordering.price(request, self.fee, False)):
            return self._refuse(entry, now, "no_gas_purse")
        receipt = self.execute(entry.sender, entry.transaction, now, entry.gas)
        return self._charge(entry, receipt, self.ordering.price(request, self.fee, not receipt.ok))

    def _can_pay(self, entry: Pending, price: float) -> bool:
        return self.purses.get(0, entry.sender) >= entry.gas * price if entry.sender < self.purses.rows else price <= 0.0

    def _charge(self, entry: Pending, receipt: Receipt, price: float) -> Receipt:
        """The receipt with its fee, paid from the sender's purse."""
        fee = receipt.gas * price
        if fee > 0.0:
            self.purses.add(0, entry.sender, -fee)
            self.ledger.move(self.params.gas_token, self.account, OUTSIDE, fee)
        if price > 0.0:
            # A sealed bid that failed is left out of the block by its builder: it pays nothing and takes no room.
            self._used += receipt.gas
        return replace(receipt, fee=fee)

    def _entry_at(self, fee: float) -> float:
        params = self.params
        gas = params.transaction_gas + max(params.gas.values())
        tip = self.ordering.tip_for(gas, fee, self.demand, params.block_gas * params.target_share, params.block_gas)
        return tip if tip < math.inf else 0.0

    def _fee_after(self, blocks: int) -> float:
        target = self.params.block_gas * self.params.target_share
        return self.ordering.base_fee(self.fee, self.demand, self._last_used, target, self.params.block_gas, blocks)

    def _refuse(self, entry: Pending, now: float, reason: str) -> Receipt:
        self.world.events.emit("refused", now, self.name, self.world.accounts.name(entry.sender), reason)
        return Receipt(entry.transaction, "expired" if reason == "expired" else "dropped", now, reason)

    def _remove(self, entry: Pending) -> None:
        self.pending.remove(entry)
