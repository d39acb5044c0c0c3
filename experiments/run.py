"""One run: a scenario, a seed and its inputs become a settled ecosystem, series, events and headline figures."""

from __future__ import annotations

import gc
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import mesa
import pandas as pd

from experiments.build import build, placing
from experiments.headline import Figure, check_headline, headline_of
from experiments.inputs import Inputs
from experiments.scenario import Scenario
from experiments.snapshots import HealthObserver, Snapshot
from model.core.errors import BadInput, Fault
from model.core.units import DAY, parse_time
from model.ecosystem import Ecosystem

Progress = Callable[[float], None]
"""Told the share of the run that is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run leaves: the ecosystem as it ended, one row per recorded moment (``time`` in seconds since 1970 and every outcome),
    headline figures, snapshots of health, and how long it took.
    """

    scenario: Scenario
    seed: int
    inputs: Inputs
    ecosystem: Ecosystem
    series: pd.DataFrame
    summary: Mapping[str, Figure]
    snapshots: list[Snapshot] = field(default_factory=list)
    seconds: float = 0.0
    ticks: int = 0

    @property
    def ticks_per_second(self) -> float:
        """Speed, building not counted."""
        return self.ticks / self.seconds if self.seconds > 0.0 else 0.0

    @property
    def units(self) -> dict[str, str]:
        """Outcome -> unit."""
        return {name: outcome.unit for name, outcome in self.ecosystem.outcomes.items()}

    def events(self, kind: str) -> pd.DataFrame:
        """All events of a kind, one row each."""
        return self.ecosystem.world.events.frame(kind)


def fresh_seed() -> int:
    """A seed from the system, small enough for every file format."""
    return secrets.randbits(31)


def seed_of(scenario: Scenario, given: int | None = None) -> int:
    """The seed that is given, else the scenario's, else a fresh one."""
    if given is not None:
        return int(given)
    return scenario.run.seed if scenario.run.seed is not None else fresh_seed()


def end_of(scenario: Scenario) -> float:
    """Last moment of a run, seconds since 1970."""
    return parse_time(scenario.run.start) + scenario.run.days * DAY


def open_ecosystem(scenario: Scenario, seed: int, inputs: Inputs, opened: Callable[..., Ecosystem] = Ecosystem) -> Ecosystem:
    """Build, and hold the result to what the scenario says of it.

    Raises:
        BadInput: a part that cannot be built, books that do not balance at genesis, or a headline figure that is not recorded.
    """
    with placing("scenario"):
        ecosystem = build(scenario, seed, inputs.prices, inputs.positions, opened, inputs.gas)
        broken = ecosystem.world.audit()
    if broken:
        raise BadInput([Fault("scenario", str(identity), "a world whose books balance at genesis") for identity in broken])
    check_headline(scenario, ecosystem)
    return ecosystem


def run(scenario: Scenario, seed: int, inputs: Inputs | None = None, progress: Progress | None = None) -> Run:
    """Build and run a scenario to its end.

    Raises:
        BadInput: see :func:`open_ecosystem`; before anything runs.
    """
    inputs = inputs or Inputs()
    ecosystem = open_ecosystem(scenario, seed, inputs)
    try:
        observer = HealthObserver(ecosystem)
        seconds, ticks = _play(ecosystem, end_of(scenario), observer, progress)
    finally:
        gc.unfreeze()
        release(ecosystem)
    series = ecosystem.datacollector.get_model_vars_dataframe().reset_index(drop=True)
    summary = headline_of(scenario, ecosystem, series, inputs.reality)
    return Run(scenario, seed, inputs, ecosystem, series, summary, observer.snapshots(), seconds, ticks)


def recorded_rows(ecosystem: Ecosystem) -> int:
    """How many rows of outcomes there are."""
    return len(ecosystem.datacollector.model_vars["time"])


def record_end(ecosystem: Ecosystem) -> None:
    """Record the last moment, where the period of recording has not."""
    times = ecosystem.datacollector.model_vars["time"]
    if not times or times[-1] < ecosystem.world.clock.now:
        ecosystem.datacollector.collect(ecosystem)


def release(ecosystem: Ecosystem) -> None:
    """Let a model go that Mesa would keep alive through its table of agents' numbers."""
    mesa.Agent._ids.pop(ecosystem, None)


def _play(ecosystem: Ecosystem, end: float, observer: HealthObserver, progress: Progress | None) -> tuple[float, int]:
    """Step to the end; returns seconds taken and ticks."""
    clock = ecosystem.world.clock
    observer.look()
    gc.freeze()  # what was built stays: the collector need not walk it again and again
    began, ticks, rows = time.perf_counter(), 0, 0
    while clock.now < end - 1e-6:
        ecosystem.step()
        ticks += 1
        if recorded_rows(ecosystem) != rows:
            rows = recorded_rows(ecosystem)
            observer.look()
            if progress is not None:
                progress((clock.now - clock.start) / (end - clock.start))
    record_end(ecosystem)
    observer.look()
    return time.perf_counter() - began, ticks
