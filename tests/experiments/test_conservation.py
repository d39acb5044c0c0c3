"""Tokens are conserved across chains at every tick of every scenario, of its variants and of the twins W0 and W00: every identity of the
audit, and all there is of wrapped forms told from the ledgers alone.
"""

from __future__ import annotations

from typing import Any

import pytest

from experiments.inputs import Inputs
from experiments.load import load, scenario_names
from experiments.run import end_of, open_ecosystem, release
from model.core.units import DAY
from tests.bridges.backing import check_backing

CASES = [(name, variant) for name in scenario_names() for variant in ("W", *load(name).scenario.variants)]
TWINS = {"W": [], "W0": ["liquidation"], "W00": ["liquidation", "deleveraging"]}
TICKS = 200
"""Ticks of a whole run here: longer ones than the scenarios', so that all of them take minutes."""


def conserved(name: str, changes: dict[str, Any]) -> int:
    """Run with the audit on; returns the number of ticks."""
    scenario = load(name, {**changes, "run.audited": True}).scenario
    model = open_ecosystem(scenario, 1, Inputs())
    ticks = 0
    try:
        while model.world.clock.now < end_of(scenario) - 1e-6:
            model.step()
            check_backing(model.world)
            ticks += 1
    finally:
        release(model)
    return ticks


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_begins_conserved(name: str) -> None:
    tick = load(name).scenario.run.tick
    assert conserved(name, {"run.days": 30 * tick / DAY}) == 30


@pytest.mark.slow
@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize(("name", "variant"), CASES)
def test_every_scenario_is_conserved_at_every_tick(name: str, variant: str, twin: str) -> None:
    scenario = load(name).scenario
    changes = scenario.variants.get(variant, {})
    tick = max(scenario.run.tick, scenario.run.days * DAY / TICKS)
    assert conserved(name, {**changes, "run.tick": tick, "run.sterile": TWINS[twin]}) == round(scenario.run.days * DAY / tick)
