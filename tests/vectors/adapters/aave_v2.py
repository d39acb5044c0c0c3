"""Recordings of Aave v2: LendingPool with its collateral manager, variable debt only, prices in ETH."""

from __future__ import annotations

from typing import Any

from tests.vectors.adapters.aave_pool import Dialect
from tests.vectors.adapters.aave_replay import replay_trace
from tests.vectors.tally import Tally

DIALECT = Dialect(rules="aave_v2", base_decimals=18, base_suffix="ETH")


def replay(kind: str, row: dict[str, Any], tally: Tally) -> None:
    """Replay a row of ``liquidation`` or ``accrual``."""
    replay_trace(DIALECT, row, tally)
