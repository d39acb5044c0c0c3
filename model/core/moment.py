"""Parameters that are moments: an ISO 8601 date or date-time in a scenario, seconds since 1970 in the model."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BeforeValidator

from model.core.units import parse_time


def read_moment(raw: object) -> float:
    """Seconds since 1970-01-01 UTC of a date, a date-time or a number.

    Raises:
        ValueError: neither a date nor a number.
    """
    if isinstance(raw, date) and not isinstance(raw, datetime):
        raw = datetime(raw.year, raw.month, raw.day)
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | datetime):
        raise ValueError("an ISO 8601 date or date-time, or seconds since 1970")
    try:
        return parse_time(raw)
    except ValueError:
        raise ValueError("an ISO 8601 date or date-time, or seconds since 1970") from None


Moment = Annotated[float, BeforeValidator(read_moment)]
"""Type of a parameter that is a moment."""

OptionalMoment = Annotated[float | None, BeforeValidator(lambda raw: None if raw is None else read_moment(raw))]
"""Type of a parameter that is a moment, or None for never or always (its description says which)."""
