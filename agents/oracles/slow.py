"""Kind ``slow``: a reporter that posts late, and what it posts is as old as the delay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agents.oracles.reporting import Reporter, ReporterParams, Reporters
from model.core.actions import Transaction
from model.core.draws import Stream
from model.core.params import param
from model.ecosystem import Ecosystem
from model.view import View


class SlowParams(ReporterParams):
    """Slow reporters, one for each feed."""

    delay: float = param(900.0, unit="seconds", gt=0, description="Time from reading the sources to posting what they said")


class SlowReporter(Reporter):
    """Reads its sources when deviation or heartbeat is due, posts what they said ``delay`` seconds later, then looks again.

    Assumes: one reading is on its way at a time; what moves meanwhile is read after the post.
    """

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream, feed: str) -> None:
        super().__init__(model, account, index, params, draws, feed)
        self._read: tuple[float, float] | None = None

    def decide(self, view: View) -> Sequence[Transaction]:
        """Read, or post what was read a delay ago."""
        feed = view.feed(self.feed)
        if self._read is None:
            if not feed.due():
                return []
            self._read = feed.candidate(), view.now + self.params.delay
        value, moment = self._read
        if view.now < moment:
            self.ask_again = moment
            return []
        self._read = None
        return self.post(view, value)


class SlowReporters(Reporters, kind="slow"):
    """Slow reporters."""

    Params = SlowParams
    reporter = SlowReporter
