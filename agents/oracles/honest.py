"""Kind ``honest``: a reporter that posts what its sources say, when deviation or heartbeat is due."""

from __future__ import annotations

from collections.abc import Sequence

from agents.oracles.reporting import Reporter, ReporterParams, Reporters
from model.core.actions import Transaction
from model.view import View


class HonestParams(ReporterParams):
    """Honest reporters, one for each feed."""


class HonestReporter(Reporter):
    """Reports the candidate of the feed's mechanism, as soon as the mechanism calls it due."""

    def decide(self, view: View) -> Sequence[Transaction]:
        """Post, if it is still due."""
        feed = view.feed(self.feed)
        return self.post(view, feed.candidate()) if feed.due() else []


class HonestReporters(Reporters, kind="honest"):
    """Honest reporters."""

    Params = HonestParams
    reporter = HonestReporter
