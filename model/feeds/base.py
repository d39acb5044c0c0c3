"""The contract of a feed: how a price is stated on chain."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from model.core.registry import Plugin


@dataclass(frozen=True, slots=True)
class Observation:
    """What one named source says now: its value, its weight (depth in the numeraire, 0 where unknown), the time it was stated."""

    value: float
    weight: float
    time: float


class Feed(Plugin, family="feeds"):
    """How a price is stated on chain. Pure: gets observations of its sources, gives the value.

    Sources are named in the kind's ``Params`` as strings that the world resolves: ``price:<token>`` (true price, for reporters only),
    ``venue:<name>`` (marginal price there), ``claim:<token>`` (exchange rate), ``feed:<name>`` (another feed's value).

    ``posted`` kinds state what a reporter last posted: ``candidate`` is what an honest reporter would post now, ``due`` whether it should.
    Other kinds are read through: ``value`` is computed at every read from sources that are on chain themselves.
    """

    posted = False

    def __init__(self, params: Any) -> None:
        self.params = params

    def sources(self) -> Sequence[str]:
        """Names of the sources, in the order in which the observations come."""
        return tuple(self.params.sources)

    def start(self) -> Any:
        """State of a fresh feed (frozen, or None)."""
        return None

    @abstractmethod
    def candidate(self, observations: Sequence[Observation], now: float, state: Any) -> float:
        """The value that follows from the sources now (numeraire per token)."""

    def due(self, last: float, last_time: float, candidate: float, now: float) -> bool:
        """Whether a posted feed should be updated (deviation or heartbeat)."""
        return False

    def observe(self, observations: Sequence[Observation], now: float, state: Any) -> Any:
        """State after an observation (accumulators, snapshots); called when the world accrues the feed."""
        return state
