"""The contract of a feed: how a price is stated on chain."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator

from model.core.errors import BadInput, Refused
from model.core.params import Params
from model.core.registry import Plugin


def _source(name: str) -> str:
    kind, colon, rest = name.partition(":")
    if kind not in ("price", "venue", "claim", "feed") or not colon or not rest.strip():
        raise ValueError("price:<token>, venue:<name> <token>/<numeraire>, claim:<token> or feed:<name>")
    return name


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names or len(set(names)) < len(names):
        raise ValueError("one or more sources, each named once")
    return names


Source = Annotated[str, AfterValidator(_source)]
"""Type of a parameter that names one source."""

Sources = Annotated[tuple[Source, ...], AfterValidator(_distinct)]
"""Type of a parameter that names several."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What one named source says now: its value, its weight (depth in the numeraire, 0 where unknown), the time it was stated."""

    value: float
    weight: float
    time: float

    @property
    def usable(self) -> bool:
        """Whether it is a price at all; a posted feed that was never posted says NaN."""
        return 0.0 < self.value < math.inf


class Feed(Plugin, family="feeds"):
    """How a price is stated on chain. Pure: gets observations of its sources, gives the value.

    Sources are named in the kind's ``Params`` as strings that the world resolves: ``price:<token>`` (true price, for reporters only),
    ``venue:<name>`` (marginal price there), ``claim:<token>`` (exchange rate), ``feed:<name>`` (another feed's value).

    ``posted`` kinds state what a reporter last posted: ``candidate`` is what an honest reporter would post now, ``due`` whether it should.
    Other kinds are read through: ``candidate`` is computed at every read from sources that are on chain themselves.

    A kind whose value depends on the past (``start`` is not None) keeps a frozen state: the world stores it and calls ``observe`` at
    genesis and then after every change of a source, at the latest at the end of the block. Between two calls the sources are taken
    to have stood where the earlier one found them. A feed none of whose sources states a price says NaN.
    """

    posted = False

    remote = False
    """Whether the sources stand on another chain, so that it looks at them while its own chain is halted."""

    fixed: ClassVar[tuple[str, ...]] = ()
    """Parameters that nobody may replace: what it reads."""

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

    def govern(self, changes: Mapping[str, Any]) -> Params:
        """Parameters after ``changes`` (name -> value), revalidated.

        Raises:
            Refused: ``invalid_parameters`` for unknown names, impossible values and what is fixed.
        """
        held = self.params.model_dump()
        wrong = [name for name in changes if name not in held or name in self.fixed]
        if wrong:
            raise Refused("invalid_parameters", f"no parameter that can be replaced: {', '.join(wrong)}")
        try:
            read: Params = type(self.params).read({**held, **changes})
            return read
        except BadInput as error:
            raise Refused("invalid_parameters", str(error)) from None

    def observe(self, observations: Sequence[Observation], now: float, state: Any) -> Any:
        """State after an observation (accumulators, snapshots); called when the world accrues the feed."""
        return state

    def stated(self, observations: Sequence[Observation], now: float, state: Any) -> float:
        """Time (seconds) at which the value that is read now was stated: by default that of the oldest source that states a price, now
        where there is none. Whoever judges freshness (``fallback``) goes by it.
        """
        return min((observation.time for observation in observations if observation.usable), default=now)
