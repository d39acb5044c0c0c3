"""Kind ``honest``: a reporter that posts what its sources say, when deviation or heartbeat is due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from agents.base import AgentParams, EcosystemAgent, Given, Population
from model.core.actions import Post, Transaction
from model.core.draws import Stream
from model.core.params import param
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import Watch
from model.world.board import PriceFeed

_DUE = 1e300
"""A feed that is due reads as an infinite deviation."""


class HonestParams(AgentParams):
    """Honest reporters, one for each feed."""

    feeds: tuple[str, ...] = param((), unit="feed", description="Feeds they report; none for every posted feed of the chain")
    patience: float = param(600.0, unit="seconds", gt=0, description="Time after which a post that is outbid is made anew")
    purse: float = param(10_000.0, unit="gas token", ge=0, description="Gas token set aside for fees, each account")


class HonestReporter(EcosystemAgent):
    """Reports one feed: the candidate of its mechanism, as soon as the mechanism calls it due."""

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream, feed: str) -> None:
        super().__init__(model, account, index, params, draws)
        self.feed = feed

    def wakes(self) -> Iterable[Watch]:
        """The feed's own deviation and heartbeat."""
        return (Watch(f"deviation:{self.feed}", _DUE),)

    def decide(self, view: View) -> Sequence[Transaction]:
        """Post, if it is still due."""
        feed = view.feed(self.feed)
        post = Post(target=self.feed, value=feed.candidate())
        return [Transaction((post,), tip=self.tip, expires_at=view.now + self.params.patience)] if feed.due() else []


class HonestReporters(Population, kind="honest"):
    """One honest reporter for each feed, and the only one that may post on it."""

    role: ClassVar[str] = "oracles"
    Params = HonestParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Enrol a reporter for each feed."""
        world = model.world
        posted = [feed for feed in world.all(PriceFeed) if feed.mechanism.posted and feed.chain == self.params.chain]
        chosen = [feed for feed in posted if not self.params.feeds or feed.name in self.params.feeds]
        accounts = world.accounts.open_many(name, len(chosen))
        self.endow(world, self.params.chain, accounts, {})
        for index, (account, feed) in enumerate(zip(accounts, chosen, strict=True)):
            feed.reporters = (*feed.reporters, account)
            model.enrol(HonestReporter(model, account, index, self.params, world.draws[name], feed.name))
