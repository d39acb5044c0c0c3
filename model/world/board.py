"""The price board: exogenous prices, and every feed's last post."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model.core.actions import Bid, Govern, Post
from model.core.draws import Floats
from model.core.errors import Refused
from model.feeds.base import Feed, Observation
from model.world.distortion import Distortion, distorted
from model.world.target import Call, Target
from model.world.update_auction import AuctionParams, UpdateAuction

if TYPE_CHECKING:
    from model.world.world import State, World


class Path:
    """One exogenous price: its grid (seconds), its values (USD per token) and a factor that shocks move."""

    __slots__ = ("_grid", "_place", "_values", "factor", "stepwise")

    def __init__(self, grid: Floats, values: Floats, *, stepwise: bool = False) -> None:
        self._grid: list[float] = grid.tolist()
        self._values: list[float] = values.tolist()
        self._place = 0
        self.stepwise = stepwise
        self.factor = 1.0

    def at(self, now: float) -> float:
        """Value at ``now``: linear in the logarithm between grid points, held at the ends."""
        grid, values = self._grid, self._values
        place = self._place
        if now < grid[place]:
            place = 0
        while place + 1 < len(grid) and grid[place + 1] <= now:
            place += 1
        self._place = place
        if place + 1 >= len(grid) or self.stepwise or now <= grid[place]:
            return values[place] * self.factor
        share = (now - grid[place]) / (grid[place + 1] - grid[place])
        return values[place] * math.exp(share * math.log(values[place + 1] / values[place])) * self.factor


class PriceBoard:
    """True prices of exogenous tokens in USD. Only reporters and arbitrageurs of the reference book may look; the rest read feeds."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._paths: dict[str, Path] = {}
        self.true: dict[str, float] = {}
        self.version = 0
        """Rises with every post, impairment and shock: what was quoted by the feeds before is stale. Below 0 while a post is supposed."""
        self.moves = 0
        """Rises whenever true prices are brought to the clock."""
        self._elsewhere: dict[str, int] = {}
        self._supposed = 0

    @contextmanager
    def supposing(self) -> Iterator[None]:
        """While it lasts, what is quoted is quoted anew, and kept for no state but this."""
        version = self.version
        self._supposed += 1
        self.version = -self._supposed
        try:
            yield
        finally:
            self.version = version

    def set_path(self, token: str, path: Path) -> None:
        """Give a token an exogenous price."""
        self._paths[token] = path
        self.true[token] = path.at(self._world.clock.now)

    def fix(self, token: str, value: float) -> None:
        """Give a token a constant true price (USD)."""
        start = self._world.clock.start
        self.set_path(token, Path(np.array([start]), np.array([value])))

    def changed(self, chain: str = "") -> None:
        """Note a change of what feeds say: on one chain, or on all."""
        self.version += 1
        if chain:
            for name in self._world.chains:
                if name != chain:
                    self._elsewhere[name] = self._elsewhere.get(name, 0) + 1

    def version_on(self, chain: str) -> int:
        """Number of changes that concern a chain."""
        return self.version - self._elsewhere.get(chain, 0)

    def path(self, token: str) -> Path:
        """The path of an exogenous token, for shocks."""
        return self._paths[token]

    def restate(self, token: str) -> None:
        """Bring one true price to the clock, after its path has changed."""
        self.moves += 1
        self.true[token] = self._paths[token].at(self._world.clock.now)

    def move(self, now: float) -> None:
        """Bring all true prices to ``now``; once per tick."""
        self.moves += 1
        for token, path in self._paths.items():
            self.true[token] = path.at(now)

    def usd(self, token: str) -> float | None:
        """True price of a token, None where only venues know."""
        return self.true.get(token)


class Held(NamedTuple):
    """What a feed that is read through said when its chain came to a halt: value, the time it was stated, the end of the halt."""

    value: float
    stated: float
    until: float


class PriceFeed(Target):
    """A feed in place: mechanism, last post, reporters, and the auction of its updates where they are auctioned. Values are in the feed's
    numeraire per token. ``governors`` are the accounts that may govern, everybody where there are none.

    While its chain is halted a feed that is read through says what it said at the last block: nothing arrives there.
    """

    verbs = frozenset({"post", "bid", "govern"})

    def __init__(
        self, world: World, name: str, chain: str, mechanism: Feed, reporters: Sequence[int] = (), auction: AuctionParams | None = None
    ) -> None:
        super().__init__(world, name, chain, world.accounts.open(f"feed {name}"))
        self.mechanism = mechanism
        self.reporters = tuple(reporters)
        self.last = math.nan
        self.last_time = world.clock.now
        self.state = mechanism.start()
        self.freezes: frozenset[str] = frozenset()
        """Shocks that keep reporters out."""
        self.distortions: tuple[Distortion, ...] = ()
        """What shocks make of what the feed would say, each of what those before it have made."""
        self.held: Held | None = None
        self.governors: tuple[int, ...] = ()
        self._said: tuple[State, float] | None = None
        self._observed: tuple[State, list[Observation]] | None = None
        self.auction = UpdateAuction(self, auction) if auction is not None else None
        self._readers: tuple[Feed, list[tuple[str, str]]] | None = None

    def post(self, call: Call, action: Post) -> float:
        """State a value; only a reporter may, and not while the feed is frozen."""
        if not self.mechanism.posted:
            raise Refused("not_posted", self.name)
        if self.reporters and call.sender not in self.reporters:
            raise Refused("not_a_reporter", self.name)
        if self.freezes:
            raise Refused("frozen", self.name)
        if not 0.0 < action.value < math.inf:
            raise Refused("invalid_amount", f"{action.value}")
        before, self.last, self.last_time = self.last, action.value, call.now
        self.world.board.changed(self.chain)
        self.world.events.emit("posts", call.now, self.chain, self.name, self.world.accounts.name(call.sender), action.value, before)
        return action.value

    def bid(self, call: Call, action: Bid) -> float:
        """Pay for the right to liquidate with an update (``no_auction`` outside of the bundle that carries it)."""
        if self.auction is None:
            raise Refused("no_auction", self.name)
        return self.auction.settle(call, action)

    def govern(self, call: Call, action: Govern) -> float:
        """Replace parameters of the mechanism by a revalidated copy, state kept; returns how many changed.

        Raises:
            Refused: ``not_a_governor``, and as the mechanism's ``govern``.
        """
        name = self.world.accounts.name(call.sender)
        if self.governors and call.sender not in self.governors:
            raise Refused("not_a_governor", name)
        before = self.mechanism.params.model_dump()
        self.mechanism = type(self.mechanism)(self.mechanism.govern(dict(action.changes)))
        self.world.board.changed(self.chain)
        for place, value in action.changes:
            self.world.events.emit("governance", call.now, self.chain, self.name, name, place, str(before[place]), str(value))
        return float(len(action.changes))

    def hold(self, until: float) -> None:
        """The chain halts until a time; a halt that is running already goes on with what it holds."""
        held = self.held
        if held is None or held.until <= self.world.clock.now:
            held = Held(self.candidate(), self.stated(), until)
        self.held = held._replace(until=max(held.until, until))

    @contextmanager
    def supposing(self, value: float) -> Iterator[None]:
        """The world as it would stand after a post of ``value`` now, for reading only; as it was at the end."""
        last, last_time = self.last, self.last_time
        self.last, self.last_time = value, self.world.clock.now
        try:
            with self.world.board.supposing():
                yield
        finally:
            self.last, self.last_time = last, last_time

    def observations(self) -> list[Observation]:
        """What the feed's sources say now."""
        state = self.world.state
        if self._observed is None or self._observed[0] != state:
            if self._readers is None or self._readers[0] is not self.mechanism:
                parted = [source.partition(":") for source in self.mechanism.sources()]
                self._readers = self.mechanism, [(kind, rest) for kind, _, rest in parted]
            self._observed = state, [self._read(kind, rest) for kind, rest in self._readers[1]]
        return self._observed[1]

    def candidate(self) -> float:
        """What an honest reporter would post now."""
        now = self.world.clock.now
        return self.mechanism.candidate(self.observations(), now, self.state)

    def value(self) -> float:
        """What the chain reads now."""
        if self.mechanism.posted:
            said = self.last
        elif self.held is not None and self.world.clock.now < self.held.until:
            said = self.held.value
        else:
            state = self.world.state
            if self._said is None or self._said[0] != state:
                self._said = state, self.candidate()
            said = self._said[1]
        return distorted(said, self.distortions) if self.distortions else said

    def stated(self) -> float:
        """Time at which the value that the chain reads now was stated."""
        if self.mechanism.posted:
            return self.last_time
        now = self.world.clock.now
        if self.held is not None and now < self.held.until:
            return self.held.stated
        return self.mechanism.stated(self.observations(), now, self.state)

    def open(self) -> None:
        """Genesis: accumulators start, and a posted feed states what an honest reporter would."""
        self.accrue()
        if self.mechanism.posted:
            self.last = self.candidate()

    def told(self) -> tuple[float, float]:
        """Value and time of the latest update that reporters have made: the last post, or one that waits for its auction."""
        announced = self.auction.announced if self.auction is not None else None
        return (self.last, self.last_time) if announced is None else announced

    def due(self) -> bool:
        """Whether an honest reporter should post now."""
        if self.freezes or not self.mechanism.posted:
            return False
        last, last_time = self.told()
        return last != last or self.mechanism.due(last, last_time, self.candidate(), self.world.clock.now)

    def deviation(self) -> float:
        """Relative gap between what an honest reporter would post now and its latest update; infinite when a post is due."""
        last, last_time = self.told()
        if self.mechanism.posted and last == last and not self.freezes:
            now, candidate = self.world.clock.now, self.candidate()
            if self.mechanism.due(last, last_time, candidate, now):
                return math.inf
            return abs(candidate / last - 1.0)
        return math.inf if self.due() else abs(self.candidate() / self.last - 1.0)

    def accrue(self) -> None:
        """Let the mechanism observe its sources (accumulators, snapshots); on a halted chain only what looks at another one does."""
        if self.held is not None and self.world.clock.now < self.held.until and not self.mechanism.remote:
            return
        state = self.mechanism.observe(self.observations(), self.world.clock.now, self.state)
        if state is not self.state:
            self.state = state

    def _read(self, kind: str, rest: str) -> Observation:
        world = self.world
        now = world.clock.now
        if kind == "price":
            token, _, numeraire = rest.partition("/")
            true = world.board.true
            return Observation(true[token] / (true[numeraire] if numeraire and numeraire != "usd" else 1.0), 0.0, now)
        if kind == "feed":
            feed = world.targets[rest]
            assert isinstance(feed, PriceFeed)
            return Observation(feed.value(), 0.0, feed.stated())
        name, _, pair = rest.partition(" ")
        target = world.targets[name]
        value, weight = target.observe(pair)
        return Observation(value, weight, now)
