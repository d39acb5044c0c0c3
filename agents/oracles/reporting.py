"""What reporters have in common: one feed each, woken when its deviation or heartbeat asks for a post."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from agents.base import AgentParams, EcosystemAgent, Given, Population
from model.core.actions import Post, Transaction
from model.core.draws import Stream
from model.core.params import param
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import Timer, Watch
from model.world.board import PriceFeed

_DUE = 1e300
"""A feed that is due reads as an infinite deviation."""


class ReporterParams(AgentParams):
    """Reporters, one for each feed."""

    feeds: tuple[str, ...] = param(
        (), unit="feed", description="Feeds they report; none for every posted feed of the chain that no population before them reports"
    )
    patience: float = param(600.0, unit="seconds", gt=0, description="Time after which a post that is outbid is made anew")
    purse: float = param(10_000.0, unit="gas token", ge=0, description="Gas token set aside for fees, each account")


class Reporter(EcosystemAgent):
    """Reports one feed. A kind says in ``decide`` what it posts, and when."""

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream, feed: str) -> None:
        super().__init__(model, account, index, params, draws)
        self.feed = feed

    def wakes(self) -> Iterable[Watch | Timer]:
        """The feed's own deviation and heartbeat."""
        return (Watch(f"deviation:{self.feed}", _DUE),)

    def post(self, view: View, value: float) -> Sequence[Transaction]:
        """One transaction that states a value."""
        action = Post(target=self.feed, value=value)
        return [Transaction((action,), tip=self.tip, expires_at=view.now + self.params.patience)]


class Reporters(Population):
    """One reporter for each feed. Where several populations name a feed, each may post on it."""

    role: ClassVar[str] = "oracles"
    reporter: ClassVar[type[Reporter]]

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Enrol a reporter for each feed."""
        world = model.world
        posted = [feed for feed in world.all(PriceFeed) if feed.mechanism.posted and feed.chain == self.params.chain]
        named = self.params.feeds
        chosen = [feed for feed in posted if (feed.name in named if named else not feed.reporters)]
        accounts = world.accounts.open_many(name, len(chosen))
        self.endow(world, self.params.chain, accounts, {})
        for index, (account, feed) in enumerate(zip(accounts, chosen, strict=True)):
            feed.reporters = (*feed.reporters, account)
            model.enrol(self.reporter(model, account, index, self.params, world.draws[name], feed.name))
