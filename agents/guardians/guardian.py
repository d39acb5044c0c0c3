"""Kind ``guardian``: an account that may change parameters, and does so some time after it sees a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self

from pydantic import model_validator

from agents.base import AgentParams, EcosystemAgent, Given, Population
from agents.proposing import govern_action, may_govern
from model.core.actions import Receipt, Transaction
from model.core.draws import Stream
from model.core.params import param
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import On, Timer, Watch

_PATIENCE = 60.0
"""Seconds between looks while its own action is on its way."""


class GuardianParams(AgentParams):
    """One guardian, one target, one set of changes: a freeze, a loan-to-value of zero, a cap, a rate curve, a threshold, a bridge's limit.
    With ``lifts`` it is a circuit breaker.
    """

    target: str = param(unit="target", description="Market, venue, feed, bridge or claim that it acts on")
    changes: dict[str, Any] = param(unit="value by dotted place", min_length=1, description="Parameters of the target and their new values")
    through: str | None = param(None, unit="timelock", description="Timelock that its action passes; none to act directly")
    at: float | None = param(None, unit="seconds", ge=0, description="Act at this time after the start of the run")
    after: str | None = param(None, unit="shock", description="Act after this shock has begun")
    when: str | None = param(None, unit="quantity", description="Act when this quantity crosses the level")
    level: float = param(0.0, unit="as the quantity", description="Level of the quantity")
    side: str = param("above", unit="above or below", pattern="^(above|below)$", description="Side on which the quantity must be")
    reaction: float = param(0.0, unit="seconds", ge=0, description="Time from the reason to the action")
    lifts: float | None = param(None, unit="seconds", gt=0, description="Time after which it puts the old values back; none for never")

    @model_validator(mode="after")
    def _has_a_reason(self) -> Self:
        if (self.at is not None) + (self.after is not None) + (self.when is not None) != 1:
            raise ValueError("one reason: at (a time), after (a shock) or when (a quantity)")
        return self


class Guardian(EcosystemAgent):
    """Waits for its reason, then for its reaction time, then changes the parameters; tries again while it is refused."""

    most_pending: ClassVar[int] = 2

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream) -> None:
        super().__init__(model, account, index, params, draws)
        self._due: float | None = None
        self._before: dict[str, Any] | None = None
        self._acting = self._lifted = False
        self.acted_at: float | None = None

    def wakes(self) -> Iterable[Watch | Timer | On]:
        """The reason."""
        params = self.params
        if params.at is not None:
            return (Timer(self.model.world.clock.start + params.at),)
        if params.after is not None:
            return (On("shocks", params.after),)
        return (Watch(params.when, params.level, params.side),)

    def decide(self, view: View) -> Sequence[Transaction]:
        """Note the reason, act when the reaction time is over, lift when that is due."""
        if self._acting:
            self.ask_again = view.now + _PATIENCE
            return []
        if self._due is None:
            if not self._has_reason(view):
                return []
            self._due = view.now + self.params.reaction
        if self.acted_at is not None and self.params.lifts is None:
            return []
        if view.now < self._due:
            self.ask_again = self._due
            return []
        if self._before is None:
            self._before = {place: view.parameter(self.params.target, place) for place in self.params.changes}
        if self.params.lifts is not None:
            self.ask_again = view.now + _PATIENCE
        return self._govern(self.params.changes if self.acted_at is None else self._before)

    def receive(self, receipt: Receipt) -> None:
        """Acted, or lifted: then it is armed again. Who is refused is asked again after a while."""
        self._acting = False
        if not receipt.ok:
            return
        if self.acted_at is None:
            self.acted_at = receipt.time
            self._due = receipt.time + (self.params.lifts or 0.0)
        else:
            self._before, self._due, self.acted_at, self._lifted = None, None, None, True

    def _has_reason(self, view: View) -> bool:
        """The first asking is the reason itself; after a lift, a quantity may be one again, a time or a shock not."""
        params = self.params
        if not self._lifted or params.when is None:
            return not self._lifted
        value = view.quantity(params.when)
        return bool(value >= params.level if params.side == "above" else value <= params.level)

    def _govern(self, changes: dict[str, Any]) -> list[Transaction]:
        self._acting = True
        return [Transaction((govern_action(self.params.target, changes, self.params.through),), tip=self.tip)]


class Guardians(Population, kind="guardian"):
    """One guardian with the power that it needs."""

    role: ClassVar[str] = "guardians"
    Params = GuardianParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Open the account, authorise it and enrol."""
        world, params = model.world, self.params
        accounts = world.accounts.open_many(name, 1)
        self.endow(world, params.chain, accounts, {})
        may_govern(world, name, accounts[0], params.chain, params.target, params.changes, params.through)
        model.enrol(Guardian(model, accounts[0], 0, params, world.draws[name]))
