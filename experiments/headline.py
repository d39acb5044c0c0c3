"""Headline figures of a run: a recorded outcome at its end, its lowest or its highest; published figures; distance from what happened.

``headline = ["lowest price.curve.steth/eth", "liquidated_value"]``: a bare name is the value at the end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.published import STATISTICS, published_figure, unit_of, unknown_outcomes
from experiments.scenario import Scenario
from model.core.draws import Floats
from model.core.errors import BadInput, Fault
from model.ecosystem import Ecosystem


@dataclass(frozen=True, slots=True)
class Figure:
    """One headline figure."""

    value: float
    unit: str


def split_headline(text: str) -> tuple[str, str]:
    """(statistic, outcome) of a headline entry."""
    word, space, name = text.partition(" ")
    return (word, name) if space and word in STATISTICS else ("final", text)


def check_headline(scenario: Scenario, ecosystem: Ecosystem) -> None:
    """Every headline figure, and everything that is compared with reality, is recorded.

    Raises:
        BadInput: with those that are not.
    """
    allowed = f"[{'|'.join(STATISTICS)}] and one of {', '.join(ecosystem.outcomes)}"
    faults = [
        Fault(f"headline.{place}", repr(text), allowed)
        for place, text in enumerate(scenario.headline)
        if split_headline(text)[1] not in ecosystem.outcomes
    ]
    names = [name for name in scenario.inputs.reality if name not in ecosystem.outcomes]
    faults += [Fault(f"inputs.reality.{name}", "no such outcome", f"one of {', '.join(ecosystem.outcomes)}") for name in names]
    faults += unknown_outcomes(scenario.published, ecosystem.outcomes)
    if faults:
        raise BadInput(faults)


def headline_of(
    scenario: Scenario, ecosystem: Ecosystem, series: pd.DataFrame, reality: Mapping[str, tuple[Floats, Floats]]
) -> dict[str, Figure]:
    """The scenario's headline figures (every outcome at its end where it names none), then the published figures by label, then the
    comparison with reality.
    """
    found: dict[str, Figure] = {}
    for text in scenario.headline or tuple(ecosystem.outcomes):
        word, name = split_headline(text)
        values = series[name].to_numpy(dtype=np.float64)
        values = values[np.isfinite(values)]
        found[text] = Figure(STATISTICS[word](values) if len(values) else math.nan, ecosystem.outcomes[name].unit)
    for label, entry in scenario.published.items():
        found[label] = Figure(published_figure(entry, series), unit_of(entry, ecosystem.outcomes[entry.outcome]))
    for name, (times, values) in reality.items():
        found.update(_compared(name, ecosystem.outcomes[name].unit, series, times, values))
    return found


def _compared(name: str, unit: str, series: pd.DataFrame, times: Floats, values: Floats) -> dict[str, Figure]:
    """Root-mean-square gap to the recorded course at the moments of the run that it covers, and its own lowest in that time."""
    moments = series["time"].to_numpy(dtype=np.float64)
    model = series[name].to_numpy(dtype=np.float64)
    inside = (moments >= times[0]) & (moments <= times[-1]) & np.isfinite(model)
    if not inside.any():
        return {}
    real = np.interp(moments[inside], times, values)
    during = values[(times >= moments[inside][0]) & (times <= moments[inside][-1])]
    gap = float(np.sqrt(np.mean((model[inside] - real) ** 2)))
    return {f"rms gap to reality {name}": Figure(gap, unit), f"real lowest {name}": Figure(float(during.min(initial=math.inf)), unit)}
