"""Kind ``faulty``: a reporter that is wrong now and then, without meaning to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

from agents.oracles.reporting import Reporter, ReporterParams, Reporters
from model.core.actions import Transaction
from model.core.draws import Stream
from model.core.params import param
from model.ecosystem import Ecosystem
from model.view import View


class FaultyParams(ReporterParams):
    """Faulty reporters, one for each feed."""

    fault: Literal["noise", "unit", "stuck"] = param(
        "noise", unit="word", description="What goes wrong: a random factor, a wrong unit, or the last post is repeated as if it were new"
    )
    probability: float = param(0.1, unit="fraction", ge=0, le=1, description="Probability that a post is wrong")
    noise: float = param(0.1, unit="1", ge=0, description="Standard deviation of the logarithm of the random factor")
    factor: float = param(100.0, unit="1", gt=0, description="Factor of a wrong unit: dollars for cents")
    noticed: float = param(600.0, unit="seconds", gt=0, description="Time until a wrong post is noticed and the feed looked at again")


class FaultyReporter(Reporter):
    """Posts as an honest reporter does, but each post is wrong with some probability, drawn anew by account and time; a wrong one stands
    until it is noticed.

    Source: Synthetix, 25 June 2019 (a source of KRW/USD off by a factor of 1,000); stuck: own knowledge.
    """

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream, feed: str) -> None:
        super().__init__(model, account, index, params, draws, feed)
        self._unaware_until = -math.inf

    def decide(self, view: View) -> Sequence[Transaction]:
        """Post what is due, right or wrong; nothing while an error of its own is unnoticed."""
        feed, params = view.feed(self.feed), self.params
        if view.now < self._unaware_until:
            self.ask_again = self._unaware_until
            return []
        if not feed.due():
            return []
        value = feed.candidate()
        if self.draws.uniform(self.index, view.now) < params.probability:
            self._unaware_until = self.ask_again = view.now + params.noticed
            last = feed.told()[0]
            if params.fault == "noise":
                value *= math.exp(params.noise * self.draws.normal(self.index, view.now, 1))
            elif params.fault == "unit":
                value *= params.factor
            elif last == last:
                value = last
        return self.post(view, value)


class FaultyReporters(Reporters, kind="faulty"):
    """Faulty reporters."""

    Params = FaultyParams
    reporter = FaultyReporter
