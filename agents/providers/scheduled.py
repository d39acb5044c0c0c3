"""Kind ``scheduled``: a liquidity provider that leaves and returns by a given schedule, in proportion to the pool.

The liquidity that left a pool is an input where its flows were recorded; what the tokens are worth by then is not.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from pydantic import field_validator

from agents.base import AgentParams, EcosystemAgent, Given, Population
from model.core.actions import Action, AddLiquidity, RemoveLiquidity, Transaction
from model.core.draws import Stream
from model.core.params import param
from model.core.units import parse_time
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import Timer


class ScheduledParams(AgentParams):
    """A provider with a schedule."""

    venue: str = param(unit="venue", description="Pool")
    share: float = param(1.0, unit="fraction", gt=0, le=1, description="Share of the genesis liquidity that it holds")
    schedule: dict[str, float] = param({}, unit="fraction", description="Time (ISO 8601) -> share of the pool's genesis shares outstanding")
    period: float = param(3_600.0, unit="seconds", gt=0, description="Time between steps")
    purse: float = param(100.0, unit="gas token", ge=0, description="Gas token set aside for fees, each account")

    @field_validator("schedule")
    @classmethod
    def _is_sorted(cls, value: dict[str, float]) -> dict[str, float]:
        times = [parse_time(text) for text in value]
        if times != sorted(set(times)):
            raise ValueError("times in ascending order, each once")
        if any(not 0.0 <= share <= 2.0 for share in value.values()):
            raise ValueError("shares from 0 to 2")
        return value


class ScheduledProvider(EcosystemAgent):
    """``genesis`` is the pool's shares at the start. Removes in proportion as the schedule falls, adds its own tokens back in the pool's
    proportion as it rises.
    """

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream, genesis: float) -> None:
        super().__init__(model, account, index, params, draws)
        self.genesis = genesis
        self._times = [parse_time(text) for text in params.schedule]

    def wakes(self) -> Iterable[Timer]:
        """Every period while there is a schedule."""
        period = self.params.period
        return (Timer(self.model.world.clock.start + period, period),) if self.params.schedule else ()

    def target(self, now: float) -> float:
        """Scheduled share of the genesis liquidity at ``now``, linear between the schedule's times."""
        times = self._times
        shares = list(self.params.schedule.values())
        place = bisect_right(times, now)
        if place == 0:
            return float(shares[0])
        if place == len(times):
            return float(shares[-1])
        weight = (now - times[place - 1]) / (times[place] - times[place - 1])
        return float(shares[place - 1] + weight * (shares[place] - shares[place - 1]))

    def decide(self, view: View) -> Sequence[Transaction]:
        """Move towards the schedule."""
        params = self.params
        venue = view.venue(params.venue)
        pool = venue.pool()
        genesis = self.genesis
        held = view.balance(params.venue)
        gap = self.target(view.now) * genesis - pool.shares
        if abs(gap) < 1e-6 * genesis:
            return []
        actions: tuple[Action, ...]
        if gap < 0.0:
            shares = min(-gap, held)
            actions = (RemoveLiquidity(target=params.venue, shares=shares),) if shares > 0.0 else ()
        else:
            own = [view.balance(token) for token in venue.tokens]
            part = min([gap / pool.shares] + [amount / reserve for amount, reserve in zip(own, pool.balances, strict=True)])
            amounts = tuple((token, reserve * part) for token, reserve in zip(venue.tokens, pool.balances, strict=True))
            actions = (AddLiquidity(target=params.venue, amounts=amounts),) if part > 1e-6 else ()
        return [Transaction(actions, tip=self.tip, expires_at=view.now + params.period)] if actions else []


class ScheduledProviders(Population, kind="scheduled"):
    """One provider with a share of a pool's genesis liquidity."""

    role: ClassVar[str] = "providers"
    Params = ScheduledParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Take over the share from the pool's first provider and enrol."""
        world, params = model.world, self.params
        ledger = world.ledgers[params.chain]
        accounts = world.accounts.open_many(name, 1)
        self.endow(world, params.chain, accounts, {})
        genesis = ledger.supply(params.venue)
        ledger.move(params.venue, world.accounts.of(f"providers of {params.venue}"), accounts[0], genesis * params.share)
        model.enrol(ScheduledProvider(model, accounts[0], 0, params, world.draws[name], genesis))
