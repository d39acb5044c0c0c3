"""The world: passive, settles what it is asked, closed under audit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeVar

from model.core.clock import Clock
from model.core.draws import Draws
from model.core.errors import Refused
from model.core.events import EventLog
from model.core.journal import Journal
from model.world.accounts import OUTSIDE, Accounts
from model.world.audit import Identity
from model.world.board import PriceBoard
from model.world.exit_queue import ExitQueue
from model.world.ledger import Ledger

if TYPE_CHECKING:
    from model.world.chain import Chain
    from model.world.target import Target

State = tuple[int, int, float]
T = TypeVar("T")


class World:
    """Everything that exists: accounts, one ledger per chain, targets by name, the price board, events.

    ``sterile`` names the purposes (``liquidation``, ``deleveraging``) whose sales are filled from ``outside`` at the pre-trade price
    and move no venue: the twin runs W0 and W00.
    """

    def __init__(self, clock: Clock, draws: Draws, sterile: frozenset[str] = frozenset()) -> None:
        self.clock = clock
        self.draws = draws
        self.sterile = sterile
        self.journal = Journal()
        self.events = EventLog(self.journal)
        self.accounts = Accounts()
        self.board = PriceBoard(self)
        self.ledgers: dict[str, Ledger] = {}
        self.chains: dict[str, Chain] = {}
        self.targets: dict[str, Target] = {}
        self.exit_queues: dict[tuple[str, str], ExitQueue] = {}
        """The validators' queue of each native token that is at stake, by chain and token."""
        self.target_accounts: set[int] = set()
        """Accounts of markets, venues, claims, bridges: what they hold is booked by their own verbs alone."""
        self.arrivals = 0
        """Rises whenever something has happened that no transaction asked for: a claim has accrued, a message has arrived."""
        self._numbers: dict[str, int] = {}

    @property
    def state(self) -> State:
        """Writes, moves of true prices and the clock: while it stands, whatever is read is as it was."""
        return (self.journal.writes, self.board.moves, self.clock.now)

    def add(self, target: Target) -> None:
        """Put a target in place under its name.

        Raises:
            ValueError: the name is taken.
        """
        if target.name in self.targets:
            raise ValueError(f"name {target.name!r} is taken")
        self.targets[target.name] = target
        self.target_accounts.update((target.account, *target.accounts()))

    def add_chain(self, chain: Chain) -> None:
        """Put a chain in place; its ledger must stand already (see :meth:`open_ledger`)."""
        self.add(chain)
        self.chains[chain.name] = chain

    def open_ledger(self, chain: str) -> Ledger:
        """The ledger of a chain, opened at first asking."""
        if chain not in self.ledgers:
            self.ledgers[chain] = Ledger(chain, self.journal, self.accounts)
        return self.ledgers[chain]

    def exit_queue(self, chain: str, token: str) -> ExitQueue:
        """The exit queue of a native token of a chain, opened at first asking."""
        if (chain, token) not in self.exit_queues:
            self.exit_queues[chain, token] = ExitQueue(self.journal, chain, token, self.clock.now)
        return self.exit_queues[chain, token]

    def target(self, name: str, chain: str) -> Target:
        """The target called ``name`` on ``chain``.

        Raises:
            Refused: ``no_such_target`` (also where it stands on another chain).
        """
        found = self.targets.get(name)
        if found is None or (found.chain != chain and chain not in found.chains):
            raise Refused("no_such_target", f"{name} on {chain}")
        return found

    def check_holder(self, account: int) -> None:
        """Refuse (``not_a_holder``) an account that nobody has, and those of markets, venues and bridges: what these hold is changed by
        their own verbs alone. The boundary account ``outside`` may be given to.
        """
        if not 0 <= account < self.accounts.count:
            raise Refused("not_a_holder", f"account {account}")
        if account in self.target_accounts and account != OUTSIDE:
            raise Refused("not_a_holder", self.accounts.name(account))

    def all(self, cls: type[T]) -> list[T]:
        """All targets of a class, in the order in which they were put in place."""
        return [target for target in self.targets.values() if isinstance(target, cls)]

    def number(self, what: str) -> int:
        """The next number of a series (liquidations, unwindings, messages). Gaps left by reverts are harmless."""
        self._numbers[what] = number = self._numbers.get(what, -1) + 1
        return number

    def identities(self) -> Iterator[Identity]:
        """Every conservation identity of the world."""
        for ledger in self.ledgers.values():
            yield from ledger.audit()
        for target in self.targets.values():
            yield from target.audit()
        for queue in self.exit_queues.values():
            yield from queue.audit()

    def audit(self) -> list[Identity]:
        """The identities that do not hold; empty in a sound world."""
        return [identity for identity in self.identities() if not identity.holds]
