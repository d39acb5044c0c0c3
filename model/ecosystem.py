"""The ecosystem: a Mesa model that takes a built world and anything that decides, and runs the phases."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Protocol

import mesa
from mesa.datacollection import DataCollector

from model.core.actions import Receipt, Transaction
from model.markets.base import Market, Offer
from model.outcomes import Outcome
from model.phases import PHASES, Phase
from model.routes import RouteMap
from model.screen import HealthScreen
from model.shocks.base import Shock
from model.view import Leg, View
from model.wakes import On, Timer, Watch, Watchers
from model.world.board import PriceFeed
from model.world.claim import ClaimToken
from model.world.target import Target
from model.world.world import World


class Decider(Protocol):
    """Whatever decides: an account on a home chain, what wakes it, and one verb."""

    account: int
    chain: str
    takes_offers: bool
    offer_chains: tuple[str, ...]
    most_pending: int
    ask_again: float | None

    def wakes(self) -> Iterable[Watch | Timer | On]:
        """What wakes it; read once, when it is enrolled."""

    def decide(self, view: View) -> Sequence[Transaction]:
        """What it asks for now. It may set ``ask_again`` (seconds since 1970) to be asked at a time."""

    def receive(self, receipt: Receipt) -> None:
        """Told what became of a transaction of its own."""

    def delay(self, now: float) -> float:
        """Seconds from deciding to submission."""


class AuditFailed(AssertionError):
    """A conservation identity that does not hold: a mistake of the model's."""


class Ecosystem(mesa.Model):  # type: ignore[misc]
    """World and deciders, stepped by the table of phases.

    ``first_back_off`` is the time after which a reverted decider is asked again (seconds, doubling up to ``longest_back_off``).
    ``audited`` runs every conservation identity after every step.
    """

    first_back_off = 60.0
    longest_back_off = 3_600.0

    def __init__(self, world: World, *, seed: int, period: float, audited: bool = False) -> None:
        super().__init__(seed=int(seed))
        self.world = world
        self.markets = world.all(Market)
        self.phases: list[Phase] = list(PHASES)
        self.shocks: list[Shock] = []
        self.audited = audited
        self.outcomes: dict[str, Outcome] = {}
        self.deciders: list[Decider] = []
        self.screens = {market.name: HealthScreen(market) for market in self.markets}
        self.routes = RouteMap(world)
        self._settling = [target for target in world.targets.values() if type(target).next_due is not Target.next_due]
        self._remembering = _in_order([feed for feed in world.all(PriceFeed) if feed.state is not None])
        self._said: dict[str, float] = {}
        self.tick_end = world.clock.now
        self.datacollector = DataCollector()
        self._views: list[View] = []
        self._by_account: dict[int, int] = {}
        self._watchers = Watchers()
        self._timers: list[tuple[float, int, int, float | None]] = []
        self._count = itertools.count()
        self._listeners: dict[str, list[tuple[int, str | None]]] = {}
        self._heard: dict[str, int] = {}
        self._takers: dict[str, list[int]] = {}
        self._offers_seen: dict[str, int] = {}
        self._takers_asked: dict[str, float] = {}
        self._alarms: dict[int, float] = {}
        self._pending: dict[int, int] = {}
        self._posts_seen: dict[str, int] = {}
        self._marginals: dict[tuple[str, str, str], float] = {}
        self._marginal_state: tuple[float, int, int] | None = None
        self._offers: dict[str, tuple[tuple[float, int, int], list[Offer]]] = {}
        self._back_off: dict[int, float] = {}
        self._period = period
        self._next_record = world.clock.now
        self._started = False

    def enrol(self, decider: Decider) -> None:
        """Take in a decider and what wakes it."""
        place = len(self.deciders)
        self.deciders.append(decider)
        self._views.append(View(self, decider.account, decider.chain))
        self._by_account[decider.account] = place
        if decider.takes_offers:
            for chain in decider.offer_chains:
                self._takers.setdefault(chain, []).append(place)
        for wake in decider.wakes():
            if isinstance(wake, Timer):
                self._set_timer(wake.first, place, wake.period or math.inf)
            elif isinstance(wake, On):
                self._listeners.setdefault(wake.event, []).append((place, wake.name))
                self._heard.setdefault(wake.event, self.world.events.count(wake.event))
            elif wake.quantity.startswith("health:"):
                name = wake.quantity.partition(":")[2]
                row = self.screens[name].market.book.find(decider.account)
                if row is not None:
                    self.screens[name].watch(row, wake.level)
            else:
                self._watchers.add(place, wake)

    def watch_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        """Record these outcomes, and the time, from now on."""
        self.outcomes = {outcome.name: outcome for outcome in outcomes}
        clock = self.world.clock
        reporters = {"time": lambda model: clock.now} | {outcome.name: outcome.read for outcome in outcomes}
        self.datacollector = DataCollector(model_reporters=reporters)

    def step(self) -> None:
        """One tick: every phase in the order of the table."""
        if not self._started:
            self._started = True
            self.record_if_due()
        self.tick_end = self.world.clock.now + self.world.clock.tick
        for phase in self.phases:
            phase.run(self)
        if self.audited:
            broken = self.world.audit()
            if broken:
                raise AuditFailed("; ".join(str(identity) for identity in broken))

    def ask(self, places: Iterable[int]) -> None:
        """Let deciders decide, all before anything is submitted."""
        journal, now = self.world.journal, self.world.clock.now
        made: list[tuple[int, Sequence[Transaction]]] = []
        journal.locked = True
        try:
            for place in dict.fromkeys(places):
                decider = self.deciders[place]
                if self._pending.get(decider.account, 0) < decider.most_pending:
                    made.append((place, decider.decide(self._views[place])))
        finally:
            journal.locked = False
        for place, transactions in made:
            decider = self.deciders[place]
            if decider.ask_again is not None:
                self._set_alarm(decider.ask_again, place)
                decider.ask_again = None
            for transaction in transactions:
                chain = self.world.chains[transaction.chain or decider.chain]
                chain.submit(decider.account, transaction, now + decider.delay(now))
                self._pending[decider.account] = self._pending.get(decider.account, 0) + 1

    def look(self) -> list[int]:
        """Who is woken by the state as it stands: rows that crossed, quantities that crossed, events, open offers."""
        self.accrue_feeds()
        woken: list[int] = []
        for screen in self.screens.values():
            rows, fallen = screen.look()
            owners = screen.market.book.owners
            woken.extend(self._by_account[owners[row]] for row in rows if owners[row] in self._by_account)
            if fallen:
                for chain in screen.market.chains:
                    self._offers_seen.pop(chain, None)
                posted = self.world.events.count("posts")
                common = "price" if posted != self._posts_seen.get(screen.market.name) else "rate"
                for row in fallen:
                    screen.market.causes[row] = self._cause(screen.market, owners[row], common)
            self._posts_seen[screen.market.name] = self.world.events.count("posts")
        woken.extend(self._watchers.crossed(self.world))
        woken.extend(self._heard_by())
        woken.extend(self._takers_due())
        return woken

    def build_block(self, name: str) -> None:
        """One block of two rounds: what is pending; then, in the gas that is left, those woken by it who have no latency."""
        chain, now = self.world.chains[name], self.world.clock.now
        chain.open_block(now)
        self._deliver(chain.fill(now))
        self.ask(self.look())
        done = chain.fill(now)
        if done:
            self._deliver(done)
            self.ask(self.look())

    def marginal(self, chain: str, token: str, numeraire: str) -> float:
        """Best marginal price of a token in another along any route, 0 where there is none; found once per state."""
        state = (self.world.clock.now, self.world.board.version, self.world.journal.commits)
        if self._marginal_state != state:
            self._marginal_state = state
            self._marginals.clear()
        key = (chain, token, numeraire)
        best = self._marginals.get(key)
        if best is None:
            prices = [0.0]
            for path in self.paths(chain, token, numeraire):
                spots = [self.routes.venue(leg.venue).spot(leg.sell, leg.buy) for leg in path]
                prices.append(math.prod(spots))
            best = self._marginals[key] = max(prices)
        return best

    def offers(self, chain: str) -> list[Offer]:
        """Open offers of a chain's markets, liquidations of rows first; made once for all who ask in the same state."""
        state = (self.world.clock.now, self.world.board.version, self.world.journal.commits)
        known = self._offers.get(chain)
        if known is not None and known[0] == state:
            return known[1]
        found: list[Offer] = []
        for screen in self.screens.values():
            if chain in screen.market.chains:
                for row in screen.unhealthy:
                    found.extend(offer for offer in screen.market.offers(row) if (offer.chain or screen.market.chain) == chain)
                found.extend(offer for offer in screen.market.lots() if (offer.chain or screen.market.chain) == chain)
        self._offers[chain] = (state, found)
        return found

    def paths(self, chain: str, sell: str, buy: str) -> tuple[tuple[Leg, ...], ...]:
        """Ways of at most two swaps from one token to another."""
        return self.routes.paths(chain, sell, buy)

    def pending_of(self, account: int) -> int:
        """Transactions of an account on their way."""
        return self._pending.get(account, 0)

    def next_timer(self) -> float:
        """Time of the next timer, infinity when there is none."""
        return self._timers[0][0] if self._timers else math.inf

    def due_agents(self) -> list[int]:
        """Deciders whose timer is due now."""
        now, due = self.world.clock.now, []
        while self._timers and self._timers[0][0] <= now:
            moment, _, place, period = heapq.heappop(self._timers)
            if period is not None:
                self._set_timer(moment + period, place, period)
            elif self._alarms.get(place) == moment:
                del self._alarms[place]
            else:
                continue  # an alarm that an earlier one has replaced
            due.append(place)
        return due

    def next_accrual(self) -> float:
        """Time of the next accrual of a claim."""
        times = [moment for claim in self.world.all(ClaimToken) if (moment := claim.next_accrual()) is not None]
        return min(times, default=math.inf)

    def accrue_claims(self) -> None:
        """Accrue the claims that are due."""
        for claim in self.world.all(ClaimToken):
            moment = claim.next_accrual()
            if moment is not None and moment <= self.world.clock.now:
                claim.accrue()

    def accrue_feeds(self) -> None:
        """Let feeds whose value depends on the past observe their sources. What one of them says now may differ from what it said at the
        last look without any post: that makes offers stale too.
        """
        for feed in self._remembering:
            feed.accrue()
            value = feed.value()
            if value != self._said.get(feed.name):
                self._said[feed.name] = value
                self.world.board.version += 1

    def next_settlement(self) -> float:
        """Time of the next thing that happens by itself: a message over a bridge arrives."""
        return min([target.next_due() for target in self._settling], default=math.inf)

    def settle_due(self) -> None:
        """Let happen what is due now, target by target in the order in which they were put in place."""
        now = self.world.clock.now
        for target in self._settling:
            if target.next_due() <= now:
                target.settle(now)

    def apply_due(self) -> None:
        """Let shocks begin and end."""
        for shock in self.shocks:
            shock.poll(self.world)

    def record_if_due(self) -> None:
        """Collect outcomes when the period has passed."""
        if self.world.clock.now >= self._next_record - 1e-6:
            self.datacollector.collect(self)
            self._next_record += self._period

    def plan(self) -> list[dict[str, str]]:
        """The step as a table: order, phase, what it does."""
        return [{"order": str(place), "phase": phase.name, "does": phase.does} for place, phase in enumerate(self.phases, 1)]

    def _deliver(self, receipts: Iterable[tuple[int, Receipt]]) -> None:
        for account, receipt in receipts:
            self._pending[account] -= 1
            place = self._by_account[account]
            decider = self.deciders[place]
            decider.receive(receipt)
            if receipt.ok:
                self._back_off.pop(account, None)
                self._watchers.arm(place)
                for chain in decider.offer_chains if decider.takes_offers else ():
                    self._offers_seen.pop(chain, None)
                for screen in self.screens.values():
                    row = screen.market.book.find(account)
                    if row is not None:
                        screen.arm(row)
            else:
                wait = self._back_off.get(account, self.first_back_off)
                self._back_off[account] = min(2.0 * wait, self.longest_back_off)
                self._set_alarm(self.world.clock.now + wait, place)

    def _heard_by(self) -> list[int]:
        found: list[int] = []
        for event, listeners in self._listeners.items():
            count = self.world.events.count(event)
            if count == self._heard[event]:
                continue
            names = {str(next(itertools.islice(row.values(), 2, None))) for row in self.world.events.since(event, self._heard[event])}
            self._heard[event] = count
            found.extend(place for place, name in listeners if name is None or name in names)
        return found

    def _takers_due(self) -> list[int]:
        found: list[int] = []
        for chain, places in self._takers.items():
            markets = [screen for screen in self.screens.values() if chain in screen.market.chains]
            if not any(screen.unhealthy or screen.market.lots() for screen in markets):
                continue
            if self._offers_seen.get(chain) == self.world.board.version:
                continue
            now = self.world.clock.now
            if self._takers_asked.get(chain) == now:
                for place in places:
                    self._set_alarm(self.world.chains[chain].block_at(now), place)
                self._offers_seen[chain] = self.world.board.version
                continue
            self._offers_seen[chain] = self.world.board.version
            self._takers_asked[chain] = now
            found.extend(places)
        return found

    def _cause(self, market: Market, owner: int, common: str) -> str:
        """What brought a row below health 1; ``common`` is price where a feed was posted since the last look, else rate."""
        if self._pending.get(owner, 0) or self.world.chains[market.chain].in_grace:
            return "congestion"
        if any(row["target"] == market.name for row in self.world.events.since("governance", self._heard.get("governance", 0))):
            return "governance"
        if any(claim.impaired > 0.0 for claim in self.world.all(ClaimToken) if claim.name in market.collateral_of(owner)):
            return "impairment"
        return common

    def _set_alarm(self, moment: float, place: int) -> None:
        """Ask once at ``moment``; of several alarms of one decider only the earliest rings."""
        if moment < self._alarms.get(place, math.inf):
            self._alarms[place] = moment
            self._set_timer(moment, place, None)

    def _set_timer(self, moment: float, place: int, period: float | None) -> None:
        heapq.heappush(self._timers, (moment, next(self._count), place, period))


def _in_order(feeds: list[PriceFeed]) -> list[PriceFeed]:
    """Feeds so that each comes after those that it reads."""
    found: list[PriceFeed] = []
    left = {feed.name: feed for feed in feeds}

    def take(feed: PriceFeed) -> None:
        for source in feed.mechanism.sources():
            if source.startswith("feed:") and source[5:] in left:
                take(left.pop(source[5:]))
        found.append(feed)

    while left:
        take(left.pop(next(iter(left))))
    return found
