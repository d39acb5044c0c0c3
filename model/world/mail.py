"""Messages by number: on their way until they are due, processed once; late, twice or out of order they neither create nor lose value."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any

from model.core.draws import Stream
from model.core.journal import Register
from model.world.target import Target


@dataclass(frozen=True, slots=True)
class Lateness:
    """What happens to messages while a disturbance lasts, drawn by their number: each is late by ``extra`` seconds and up to ``shuffle``
    more (uniform, so that one may overtake another), and a share ``repeated`` of them come twice, the copy late by a draw of its own.
    """

    draws: Stream
    extra: float
    shuffle: float
    repeated: float

    def seconds(self, number: int) -> float:
        """By how much a message is late."""
        return self.extra + self.shuffle * self.draws.uniform(number)

    def comes_again(self, number: int) -> float | None:
        """By how much its copy is late, which may come before itself; None for one that comes once only."""
        if self.repeated <= 0.0 or self.draws.uniform(number, number=1) >= self.repeated:
            return None
        return self.extra + self.shuffle * self.draws.uniform(number, number=2)


class Mail(Target):
    """A target that sends messages to itself on other chains: frozen dataclasses with ``number``, ``sent`` and ``due`` (seconds).

    Arrivals happen at their second (``next_due``, ``settle``), or when what holds them up has ended. A kind implements ``ready_at``,
    ``deliver`` and ``note_copy``, and keeps its messages in ``messages``.
    """

    messages: Register[int, Any]
    """Messages not yet processed, by number."""
    copies: Register[int, Any]
    """Messages that will come a second time, with the time at which they do."""
    late: tuple[Lateness, ...] = ()
    """Disturbances that last."""

    def open_mail(self) -> None:
        """Have no messages yet; called when it is put in place."""
        self.messages = Register(self.world.journal)
        self.copies = Register(self.world.journal)

    @abstractmethod
    def ready_at(self, message: Any) -> float:
        """Time from which a message can be processed: when it is due, and nothing holds it up."""

    @abstractmethod
    def deliver(self, number: int) -> float:
        """Process a message now, early, late or out of order; returns the tokens settled, 0 for one that was processed before."""

    @abstractmethod
    def note_copy(self, message: Any) -> None:
        """Write the event of a message that came again, and was known."""

    def arrives(self, message: Any) -> bool:
        """Whether a message is processed by itself when it is ready."""
        return True

    def turn(self, message: Any) -> tuple[float, int]:
        """Order in which messages are processed that can be at the same time: by when they are due, and number."""
        return message.due, message.number

    def next_due(self) -> float:
        """Time of the next arrival; after the halt that holds it up, infinity when there is none."""
        if not self.messages and not self.copies:
            return math.inf
        return min((self.ready_at(one) for one in (*self.messages.values(), *self.copies.values()) if self.arrives(one)), default=math.inf)

    def settle(self, now: float) -> None:
        """Process what is due, in turn."""
        coming = [(one, False) for one in self.messages.values()] + [(one, True) for one in self.copies.values()]
        due = [(one, again) for one, again in coming if self.arrives(one) and self.ready_at(one) <= now]
        for message, again in sorted(due, key=lambda item: self.turn(item[0])):
            if again:
                del self.copies[message.number]
            if again and message.number not in self.messages:
                self.note_copy(message)
            self.deliver(message.number)

    def postpone(self, number: int, seconds: float) -> None:
        """Let a message be late."""
        found = self.messages[number]
        self.messages[number] = replace(found, due=found.due + seconds)

    def disturb(self, lateness: Lateness) -> None:
        """Let messages be late and come twice from now on, those on their way among them."""
        self.late = (*self.late, lateness)
        for number, message in list(self.messages.items()):
            self.messages[number] = self._disturbed(message, lateness)

    def calm(self, lateness: Lateness) -> None:
        """End a disturbance; what it has held up stays so."""
        self.late = tuple(one for one in self.late if one is not lateness)

    def send(self, message: Any) -> None:
        """Put a message on its way."""
        for lateness in self.late:
            message = self._disturbed(message, lateness)
        self.messages[message.number] = message

    def _disturbed(self, message: Any, lateness: Lateness) -> Any:
        again = lateness.comes_again(message.number)
        if again is not None and self.arrives(message) and message.due < math.inf:
            self.copies[message.number] = replace(message, due=message.due + again)
        return replace(message, due=message.due + lateness.seconds(message.number))
