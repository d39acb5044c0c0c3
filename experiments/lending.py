"""The Mesa face: a scenario as a ``mesa.Model`` that ``mesa.batch_run`` and SolaraViz can make and step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from experiments.inputs import Inputs
from experiments.load import load, read, resolved
from experiments.overrides import override
from experiments.run import end_of, open_ecosystem, record_end, recorded_rows, release, seed_of
from experiments.scenario import Scenario
from model.ecosystem import Ecosystem
from model.world.world import World


class LendingEcosystem(Ecosystem):
    """An ecosystem made from a scenario: ``LendingEcosystem("steth-2022", seed=1, **{"agents.loopers.count": 0})``.

    One step of this model is one recorded period of the scenario (``run.record``), not one tick: row s of the data collector is the state
    after step s + 1, as ``batch_run`` reads it. ``running`` turns false at the scenario's end.

    Parameters
    ----------
        scenario: name of a scenario that ships, path of a .toml file, or a :class:`Scenario`.
        seed: root seed, taken as an int; None for the scenario's own, else a fresh one from the system (``root_seed`` tells it).
        rng: a numpy generator, or whatever makes one, from which the root seed is drawn; not beside ``seed``.
        inputs: replayed prices and given accounts (``experiments.inputs.read_inputs``).
        kwargs: dotted overrides.

    Raises
    ------
        BadInput: every fault of scenario and overrides.
        ValueError: both ``seed`` and ``rng`` are given.
    """

    def __init__(
        self, scenario: str | Path | Scenario, *, seed: Any = None, rng: Any = None, inputs: Inputs | None = None, **kwargs: Any
    ) -> None:
        if seed is not None and rng is not None:
            raise ValueError("seed or rng, not both")
        if rng is not None:
            seed = np.random.default_rng(rng).integers(2**31)
        self.scenario = _scenario(scenario, kwargs)
        self.root_seed = seed_of(self.scenario, seed)
        open_ecosystem(self.scenario, self.root_seed, inputs or Inputs(), self._open)
        self._end = end_of(self.scenario)
        # Genesis is no step's row.
        self._started = True
        self._next_record += self._period

    def step(self) -> None:
        """One recorded period: ticks until a row is recorded, or to the scenario's end. After the end, nothing."""
        rows = recorded_rows(self)
        while self.running and recorded_rows(self) == rows:
            super().step()
            if self.world.clock.now >= self._end - 1e-6:
                record_end(self)
                self.running = False

    def close(self) -> None:
        """Let Mesa forget this model; a process that makes many calls it after each."""
        release(self)

    def _open(self, world: World, **given: Any) -> LendingEcosystem:
        super().__init__(world, **given)
        return self


def _scenario(scenario: str | Path | Scenario, overrides: Mapping[str, Any]) -> Scenario:
    if not isinstance(scenario, Scenario):
        return load(scenario, overrides).scenario
    if not overrides:
        return scenario
    raw, faults = override(resolved(scenario), overrides)
    return read(raw, "scenario", faults).scenario
