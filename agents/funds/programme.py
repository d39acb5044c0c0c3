"""Kind ``programme``: a fund that sells given amounts over given periods, whatever the price."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from pydantic import field_validator

from agents.base import AgentParams, EcosystemAgent, Given, Population
from model.core.actions import Receipt, Swap, Transaction
from model.core.draws import Stream
from model.core.params import Params, param
from model.core.units import parse_time
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import Timer


class SaleParams(Params):
    """One stretch of a programme: ``amount`` sold evenly from ``start`` to ``end``."""

    start: str = param(unit="ISO 8601", description="First sale")
    end: str = param(unit="ISO 8601", description="Last sale")
    amount: float = param(unit="token", ge=0, description="Amount sold in all")

    @field_validator("start", "end")
    @classmethod
    def _is_a_time(cls, value: str) -> str:
        parse_time(value)
        return value


class ProgrammeParams(AgentParams):
    """A fund's selling programme."""

    venue: str = param(unit="venue", description="Where it sells")
    token: str = param(unit="token", description="What it sells")
    into: str = param(unit="token", description="What it sells for")
    programme: tuple[SaleParams, ...] = param((), unit="table", description="Stretches of the programme")
    scale: float = param(1.0, unit="1", ge=0, description="Factor on every amount")
    period: float = param(1_800.0, unit="seconds", gt=0, description="Time between sales")
    purse: float = param(100.0, unit="gas token", ge=0, description="Gas token set aside for fees, each account")
    least_price: float = param(0.0, unit="into per token", ge=0, description="Price below which a slice waits for the next sale")


class ProgrammeFund(EcosystemAgent):
    """Sells what is due by the clock; a slice that did not fill is sold with the next one."""

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream) -> None:
        super().__init__(model, account, index, params, draws)
        self.sold = 0.0
        self._before = self._scheduled(model.world.clock.start)
        self._asked = 0.0

    def wakes(self) -> Iterable[Timer]:
        """Every period, at a phase of its own."""
        period = self.params.period
        return (Timer(self.model.world.clock.start + period * self.draws.uniform(self.index), period),)

    def due(self, now: float) -> float:
        """Amount of the run's part of the programme that should have been sold by ``now`` (tokens)."""
        return self._scheduled(now) - self._before

    def _scheduled(self, now: float) -> float:
        total = 0.0
        for stretch in self.params.programme:
            start, end = parse_time(stretch.start), parse_time(stretch.end)
            share = (now - start) / (end - start) if end > start else float(now >= start)
            total += stretch.amount * min(max(share, 0.0), 1.0)
        return total * float(self.params.scale)

    def decide(self, view: View) -> Sequence[Transaction]:
        """Sell what is behind schedule."""
        params = self.params
        amount = min(self.due(view.now) - self.sold, view.balance(params.token))
        if amount <= 1e-9:
            return []
        venue = view.venue(params.venue)
        if venue.spot(params.token, params.into) < params.least_price:
            return []
        self._asked = amount
        swap = Swap(target=params.venue, sell=params.token, buy=params.into, amount=amount, min_received=amount * params.least_price)
        return [Transaction((swap,), tip=self.tip, expires_at=view.now + params.period)]

    def receive(self, receipt: Receipt) -> None:
        """Count what was sold."""
        if receipt.ok:
            self.sold += self._asked


class ProgrammeFunds(Population, kind="programme"):
    """One fund that holds what its programme sells."""

    role: ClassVar[str] = "funds"
    Params = ProgrammeParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Endow the fund with the whole programme and enrol it."""
        world, params = model.world, self.params
        accounts = world.accounts.open_many(name, 1)
        total = sum(stretch.amount for stretch in params.programme) * params.scale
        self.endow(world, params.chain, accounts, {params.token: total})
        model.enrol(ProgrammeFund(model, accounts[0], 0, params, world.draws[name]))
