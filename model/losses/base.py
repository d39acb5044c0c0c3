"""The contract of loss rules: who bears what a liquidation leaves uncovered."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from model.core.registry import Plugin


class LossRule(Plugin, family="losses"):
    """Splits a loss among those who can bear it. Pure; the market writes the result into its books and the audit says where it landed."""

    def __init__(self, params: Any) -> None:
        self.params = params

    @abstractmethod
    def split(self, loss: float, bearers: Mapping[str, float]) -> dict[str, float]:
        """Parts of ``loss`` (debt tokens) by bearer; ``bearers`` maps each possible bearer (``reserves``, ``stability_pool``,
        ``backstop``, ``lenders``, ``others``, ``treasury``, ``governance``: buyers of newly minted governance tokens, ``deficit``) to its
        capacity. The parts add up to ``loss``; what nobody can bear is under ``deficit``. Bearers of nothing are left out.

        Raises:
            ValueError: the loss is negative or not finite.
        """


class Ladder:
    """A loss on its way down: each step takes what it can, the rest is the deficit."""

    __slots__ = ("bearers", "left", "parts")

    def __init__(self, loss: float, bearers: Mapping[str, float]) -> None:
        if not 0.0 <= loss < math.inf:
            raise ValueError(f"loss {loss}: allowed are finite losses of 0 or more")
        self.left = loss
        self.bearers = bearers
        self.parts: dict[str, float] = {}

    def bear(self, bearer: str, most: float = math.inf) -> None:
        """Lay on ``bearer`` what is left, up to its capacity and ``most``."""
        part = min(self.left, max(self.bearers.get(bearer, 0.0), 0.0), most)
        if part > 0.0:
            self.parts[bearer] = self.parts.get(bearer, 0.0) + part
            self.left -= part

    def close(self) -> dict[str, float]:
        """The parts; what is left is under ``deficit``."""
        if self.left > 0.0:
            self.parts["deficit"] = self.parts.get("deficit", 0.0) + self.left
            self.left = 0.0
        return self.parts
