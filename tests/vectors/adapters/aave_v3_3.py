"""Recordings of Aave v3.3: as v3.0, with deficits and the dust rule."""

from __future__ import annotations

from typing import Any

from tests.vectors.adapters.aave_pool import Dialect
from tests.vectors.adapters.aave_replay import replay_trace
from tests.vectors.tally import Tally

DIALECT = Dialect(rules="aave_v3_3", base_decimals=8, base_suffix="Base")


def replay(kind: str, row: dict[str, Any], tally: Tally) -> None:
    """Replay a row of ``accrual``, ``health_factor``, ``liquidation`` or ``market``."""
    replay_trace(DIALECT, row, tally)
