"""Outcomes: named quantities of a run, each with unit, definition and direction, recorded at the scenario's period."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.ecosystem import Ecosystem


@dataclass(frozen=True, slots=True)
class Outcome:
    """One recorded quantity. ``better`` is ``lower``, ``higher`` or empty where neither is."""

    name: str
    unit: str
    definition: str
    read: Callable[[Ecosystem], float]
    better: str = ""
