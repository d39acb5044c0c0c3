"""Volatility measured from sampled prices, robust to jumps: a pool that ran dry and filled again is no volatility."""

from __future__ import annotations

import math
from collections import deque
from statistics import median
from typing import Final

_BLOCK: Final = 5
_SCALE: Final = 1.623597
"""Variance of a normal return over the mean square of the median of five absolute ones."""


class RobustVariance:
    """Variance per second of a log price: the exponentially weighted mean of scaled squared medians of five neighbouring absolute returns.

    Two wild returns among five, the fall and the return of a price that was wrong, count for nothing; a fall that goes on for several
    samples counts.

    Source: Andersen, Dobrev, Schaumburg 2012 (Journal of Econometrics 169), MedRV, with the blocks of five of their robust neighbourhood
    truncation (2014, Econometric Theory 30); weights as RiskMetrics.
    """

    def __init__(self, variance: float, half_life: float) -> None:
        self.value = variance
        self._half_life = half_life
        self._last: tuple[float, float] | None = None
        self._moves: deque[float] = deque(maxlen=_BLOCK)

    def see(self, now: float, price: float) -> None:
        """Take in a sample: time (seconds) and price; what is no price is left out."""
        if not 0.0 < price < math.inf:
            return
        if self._last is not None and now > self._last[0]:
            time, before = self._last
            passed = now - time
            self._moves.append(abs(math.log(price / before)) / math.sqrt(passed))
            if len(self._moves) == _BLOCK:
                kept = 2.0 ** (-passed / self._half_life)
                self.value = kept * self.value + (1.0 - kept) * _SCALE * median(self._moves) ** 2
        self._last = (now, price)
