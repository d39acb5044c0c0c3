"""The same scenario at several lows of one token: what its price falls to decides which liquidations help and who is left uncovered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from experiments.load import load
from experiments.run import run
from experiments.scenario import Scenario
from model.core.errors import BadInput, Fault
from model.core.units import DAY, HOUR

FIGURES = ("liquidated_value", "harmful_value")
"""Outcomes shown of every run, beside the insolvency of every market."""


@dataclass(frozen=True, slots=True)
class Fall:
    """How the price gets to its low: at ``par`` until ``starts``, log-linear within ``over``, and stays (hours from the run's start)."""

    token: str
    par: float = 1.0
    starts: float = 2.0
    over: float = 1.0

    def path(self, low: float, days: float) -> dict[str, Any]:
        """The price process of a fall to ``low`` times par."""
        times = [0.0, self.starts * HOUR, (self.starts + self.over) * HOUR, max(days * DAY, (self.starts + self.over) * HOUR + 1.0)]
        return {"kind": "table", "from_start": True, "times": times, "values": [self.par, self.par, low * self.par, low * self.par]}


def fallen(name: str, overrides: Mapping[str, Any], fall: Fall, low: float) -> Scenario:
    """The scenario with the token's price replaced.

    Raises:
        BadInput: the token has no exogenous price, or the scenario records no harm or insolvency (``[measures]``).
    """
    scenario = load(name, dict(overrides)).scenario
    if fall.token not in scenario.prices:
        raise BadInput([Fault("--token", repr(fall.token), f"one of {', '.join(scenario.prices)}")])
    if not scenario.measures.harm or not scenario.measures.insolvency:
        raise BadInput([Fault("measures", "harm or insolvency not recorded", "measures.harm = true and markets in measures.insolvency")])
    return load(name, {**overrides, f"prices.{fall.token}": fall.path(low, scenario.run.days)}).scenario


def rows_of(
    name: str, variants: Mapping[str, Mapping[str, Any]], fall: Fall, lows: Sequence[float], seeds: Sequence[int],
    progress: Callable[[float], None] | None = None,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """One row per variant, low and seed: its figures at the end of the run (USD)."""
    total = len(variants) * len(lows) * len(seeds)
    count = 0
    for variant, overrides in variants.items():
        for low in lows:
            scenario = fallen(name, overrides, fall, low)
            for seed in seeds:
                last = run(scenario, seed).series.iloc[-1]
                figures = {figure: float(last[figure]) for figure in FIGURES}
                figures |= {f"insolvency.{market}": float(last[f"insolvency.{market}"]) for market in scenario.measures.insolvency}
                count += 1
                if progress is not None:
                    progress(count / total)
                yield {"variant": variant, "low": low, "seed": seed, **figures}


def medians(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Median over seeds, one row per variant and low, in the order in which they were run."""
    frame = pd.DataFrame(rows)
    return frame.drop(columns="seed").groupby(["variant", "low"], sort=False).median().reset_index()
