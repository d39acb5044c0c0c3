"""A timelock: what is proposed here takes effect on its target after a delay, in public."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model.core.actions import Govern, Transaction
from model.core.errors import Refused
from model.core.journal import Register
from model.core.params import Params, param
from model.core.units import DAY
from model.world.target import Call, Target

if TYPE_CHECKING:
    from model.world.world import World


@dataclass(frozen=True, slots=True)
class Aim:
    """Terms of a Govern action that is sent to a timelock: the target that the changes are meant for, and its own terms."""

    target: str
    terms: Any = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Changes (dotted place -> value) on their way to a target, by whom, and when they are due (seconds)."""

    number: int
    target: str
    changes: tuple[tuple[str, Any], ...]
    terms: Any
    proposer: int
    due: float


class TimelockParams(Params):
    """A timelock."""

    chain: str = param(unit="chain", description="Chain it stands on, with all that it governs")
    delay: float = param(
        2.0 * DAY, unit="seconds", ge=0, description="Time from proposal to effect", source="Compound and Aave short executors, 1 to 2 days"
    )
    targets: tuple[str, ...] = param((), unit="target", description="Markets, venues, feeds, bridges and claims that it governs")


class Timelock(Target):
    """Queues proposals and carries them out, at their second, as the governor of its targets. Who may propose: ``proposers``, everybody
    where there are none. Nothing is carried out while the chain is halted; then at once. What its target refuses is a revert event.

    Emits governance events twice: under the timelock's name when a change is queued, under the target's when it is in force.

    Raises ``Refused``: ``not_a_proposer``, ``no_such_target``, ``invalid_parameters`` without a target.

    Source: Compound Timelock.sol (queueTransaction, executeTransaction). Assumes: whoever executes pays no gas of note; votes are over.
    """

    verbs = frozenset({"govern"})

    def __init__(self, world: World, name: str, params: TimelockParams) -> None:
        super().__init__(world, name, params.chain, world.accounts.open(f"timelock {name}"))
        self.params = params
        self.proposers: tuple[int, ...] = ()
        self.queue: Register[int, Proposal] = Register(world.journal)

    def govern(self, call: Call, action: Govern) -> float:
        """Queue changes for a target (``terms``: an :class:`Aim`); returns the number of the proposal."""
        who = self.world.accounts.name(call.sender)
        if self.proposers and call.sender not in self.proposers:
            raise Refused("not_a_proposer", who)
        if not isinstance(action.terms, Aim):
            raise Refused("invalid_parameters", "a proposal names its target")
        if action.terms.target not in self.params.targets:
            raise Refused("no_such_target", f"{action.terms.target} of {self.name}")
        number = self.world.number("proposals")
        due = call.now + self.params.delay
        self.queue[number] = Proposal(number, action.terms.target, action.changes, action.terms.terms, call.sender, due)
        for place, value in action.changes:
            where = f"{action.terms.target}.{place}"
            self.world.events.emit("governance", call.now, self.chain, self.name, who, where, "queued", str(value))
        return float(number)

    def next_due(self) -> float:
        """Time at which the next proposal can be carried out."""
        due = min((proposal.due for proposal in self.queue.values()), default=math.inf)
        return max(due, self.world.chains[self.chain].halted_until)

    def settle(self, now: float) -> None:
        """Carry out what is due, in order of time and number."""
        if self.world.chains[self.chain].halted_until > now:
            return
        due = sorted((one for one in self.queue.values() if one.due <= now), key=lambda one: (one.due, one.number))
        for proposal in due:
            del self.queue[proposal.number]
            action = Govern(target=proposal.target, changes=proposal.changes, terms=proposal.terms)
            self.world.chains[self.chain].execute(self.account, Transaction((action,)), now)
            self.world.board.changed()
