"""The step as a table: prices, blocks, clear, record. Printable, hookable, profilable."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from model.markets.base import Market

if TYPE_CHECKING:
    from model.ecosystem import Ecosystem


@dataclass(frozen=True, slots=True)
class Phase:
    """One row of the step: its name, what it does, in words and as a function."""

    name: str
    does: str
    run: Callable[[Ecosystem], None]


def prices(ecosystem: Ecosystem) -> None:
    """Exogenous values (true prices, demand for gas) move, due shocks and governance apply, and whoever watches them is asked."""
    world = ecosystem.world
    world.board.move(world.clock.now)
    for chain in world.chains.values():
        chain.move(world.clock.now)
    ecosystem.shocks.poll()
    ecosystem.ask(ecosystem.look())


def blocks(ecosystem: Ecosystem) -> None:
    """Shocks at their second, arrivals over bridges, timers and blocks of all chains in order of time; blocks in which nothing is eligible
    are skipped.
    """
    world = ecosystem.world
    end = ecosystem.tick_end
    while True:
        timer = ecosystem.agenda.next_time()
        accrual = ecosystem.upkeep.next_accrual()
        settlement = ecosystem.upkeep.next_settlement()
        block, chain = min(((chain.next_time(), name) for name, chain in world.chains.items()), default=(math.inf, ""))
        shock = ecosystem.shocks.next_time()
        if shock >= end:
            shock = math.inf  # the next tick begins with it, after the prices
        moment = min(timer, accrual, settlement, block, shock)
        if moment > end:
            break
        world.clock.advance(max(moment, world.clock.now))
        if shock <= moment:
            ecosystem.shocks.strike()
            ecosystem.ask(ecosystem.look())
        elif accrual <= moment:
            ecosystem.upkeep.accrue_claims()
            ecosystem.ask(ecosystem.look())
        elif settlement <= moment:
            ecosystem.upkeep.settle_due()
            ecosystem.ask(ecosystem.look())
        elif timer <= moment:
            ecosystem.ask(ecosystem.agenda.due(world.clock.now))
        else:
            ecosystem.build_block(chain)
    world.clock.advance(end)


def clear(ecosystem: Ecosystem) -> None:
    """Auctions and queues that ran out; bridge messages arrive at their second, among the blocks."""
    for target in ecosystem.world.all(Market):
        for _ in target.settle_passive():
            pass


def record(ecosystem: Ecosystem) -> None:
    """Outcomes, at the scenario's period; the audit, where it is asked for."""
    ecosystem.record_if_due()


PHASES: Final = (
    Phase("prices", "exogenous values (prices, demand for gas) move; due shocks and governance apply; watchers are asked", prices),
    Phase("blocks", "shocks, arrivals, timers and blocks of all chains by time: pending transactions, then agents woken by them", blocks),
    Phase("clear", "auctions and queues that ran out", clear),
    Phase("record", "outcomes at the scenario's period", record),
)
"""The step."""
