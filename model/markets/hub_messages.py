"""Messages between the spokes of a hub and its chain: processed once, at their second, late, twice or out of order without harm."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from model.core.journal import Register
from model.markets.bookkeeping import Bookkeeping
from model.world.mail import Mail

if TYPE_CHECKING:
    from model.markets.hub_params import HubParams

CARRIES = frozenset({"supply", "repay", "liquidate", "pay"})
"""Kinds of messages behind which tokens stand that no book has: taken in and not yet credited, or booked and not yet paid out."""


@dataclass(frozen=True, slots=True)
class HubMessage:
    """``kind`` is supply, repay, withdraw, borrow or liquidate (to the hub) or pay (to a spoke). ``asset`` is a place in the hub's list,
    ``account`` who asked (of a payment, the recipient), ``borrower`` whose debt it is about, ``seizes`` the collateral's place, ``least``
    the least of it that the sender wants for the whole amount.
    """

    number: int
    kind: str
    account: int
    asset: int
    amount: float
    from_chain: str
    to_chain: str
    sent: float
    due: float
    borrower: int = -1
    seizes: int = -1
    least: float = 0.0


class Mailbox(Bookkeeping, Mail):
    """The messages of a hub. A message has a number and is processed once; what is delivered again is not there any more.

    Same promises as a bridge's messages (``model.bridges.base``): arrivals happen at their second, after the halt of the chain of arrival
    or of the bridge that carries them.
    """

    params: HubParams
    messages: Register[int, HubMessage]
    _next: tuple[tuple[float, ...], float] = ((), math.inf)
    _repaying: tuple[int, dict[tuple[int, int], float]] | None = None

    @abstractmethod
    def _process(self, message: HubMessage) -> float:
        """Do what a message says; returns the tokens that it settled."""

    def spoke_of(self, message: HubMessage) -> str:
        """The spoke at one end of a message."""
        return message.from_chain if message.kind != "pay" else message.to_chain

    def ready_at(self, message: HubMessage) -> float:
        """Time from which a message can arrive."""
        halted = self.world.chains[message.to_chain].halted_until if message.to_chain in self.world.chains else -math.inf
        bridge = self.world.targets.get(self.params.spokes[self.spoke_of(message)].bridge or "")
        return max(message.due, halted, getattr(bridge, "halted_until", -math.inf))

    def next_due(self) -> float:
        """Time of the next arrival."""
        halts = [self.world.chains[chain].halted_until for chain in self.chains if chain in self.world.chains]
        halts += [getattr(self.world.targets.get(spoke.bridge or ""), "halted_until", -math.inf) for spoke in self.params.spokes.values()]
        state = (self.messages.version, self.copies.version, *halts)
        if self._next[0] != state:
            self._next = state, super().next_due()
        return self._next[1]

    def deliver(self, number: int) -> float:
        """Process a message now; returns the tokens settled, 0 for one that was processed before."""
        message: HubMessage | None = self.messages.get(number)
        if message is None:
            return 0.0
        del self.messages[number]
        return self._process(message)

    def repaying(self) -> dict[tuple[int, int], float]:
        """(asset, borrower) -> tokens on their way to repay that debt, liquidations included."""
        if self._repaying is None or self._repaying[0] != self.messages.version:
            found: dict[tuple[int, int], float] = {}
            for one in self.messages.values():
                if one.kind in ("repay", "liquidate"):
                    place = (one.asset, one.borrower)
                    found[place] = found.get(place, 0.0) + one.amount
            self._repaying = self.messages.version, found
        return self._repaying[1]

    def in_flight(self, asset: int) -> float:
        """Tokens of an asset that no book has: taken in and not yet credited, or booked and not yet paid out."""
        return sum(message.amount for message in self.messages.values() if message.asset == asset and message.kind in CARRIES)

    def post(self, message: HubMessage) -> float:
        """Send a message; without a delay it is processed at once, within the transaction."""
        if message.due <= message.sent:
            return self._process(message)
        self.send(message)
        self.note_message(message, "sent", message.amount)
        return message.amount

    def note_message(self, message: HubMessage, step: str, amount: float) -> None:
        """Write a message event."""
        token = self.token_at(message.asset)
        self.world.events.emit(
            "bridge_messages", self.world.clock.now, message.from_chain, message.number, self.name, token, f"{message.kind} {step}",
            amount, message.to_chain,
        )  # fmt: skip

    def note_copy(self, message: HubMessage) -> None:
        """A message that was processed before came again."""
        self.note_message(message, "came again", 0.0)

    @abstractmethod
    def token_at(self, asset: int) -> str:
        """Token of an asset."""
