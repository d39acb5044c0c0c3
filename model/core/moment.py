"""A parameter that is a moment: seconds since 1970, or a date in ISO 8601 as scenarios write it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BeforeValidator

from model.core.units import parse_time


def read_moment(raw: object) -> float:
    """Seconds of a number, an ISO 8601 text, a date or a date-time (UTC where no zone is given).

    Raises:
        ValueError: anything else.
    """
    if isinstance(raw, date) and not isinstance(raw, datetime):
        raw = raw.isoformat()
    if not isinstance(raw, str | int | float | datetime) or isinstance(raw, bool):
        raise ValueError("seconds, or an ISO 8601 date")
    return parse_time(raw)


Moment = Annotated[float, BeforeValidator(read_moment)]
"""Type of such a parameter."""
