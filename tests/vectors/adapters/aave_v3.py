"""Recordings of Aave v3.0: full market with e-mode, protocol fee on the bonus, treasury accrual; prices in USD."""

from __future__ import annotations

from typing import Any

from tests.vectors.adapters.aave_limits import replay_limit, replay_rate_strategy
from tests.vectors.adapters.aave_pool import Dialect
from tests.vectors.adapters.aave_replay import replay_trace
from tests.vectors.tally import Tally

DIALECT = Dialect(rules="aave_v3", base_decimals=8, base_suffix="Base")


def replay(kind: str, row: dict[str, Any], tally: Tally) -> None:
    """Replay a row of ``accrual``, ``health_factor``, ``limits``, ``liquidation``, ``market`` or ``rate_strategy``."""
    if kind == "rate_strategy":
        replay_rate_strategy(DIALECT, row, tally)
    elif kind in ("max_borrow", "max_withdraw"):
        replay_limit(DIALECT, row, tally)
    else:
        replay_trace(DIALECT, row, tally)
