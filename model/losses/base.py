"""The contract of loss rules: who bears what a liquidation leaves uncovered."""

from __future__ import annotations

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
        ``backstop``, ``lenders``, ``others``, ``treasury``, ``deficit``) to its capacity. The parts add up to ``loss``; what nobody can
        bear is under ``deficit``.
        """
