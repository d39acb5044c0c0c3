"""Units of the model: amounts in tokens, rates per year as decimals, thresholds as fractions, time in seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

MINUTE: Final = 60.0
HOUR: Final = 3_600.0
DAY: Final = 86_400.0
YEAR: Final = 31_536_000.0
"""Seconds of a 365-day year, the convention of Aave (MathUtils.SECONDS_PER_YEAR), Morpho and Maker."""

BPS: Final = 1e-4
GWEI: Final = 1e-9

AUDIT_TOLERANCE: Final = 1e-9
"""Tolerance of every conservation identity, relative to gross (not net) holdings."""

MARGIN: Final = 1e-9
"""Margin with which a vectorised pass selects candidates; a scalar computation then decides."""


def parse_time(text: str | int | float | datetime) -> float:
    """Seconds since 1970-01-01 UTC of an ISO 8601 date or date-time (UTC where no zone is given).

    Raises:
        ValueError: the text is not an ISO 8601 date.
    """
    if isinstance(text, int | float):
        return float(text)
    moment = text if isinstance(text, datetime) else datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()


def format_time(seconds: float) -> str:
    """ISO 8601 date-time in UTC, to the second."""
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
