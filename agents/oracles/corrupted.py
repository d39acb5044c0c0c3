"""Kind ``corrupted``: a reporter that serves an adversary from a time on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Self

from pydantic import model_validator

from agents.oracles.reporting import Reporter, ReporterParams, Reporters
from model.core.actions import Transaction
from model.core.params import param
from model.view import View
from model.wakes import Timer, Watch


class CorruptedParams(ReporterParams):
    """Corrupted reporters, one for each feed: what they post in place of what they see."""

    at: float = param(0.0, unit="seconds", ge=0, description="Time after the start of the run from which on they are corrupted")
    lasts: float | None = param(None, unit="seconds", gt=0, description="How long; none for the rest of the run")
    factor: float | None = param(
        None, unit="1", gt=0,
        description="Factor on what they see: above 1 for who borrows on the token, below for who liquidates; none for a value",
    )  # fmt: skip
    value: float | None = param(None, unit="numeraire per token", gt=0, description="Value that they state; none for a factor")
    period: float = param(60.0, unit="seconds", gt=0, description="Time between looks while they are corrupted")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.value is None) == (self.factor is None):
            raise ValueError("either a value or a factor")
        return self


class CorruptedReporter(Reporter):
    """Honest before and after; in between it keeps the feed at the adversary's value, by the feed's own deviation and heartbeat.

    Source: Mango Markets, October 2022 (a price pushed up to borrow against); stolen reporter keys: own knowledge.
    Assumes: reporters who are corrupted together post the same factor or value, which is the most that they can do to a median.
    """

    def wakes(self) -> Iterable[Watch | Timer]:
        """The feed's own deviation and heartbeat, and the moments at which the corruption begins and ends."""
        begin = self._begin
        moments = (begin,) if self.params.lasts is None else (begin, begin + self.params.lasts)
        return (*super().wakes(), *(Timer(moment) for moment in moments))

    def decide(self, view: View) -> Sequence[Transaction]:
        """Post what serves the adversary while it is time, else what is due."""
        feed = view.feed(self.feed)
        if not self._begin <= view.now < self._begin + (self.params.lasts or math.inf):
            return self.post(view, feed.candidate()) if feed.due() else []
        self.ask_again = view.now + self.params.period
        seen = feed.candidate()
        wanted: float = self.params.factor * seen if self.params.value is None else self.params.value
        last, last_time = feed.told()
        return self.post(view, wanted) if last != last or feed.mechanism.due(last, last_time, wanted, view.now) else []

    @property
    def _begin(self) -> float:
        return float(self.model.world.clock.start + self.params.at)


class CorruptedReporters(Reporters, kind="corrupted"):
    """Corrupted reporters."""

    Params = CorruptedParams
    reporter = CorruptedReporter
