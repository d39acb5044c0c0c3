"""One mechanism on one path: built from the scenario ``liquidation-designs``, run, audited at every step, measured."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from experiments.designs.accounts import Ledgered
from experiments.inputs import Inputs
from experiments.load import load
from experiments.run import end_of, open_ecosystem, release, seed_of
from model.core.units import HOUR
from model.ecosystem import Ecosystem
from model.markets.base import Market

SCENARIO: Final = "liquidation-designs"
MARKET, BOOK, TOKENS = "lending", "book", ("eth", "dollar")
PATHS: Final[dict[str, dict[str, Any]]] = {"continuous": {}, "gap": {"prices.eth.times": [0.0, 3600.0, 3660.0]}}
"""The fall of 30 %, over six hours or between two ticks: overrides of the scenario."""

_MOST = 0.99


@dataclass(frozen=True, slots=True)
class Result:
    """What one mechanism did. Amounts in dollars; ``hours_to_clear`` from the first account below health 1 until 99 % of what the run
    cleared had been; ``left_open`` is what accounts below health 1 still hold at the end, up to their debt.
    """

    mechanism: str
    path: str
    bad_debt: float
    borrower_loss: float
    liquidator_profit: float
    gas: float
    price_impact: float
    lenders_and_protocol: float
    debt_cleared: float
    liquidations: int
    hours_to_clear: float
    left_open: float

    def row(self) -> dict[str, Any]:
        """Figures by name."""
        return asdict(self)


def mechanisms(scenario: str = SCENARIO) -> dict[str, dict[str, Any]]:
    """Mechanisms by name, each as overrides of the scenario: its variants."""
    return dict(load(scenario).scenario.variants)


def measure(mechanism: str, path: str, overrides: Mapping[str, Any] | None = None, seed: int | None = None) -> Result:
    """Run one mechanism on one path.

    Raises:
        BadInput: overrides that the scenario refuses.
        KeyError: no such mechanism or path.
    """
    chosen = {"run.audited": True, **mechanisms()[mechanism], **PATHS[path], **(overrides or {})}
    scenario = load(SCENARIO, chosen).scenario
    model = open_ecosystem(scenario, seed_of(scenario, seed), Inputs())
    try:
        return _played(mechanism, path, model, end_of(scenario))
    finally:
        release(model)


def _played(mechanism: str, path: str, model: Ecosystem, end: float) -> Result:
    world = model.world
    market = world.targets[MARKET]
    assert isinstance(market, Market)
    takers = [decider.account for decider in model.deciders if type(decider).__module__.split(".")[1] in ("liquidators", "arbitrageurs")]
    owners = [decider.account for decider in model.deciders if type(decider).__module__.split(".")[1] == "borrowers"]
    parties = Ledgered(model, market, BOOK, TOKENS, (range(min(owners), max(owners) + 1), takers))
    purses = _purses(model, takers)
    first, gas, cleared = math.nan, 0.0, [(world.clock.now, 0.0)]
    while world.clock.now < end - 1e-6:
        sales, swaps = world.events.count("liquidations"), world.events.count("swaps")
        model.step()
        moved = parties.observe()
        if moved:
            done = sum(sale["repaid_value"] for sale in world.events.since("liquidations", sales)) + parties.paid_into_bands(swaps)
            cleared.append((world.clock.now, cleared[-1][1] + done))
        if math.isnan(first) and (moved or model.screens[MARKET].unhealthy):
            first = world.clock.now - world.clock.tick
        left = _purses(model, takers)
        gas, purses = gas + (purses - left) * parties.price(), left
    gains = parties.gains
    return Result(
        mechanism, path, _bad_debt(model, parties), -gains.owners, gains.takers - gas, gas, gains.outside,
        gains.others, cleared[-1][1], world.events.count("liquidations"), _hours(cleared, first),
        _left_open(model, market, parties.price()),
    )  # fmt: skip


def _hours(cleared: list[tuple[float, float]], first: float) -> float:
    """Hours from ``first`` until 99 % of the total had been cleared; NaN where nothing was."""
    total = cleared[-1][1]
    moment = next(time for time, sum_so_far in cleared if sum_so_far >= _MOST * total)
    return max(moment - first, 0.0) / HOUR if total > 0.0 else math.nan


def _left_open(model: Ecosystem, market: Market, price: float) -> float:
    """Collateral of liquidatable accounts that could still be sold for their debt (debt tokens)."""
    owners = [market.book.owners[row] for row in model.screens[market.name].unhealthy]
    held = [(market.collateral_of(owner).get(TOKENS[0], 0.0) * price, sum(market.debts_of(owner).values())) for owner in owners]
    return float(sum(min(pair) for pair in held))


def _bad_debt(model: Ecosystem, parties: Ledgered) -> float:
    """Debt written off, or not covered by its account's collateral at the end; what a market notes and lets stand counts once."""
    noted = model.world.events.frame("bad_debt").groupby("borrower")["value"].sum()
    names = [model.world.accounts.name(account) for account in parties.borrowers]
    return sum(max(float(noted.get(name, 0.0)), short) for name, short in zip(names, parties.shortfalls().tolist(), strict=True))


def _purses(model: Ecosystem, accounts: list[int]) -> float:
    """Gas token left to these accounts."""
    chain = next(iter(model.world.chains.values()))
    return float(np.sum([chain.purses.get(0, account) for account in accounts]))
