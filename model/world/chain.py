"""A chain: blocks with gas and a fee, a pool of pending transactions, and their execution, all or nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from model.core.actions import Receipt, Transaction, Transfer
from model.core.journal import Table
from model.core.units import GWEI
from model.ordering.base import Ordering, Request
from model.world.accounts import OUTSIDE
from model.world.audit import Identity
from model.world.board import Path, PriceFeed
from model.world.chain_params import GAS as GAS
from model.world.chain_params import ChainParams as ChainParams
from model.world.execution import Failure, execute_all
from model.world.gas_market import GasMarket
from model.world.pending import Pending as Pending
from model.world.target import Call, Target
from model.world.update_auction import Notice

if TYPE_CHECKING:
    from model.world.world import World


class Chain(Target):
    """A chain in place. Transactions wait here, are outbid, fail and still pay. While it is halted there are no blocks, and nothing moves
    its base fee.
    """

    verbs = frozenset({"transfer"})

    def __init__(self, world: World, name: str, params: ChainParams, ordering: Ordering) -> None:
        super().__init__(world, name, name, world.accounts.open(f"chain {name}"))
        self.params = params
        self.ordering = ordering
        self.market = GasMarket(ordering, params)
        self.ledger = world.open_ledger(name)
        self.ledger.register(params.gas_token)
        self.purses = Table(world.journal, 1)
        self.pending: list[Pending] = []
        self.notices: list[Notice] = []
        """Updates that are announced and wait for their auction."""
        self.course = Path(np.array([world.clock.start]), np.array([params.gas_price]))
        self.demand = params.gas_price * GWEI
        self.fee = self.market.at_rest(self.demand)
        self.block = 0
        self.gas_paid = 0.0
        """Fees paid so far, in the gas token."""
        self.settled = 0
        """Transactions, and bundles, that were executed."""
        self.halted_until = -math.inf
        self.resumed_at = -math.inf
        self._silent: float = 0
        """Number of the last block that a halt swallows."""
        self._priced: tuple[float, int, float] | None = None
        self._entry: tuple[float, int, float] | None = None
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
        self.demand = course.at(self.world.clock.now) * GWEI
        self.fee, self._priced = self.market.at_rest(self.demand), None

    def move(self, now: float) -> None:
        """Bring background demand to ``now``; once per tick. The base fee of the blocks that are past followed what was asked then."""
        demand = self.course.at(now) * GWEI
        if demand == self.demand:
            return
        self._catch_up(now)
        self.demand = demand
        self._priced = self._entry = None

    def next_fee(self) -> float:
        """Base fee of the block that is open, or else of the next one; changes nothing."""
        now, known = self.world.clock.now, self._priced
        if known is None or known[0] != now or known[1] != self.block:
            number = max(math.ceil((now - self.world.clock.start) / self.params.block_time - 1e-9), self.block)
            blocks = self._blocks_to(number)
            self._priced = known = (now, self.block, self._fee_after(blocks) if blocks > 0 else self.fee)
        return known[2]

    def price_for(self, tip: float) -> float:
        """Price (gas token per gas) that a transaction with ``tip`` would pay in that block."""
        return self.ordering.price(Request(0.0, tip, self.world.clock.now, 0), self.next_fee(), False)

    def going_price(self) -> float:
        """Price (gas token per gas) at which a transaction of ordinary size would get into that block."""
        return self.price_for(self.entry_tip())

    def block_at(self, moment: float) -> float:
        """Time of the first block that is not before ``moment`` and after the last one built."""
        step, start, first = self.params.block_time, self.world.clock.start, max(moment, self.halted_until)
        if first == math.inf:
            return math.inf
        return start + max(math.ceil((first - start) / step - 1e-9), self.block + 1) * step

    def gas_of(self, transaction: Transaction) -> float:
        """Gas that a transaction uses when it executes to its end."""
        table = self.params.gas
        used = self.params.transaction_gas + sum(table[action.verb] for action in transaction.actions)
        return used + (self.params.flash_gas if transaction.flash else 0.0)

    def cost_of(self, transaction: Transaction) -> float:
        """Fee in the gas token that it would pay now."""
        return self.gas_of(transaction) * self.price_for(transaction.tip)

    def entry_tip(self) -> float:
        """Lowest tip (gas token per gas) with which a transaction of ordinary size gets into the block that is open, or else the next one,
        against background demand; 0 where there is room, or where no tip helps.
        """
        now, known = self.world.clock.now, self._entry
        if known is None or known[0] != now or known[1] != self.block:
            self._entry = known = (now, self.block, self.market.entry_tip(self.next_fee(), self.demand))
        return known[2]

    def submit(self, sender: int, transaction: Transaction, eligible: float) -> Pending:
        """Put a transaction into the pool, eligible from ``eligible`` (seconds) on, or later where the ordering holds it back."""
        entry = self.entry(sender, transaction, eligible)
        self.pending.append(entry)
        return entry

    def entry(self, sender: int, transaction: Transaction, eligible: float) -> Pending:
        """A transaction on its way, not in the pool."""
        self._submitted += 1
        gas = transaction.gas_limit or self.gas_of(transaction)
        arrival = self.ordering.arrival(Request(gas, transaction.tip, eligible, 0))
        return Pending(transaction, sender, eligible, arrival, self._submitted, gas)

    def next_time(self) -> float:
        """Time of the next block with something eligible, or an announced update that is due; infinity when there is none."""
        moments = [entry.eligible for entry in self.pending]
        if self.notices:
            moments.extend(notice.due for notice in self.notices)
        return self.block_at(min(moments)) if moments else math.inf

    def open_block(self, now: float) -> None:
        """Begin the block at ``now``: its number, and the base fee after the blocks since the last one built."""
        number = round((now - self.world.clock.start) / self.params.block_time)
        self.fee = self._fee_after(max(self._blocks_to(number), 1))
        self.block = number
        self._used = self._last_used = 0.0

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
        while live:
            requests = [
                Request(entry.gas, entry.transaction.tip, entry.submitted, ties.order(entry.sender, self.block) if len(live) > 1 else 0)
                for entry in live
            ]
            chosen = self.market.select(requests, self.fee, self.demand, self._used)
            included = [(live[place], self._include(live[place], requests[place], now)) for place in chosen]
            for entry, receipt in included:
                self._remove(entry)
                done.append((entry.sender, receipt))
            if all(receipt.ok or receipt.fee > 0.0 for _, receipt in included):
                break
            # What is left out of the block pays nothing and leaves its room to others.
            live = [entry for place, entry in enumerate(live) if place not in chosen]
        return done

    def halt(self, until: float) -> None:
        """Stop building blocks until a time (a sequencer or consensus failure); pending transactions wait, feeds say what they said."""
        self._catch_up(self.world.clock.now)
        for feed in self.world.all(PriceFeed):
            if feed.chain == self.name:
                feed.hold(until)
        self.halted_until = max(self.halted_until, until)
        self.resumed_at = self.halted_until
        first = (self.halted_until - self.world.clock.start) / self.params.block_time
        self._silent = math.ceil(first - 1e-9) - 1 if first < math.inf else math.inf
        self._priced = self._entry = None

    @property
    def in_grace(self) -> bool:
        """Whether the grace period after a halt is running."""
        return self.resumed_at <= self.world.clock.now < self.resumed_at + self.params.grace_period

    def transfer(self, call: Call, action: Transfer) -> float:
        """Move tokens between accounts; what a market or venue holds is changed by its own verbs alone (``not_a_holder``)."""
        self.world.check_holder(action.to)
        return self.ledger.move(action.token, call.sender, action.to, action.amount)

    def execute(self, sender: int, transaction: Transaction, now: float, gas_limit: float = math.inf) -> Receipt:
        """Execute without paying for gas: all or nothing. Returns ``executed`` or ``reverted`` with its reason."""
        receipt, failure = self._tried(sender, transaction, now, gas_limit)
        if failure is not None:
            self._note_revert(sender, failure, 0.0, now)
        return receipt

    def include_bundle(self, entries: Sequence[Pending], extra: float, now: float) -> list[tuple[int, Receipt]] | None:
        """Execute transactions of several senders at this place of the open block, all or none; None where one of them fails (then nobody
        pays and no room is taken), an empty list where background demand leaves no room. ``extra`` is what the builder gets beside tips
        (gas token), by which the bundle outbids others.
        """
        gas = sum(entry.gas for entry in entries)
        tip = (sum(entry.gas * entry.transaction.tip for entry in entries) + extra) / gas
        bundle = [Request(gas, tip, min(entry.submitted for entry in entries), 0)]
        if not self.market.select(bundle, self.fee, self.demand, self._used):
            return []
        requests = [Request(entry.gas, entry.transaction.tip, entry.submitted, 0) for entry in entries]
        prices = [self.ordering.price(request, self.fee, False) for request in requests]
        if not all(self._can_pay(entry, price) for entry, price in zip(entries, prices, strict=True)):
            return None
        receipts, failure = execute_all(self, [(entry.sender, entry.transaction, entry.gas) for entry in entries], now)
        if failure is not None:
            return None
        done = zip(entries, receipts, prices, strict=True)
        return [(entry.sender, self._charge(entry, receipt, price)) for entry, receipt, price in done]

    def audit(self) -> Iterator[Identity]:
        """Purses are what the chain's account holds of the gas token, and none is below zero."""
        purses, held = self.purses.data[0], self.ledger.balance(self.params.gas_token, self.account)
        yield Identity(f"chain.{self.name} purses", float(purses.sum()), held, float(np.abs(purses).sum()) + abs(held))
        low = float(purses.min(initial=0.0))
        if low < 0.0:
            yield Identity(f"chain.{self.name} lowest purse", low, 0.0, 0.0)

    def _include(self, entry: Pending, request: Request, now: float) -> Receipt:
        if not self._can_pay(entry, self.ordering.price(request, self.fee, False)):
            return self._refuse(entry, now, "no_gas_purse")
        receipt, failure = self._tried(entry.sender, entry.transaction, now, entry.gas)
        receipt = self._charge(entry, receipt, self.ordering.price(request, self.fee, failure is not None))
        if failure is not None:
            self._note_revert(entry.sender, failure, receipt.fee, now)
        return receipt

    def _tried(self, sender: int, transaction: Transaction, now: float, gas_limit: float) -> tuple[Receipt, Failure | None]:
        receipts, failure = execute_all(self, [(sender, transaction, gas_limit)], now)
        if failure is None:
            return receipts[0], None
        return Receipt(transaction, "reverted", now, str(failure.refusal), (), failure.gas), failure

    def _note_revert(self, sender: int, failure: Failure, fee: float, now: float) -> None:
        where = (failure.verb, failure.target, failure.refusal.reason)
        self.world.events.emit("reverts", now, self.name, self.world.accounts.name(sender), *where, failure.gas, fee)

    def _can_pay(self, entry: Pending, price: float) -> bool:
        return self.purses.get(0, entry.sender) >= entry.gas * price if entry.sender < self.purses.rows else price <= 0.0

    def _charge(self, entry: Pending, receipt: Receipt, price: float) -> Receipt:
        """The receipt with its fee, paid from the sender's purse."""
        fee = receipt.gas * price
        if fee > 0.0:
            self.purses.add(0, entry.sender, -fee)
            self.ledger.move(self.params.gas_token, self.account, OUTSIDE, fee)
            self.gas_paid += fee
        if receipt.ok or price > 0.0:
            # A sealed bid that failed is left out of the block by its builder: it pays nothing and takes no room.
            self._used += receipt.gas
            self._last_used = self._used
        return replace(receipt, fee=fee)

    def _blocks_to(self, number: int) -> float:
        """Blocks after the last one built up to block ``number``; a halt swallows those within it."""
        return number - max(self.block, self._silent)

    def _catch_up(self, now: float) -> None:
        """Let the base fee follow what was asked in the blocks that are past, of which none was built here."""
        number = math.floor((now - self.world.clock.start) / self.params.block_time + 1e-9)
        blocks = self._blocks_to(number)
        if blocks > 0:
            self.fee = self._fee_after(blocks)
            self.block, self._last_used = number, 0.0

    def _fee_after(self, blocks: float) -> float:
        return self.market.base_fee(self.fee, self.demand, self._last_used, int(blocks))

    def _refuse(self, entry: Pending, now: float, reason: str) -> Receipt:
        self.world.events.emit("refused", now, self.name, self.world.accounts.name(entry.sender), reason)
        return Receipt(entry.transaction, "expired" if reason == "expired" else "dropped", now, reason)

    def _remove(self, entry: Pending) -> None:
        self.pending.remove(entry)
