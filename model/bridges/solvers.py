"""Solvers: others' inventory pays at once what comes slowly; when it is exhausted, the slow bridge's delay returns."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from model.bridges.base import Bridge, Message, Transit
from model.bridges.liquidity import fill
from model.bridges.params import BridgeParams
from model.core.actions import ALL, Collect
from model.core.actions import Bridge as Send
from model.core.errors import BadInput, Fault, Refused
from model.core.params import Amounts, param
from model.world.accounts import OUTSIDE
from model.world.audit import Identity
from model.world.target import Call

if TYPE_CHECKING:
    from model.world.world import World


class SolversParams(BridgeParams):
    """A bridge of solvers over a slow one."""

    fixed = BridgeParams.fixed | {"via", "inventory"}

    via: str = param(unit="bridge", description="Slow bridge of the same tokens, over which solvers bring their inventory back")
    delay: float = param(
        60.0, unit="seconds", ge=0, description="Time to a fill", source="solvers about 1 min from a rollup, 5-18 min to it"
    )
    fee: float = param(0.0005, unit="fraction", ge=0, lt=1, description="What solvers keep of a fill")
    inventory: Amounts = param({}, unit="token by chain", description="Genesis inventory on each chain")


class Solvers(Bridge, kind="solvers"):
    """Whoever sends is paid from the solvers' inventory on the other chain, as long as it lasts; what was sent travels there over the slow
    bridge ``via`` and fills the inventory when it arrives. A crossing larger than what is left goes over the slow bridge itself, in the
    sender's name. While the slow bridge takes nothing, solvers keep what was sent where it was sent.

    Always: tokens held + tokens coming over ``via`` - tokens owed to users = ``equity``, which fees raise. Source: Across and other intent
    bridges. Assumes: solvers act as one and bring everything back at once.
    """

    failures = frozenset({"halt", "drain"})
    Params = SolversParams
    params: SolversParams

    def __init__(self, world: World, name: str, params: Any) -> None:
        super().__init__(world, name, params)
        self.equity = 0.0

    @property
    def via(self) -> Bridge:
        """The slow bridge."""
        found = self.world.targets[self.params.via]
        assert isinstance(found, Bridge)
        return found

    def open_reserves(self) -> None:
        """Genesis: the inventories are filled, with claims from ``outside``, with native tokens anew.

        Raises:
            BadInput: the slow bridge is one of solvers too, with the path over ``via`` that shows it.
        """
        if isinstance(self.via, Solvers):
            allowed = "a bridge that is not solvers' itself: somebody has to carry the tokens"
            raise BadInput([Fault(f"bridges.{self.name}.via", " -> ".join(self._path()), allowed)])
        for chain, amount in self.params.inventory.items():
            if chain in self.tokens:
                fill(self, chain, amount)
                self.equity += amount

    def reserve(self, chain: str) -> float:
        """Inventory on ``chain`` that is promised to nobody."""
        return self.ledgers[chain].balance(self.tokens[chain], self.account) - self.in_flight(chain)

    def quote(self, from_chain: str, to_chain: str, amount: float) -> Transit:
        """The fill where inventory lasts, the slow bridge where it does not."""
        self._checked(from_chain, to_chain, amount)
        fee = self.params.fee_on(amount)
        if amount - fee > self.reserve(to_chain):
            return self.via.quote(from_chain, to_chain, amount)
        return Transit(amount - fee, fee, self.seconds(from_chain, to_chain) + self._wait(from_chain, to_chain, amount))

    def bridge(self, call: Call, action: Send) -> float:
        """Send tokens to another chain; beyond the inventory the slow bridge takes them."""
        token = self.tokens.get(call.chain)
        if token != action.token:
            raise Refused("no_route", f"{action.token} on {call.chain}")
        amount = self.ledgers[call.chain].balance(token, call.sender) if action.amount == ALL else action.amount
        self._checked(call.chain, action.to_chain, amount)
        if amount - self.params.fee_on(amount) > self.reserve(action.to_chain):
            self._recipient(call, action)
            return self.via.bridge(call, action)
        return super().bridge(call, action)

    def waiting_for(self, account: int, chain: str | None = None) -> list[Message]:
        """Unprocessed messages to ``account`` (on ``chain``), those that went over the slow bridge instead among them."""
        return [*super().waiting_for(account, chain), *self.via.waiting_for(account, chain)]

    def collect(self, call: Call, action: Collect) -> float:
        """Collect what waits for the sender here, and what went over the slow bridge instead and waits there."""
        own = {one.number for one in super().waiting_for(call.sender, call.chain) if one.due <= call.now}
        slow = {one.number for one in self.via.waiting_for(call.sender, call.chain) if one.due <= call.now}
        asked = {action.item} if action.item is not None else own | slow
        paid = self.via.collect(call, action) if asked & slow else 0.0
        return paid + super().collect(call, action) if asked & own or not asked & slow else paid

    def next_due(self) -> float:
        """Time of the next fill, or of inventory that waits on the slow bridge to be collected."""
        waiting = [self.via.collectable(message) for message in self.via.waiting_for(self.account) if message.claimed]
        return min(super().next_due(), max(min(waiting, default=math.inf), self.halted_until))

    def settle(self, now: float) -> None:
        """Collect inventory that has come back, then fill; nothing of either while the solvers are halted."""
        if self.halted_until <= now:
            for message in self.via.waiting_for(self.account):
                if message.claimed and self.via.collectable(message) <= now:
                    self.via.deliver(message.number)
        super().settle(now)

    def drain(self, amount: float, to: int = OUTSIDE) -> float:
        """Inventory is lost, chain by chain; returns what went."""
        taken = 0.0
        for chain, token in self.tokens.items():
            most = max(min(amount - taken, self.reserve(chain)), 0.0)
            taken += self.ledgers[chain].move(token, self.account, to, most)
        self.equity -= taken
        self.world.board.changed()
        self._note(-1, "drained", taken, self.chain)
        return taken

    def audit(self) -> Iterable[Identity]:
        """What solvers hold and what comes back to them is their own and what they owe."""
        held = sum(self.ledgers[chain].balance(token, self.account) for chain, token in self.tokens.items())
        coming = sum(message.amount for message in self.via.waiting_for(self.account))
        owed = self.in_flight()
        yield Identity(f"bridge.{self.name} inventory", held + coming, self.equity + owed, held + coming + owed)
        yield from self._ledger_identities()

    def _depart(self, call: Call, to_chain: str, amount: float, transit: Transit) -> float:
        token = self.tokens[call.chain]
        taken = self.ledgers[call.chain].move(token, call.sender, self.account, amount)
        own = Call(call.world, call.chain, self.account, call.now, call.because)
        try:
            back = self.via.bridge(own, Send(target=self.params.via, token=token, amount=taken, to_chain=to_chain))
        except Refused:
            back = taken
        self.equity += back - transit.received
        return transit.received

    def _payable(self, chain: str) -> float:
        return self.ledgers[chain].balance(self.tokens[chain], self.account)

    def _arrive(self, message: Message) -> float:
        chain = message.to_chain
        paid = min(message.amount, self._payable(chain))
        return self.ledgers[chain].move(self.tokens[chain], self.account, message.recipient, paid)

    def _path(self) -> list[str]:
        """Names along ``via``, until a slow bridge or one that has been named."""
        path: list[str] = []
        bridge: Bridge = self
        while isinstance(bridge, Solvers) and bridge.name not in path:
            path.append(bridge.name)
            bridge = bridge.via
        return [*path, bridge.name]
