"""Dated values, as a scenario ships them: what the kinds ``table`` and ``anchors`` are made of."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

import numpy as np
from pydantic import Field, ValidationInfo, field_validator

from model.core.draws import Floats
from model.core.moment import Moment
from model.core.params import Params, param


class PointsParams(Params):
    """Times and values, as long as each other."""

    times: tuple[Moment, ...] = param(unit="seconds", description="Times of the values: seconds since 1970 or ISO 8601 dates (UTC), rising")
    values: tuple[Annotated[float, Field(gt=0)], ...] = param(unit="USD", description="Price at each time")
    from_start: bool = param(False, unit="1", description="Whether times are seconds since the start of the run")

    @field_validator("times")
    @classmethod
    def _rising(cls, times: tuple[float, ...]) -> tuple[float, ...]:
        # Not a bound of the field: pydantic would count what is left after other faults.
        if not times:
            raise ValueError("at least one time")
        for place, (before, after) in enumerate(pairwise(times), start=1):
            if not before < after:
                raise ValueError(f"times that rise; entry {place} ({after}) does not follow entry {place - 1} ({before})")
        return times

    @field_validator("values")
    @classmethod
    def _paired(cls, values: tuple[float, ...], info: ValidationInfo) -> tuple[float, ...]:
        times = info.data.get("times")
        if not values:
            raise ValueError("at least one value")
        if times is not None and len(times) != len(values):
            raise ValueError(f"one value for each of the {len(times)} times, found {len(values)}")
        return values

    def moments(self, start: float) -> Floats:
        """Times in seconds since 1970, for a run that starts at ``start``."""
        return np.array(self.times) + (start if self.from_start else 0.0)


def interpolate(grid: Floats, times: Floats, values: Floats) -> Floats:
    """Values at ``grid``: linear in the logarithm between ``times``, held at the ends, and at the times themselves to the bit."""
    found = np.exp(np.interp(grid, times, np.log(values)))
    place = np.searchsorted(times, grid).clip(max=len(times) - 1)
    found = np.where(times[place] == grid, values[place], found)
    return np.asarray(np.where(grid <= times[0], values[0], np.where(grid >= times[-1], values[-1], found)))
