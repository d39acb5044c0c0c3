"""The contract of an interest-rate model."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from model.core.registry import Plugin


class RateModel(Plugin, family="rates"):
    """Borrow rate of a market as a function of its utilisation. Rates are per year as decimals (0.03 = 3 %), simple, not compounded.

    Stateless kinds implement ``borrow_rate``. A kind whose curve moves (adaptive) keeps one float of state, which the market stores,
    and overrides ``start`` and ``advance``.
    """

    def __init__(self, params: Any) -> None:
        self.params = params

    @abstractmethod
    def borrow_rate(self, utilisation: float, state: float = 0.0) -> float:
        """Rate per year at ``utilisation`` (borrowed / supplied, 0 to 1)."""

    def start(self) -> float:
        """State of a fresh market."""
        return 0.0

    def advance(self, state: float, utilisation: float, seconds: float) -> tuple[float, float]:
        """Mean rate per year over the last ``seconds``, during which ``utilisation`` held, and the state after them."""
        return self.borrow_rate(utilisation, state), state

    def supply_rate(self, utilisation: float, reserve_factor: float, state: float = 0.0) -> float:
        """Rate per year that suppliers earn when the protocol keeps ``reserve_factor`` (fraction) of the interest.

        Source: Aave v3.0 DefaultReserveInterestRateStrategy and Compound v2 BaseJumpRateModelV2 (getSupplyRate), which agree.
        """
        return self.borrow_rate(utilisation, state) * utilisation * (1.0 - reserve_factor)
