"""Curves by which the price of a Dutch auction falls. ``elapsed`` is in seconds since the start, prices in any unit.

Source: MakerDAO Liquidation 2.0, abaci.sol (LinearDecrease, StairstepExponentialDecrease, ExponentialDecrease).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol


class Curve(Protocol):
    """A price path that starts at ``top``."""

    def price(self, top: float, elapsed: float) -> float:
        """Price ``elapsed`` seconds after the start."""


@dataclass(frozen=True, slots=True)
class Linear:
    """Falls to zero in ``tau`` seconds: top * (1 - t/tau)."""

    tau: float

    def __post_init__(self) -> None:
        if not 0.0 < self.tau < math.inf:
            raise ValueError(f"tau {self.tau}: the auction never falls; allowed are lengths above 0 seconds")

    def price(self, top: float, elapsed: float) -> float:
        """Price ``elapsed`` seconds after the start."""
        return top * (self.tau - elapsed) / self.tau if elapsed < self.tau else 0.0


@dataclass(frozen=True, slots=True)
class Stairstep:
    """Multiplied by ``cut`` every ``step`` seconds."""

    cut: float
    step: float

    def __post_init__(self) -> None:
        if not 0.0 < self.cut < 1.0 or not 0.0 < self.step < math.inf:
            raise ValueError(
                f"cut {self.cut}, step {self.step}: the auction never falls; allowed are cuts in (0, 1), steps above 0 seconds"
            )

    def price(self, top: float, elapsed: float) -> float:
        """Price ``elapsed`` seconds after the start."""
        # Block times are floats: a step that is due is not missed for a rounding of the difference.
        return float(top * self.cut ** math.floor(elapsed / self.step + 1e-9))


@dataclass(frozen=True, slots=True)
class Exponential:
    """Multiplied by ``cut`` every second."""

    cut: float

    def __post_init__(self) -> None:
        if not 0.0 < self.cut < 1.0:
            raise ValueError(f"cut {self.cut}: the auction never falls; allowed are cuts in (0, 1)")

    def price(self, top: float, elapsed: float) -> float:
        """Price ``elapsed`` seconds after the start."""
        return float(top * self.cut**elapsed)
