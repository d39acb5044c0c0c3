"""Published figures of a replayed event, and the same figure of a run.

A scenario says, under ``[published.<label>]``, which recorded outcome answers to a published figure, what is made of its values (over the
whole run, or a window of it), the figure itself or its range, and whether it was compared, fitted to, or given as an input.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Final, Literal

import numpy as np
import pandas as pd
from pydantic import field_validator, model_validator

from model.core.draws import Floats
from model.core.errors import Fault
from model.core.params import Params, param
from model.core.units import HOUR, format_time, parse_time
from model.outcomes import Outcome

Status = Literal["compared", "fitted", "given"]
Statistic = Literal["final", "lowest", "highest", "mean", "change", "rise", "fall", "hours_until", "hours_until_below"]

STATISTICS: Final[dict[str, Callable[[Floats], float]]] = {
    "final": lambda values: float(values[-1]),
    "lowest": lambda values: float(np.min(values)),
    "highest": lambda values: float(np.max(values)),
    "mean": lambda values: float(np.mean(values)),
    "change": lambda values: float(values[-1] - values[0]),
    "rise": lambda values: float(np.max(values) - values[0]),
    "fall": lambda values: float(values[0] - np.min(values)),
}
"""Word -> what is made of an outcome's recorded values."""


class PublishedParams(Params):
    """One published figure and the outcome that answers to it."""

    outcome: str = param(unit="outcome", description="Recorded outcome that answers to it")
    statistic: Statistic = param("final", unit="word", description="What is made of its values: a statistic, or the hours until a level")
    level: float | None = param(None, unit="the outcome's", description="Level of hours_until (reached from below) and hours_until_below")
    since: str | None = param(None, unit="ISO 8601", description="Where the window begins; none: the run's start")
    hours: float | None = param(None, unit="hours", gt=0, description="Length of the window; none: to the run's end")
    low: float = param(unit="unit", description="The published figure, or the lower end of its range")
    high: float | None = param(None, unit="unit", description="Upper end of its range; none for one figure")
    scale: float = param(1.0, unit="1", gt=0, description="Outcome is multiplied by it to be in the published unit")
    unit: str = param("", unit="text", description="Published unit; the outcome's where it is empty")
    status: Status = param("compared", unit="word", description="compared: nothing was tuned to it; fitted: something was; given: an input")
    source: str = param("", unit="text", description="Where it was published")

    @field_validator("since")
    @classmethod
    def _is_a_time(cls, value: str | None) -> str | None:
        return None if value is None else format_time(parse_time(value))

    @model_validator(mode="after")
    def _is_whole(self) -> PublishedParams:
        if (self.level is None) == self.statistic.startswith("hours_until"):
            raise ValueError("a level for hours_until and hours_until_below, and for these alone")
        if self.high is not None and self.high < self.low:
            raise ValueError("high is not below low")
        return self

    @property
    def most(self) -> float:
        """Upper end of the range."""
        return self.low if self.high is None else self.high


def published_figure(entry: PublishedParams, series: pd.DataFrame) -> float:
    """The run's figure in the published unit; NaN where the outcome has no value in the window, or the level is not reached."""
    times = series["time"].to_numpy(dtype=np.float64)
    values = series[entry.outcome].to_numpy(dtype=np.float64)
    begin = times[0] if entry.since is None else parse_time(entry.since)
    inside = (times >= begin) & np.isfinite(values)
    if entry.hours is not None:
        inside &= times <= begin + entry.hours * HOUR
    if not inside.any():
        return math.nan
    if entry.level is None:
        return STATISTICS[entry.statistic](values[inside]) * entry.scale
    reached = values <= entry.level if entry.statistic == "hours_until_below" else values >= entry.level
    hits = times[inside & reached]
    return float(hits[0] - begin) / HOUR if len(hits) else math.nan


def unit_of(entry: PublishedParams, outcome: Outcome) -> str:
    """Unit of a published figure."""
    return entry.unit or ("hours" if entry.level is not None else outcome.unit)


def unknown_outcomes(published: dict[str, PublishedParams], outcomes: dict[str, Outcome]) -> Iterator[Fault]:
    """Entries that name an outcome that is not recorded."""
    for label, entry in published.items():
        if entry.outcome not in outcomes:
            yield Fault(f"published.{label}.outcome", repr(entry.outcome), f"one of {', '.join(outcomes)}")
