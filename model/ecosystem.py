"""The ecosystem: a Mesa model that takes a built world and anything that decides, and runs the phases."""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Iterable, Sequence

import mesa
from mesa.datacollection import DataCollector

from model.agenda import Agenda
from model.auctioneer import Auctioneer
from model.causes import Causes
from model.core.actions import Receipt, Transaction
from model.decider import Decider as Decider
from model.markets.base import Market
from model.outcomes import Outcome
from model.phases import PHASES, Phase
from model.quotes import Quotes
from model.screen import HealthScreen
from model.shocks.schedule import ShockSchedule
from model.upkeep import Upkeep
from model.view import View
from model.wakes import On, Timer, Watchers
from model.world.board import PriceFeed
from model.world.venue import TradingVenue
from model.world.world import World


class AuditFailed(AssertionError):
    """A conservation identity that does not hold: a mistake of the model's."""


class Ecosystem(mesa.Model):  # type: ignore[misc]
    """World and deciders, stepped by the table of phases.

    ``audited`` runs every conservation identity after every step.
    """

    interest_look = 600.0

    def __init__(self, world: World, *, seed: int, period: float, audited: bool = False) -> None:
        super().__init__(seed=int(seed))
        self.world = world
        self.markets = world.all(Market)
        self.phases: list[Phase] = list(PHASES)
        self.shocks = ShockSchedule(world)
        self.audited = audited
        self.outcomes: dict[str, Outcome] = {}
        self.deciders: list[Decider] = []
        self.screens = {market.name: HealthScreen(market) for market in self.markets}
        self.quotes = Quotes(world, self.screens)
        self.agenda = Agenda()
        self.upkeep = Upkeep(world)
        self.causes = Causes(world)
        self.tick_end = world.clock.now
        self.datacollector = DataCollector()
        self._views: list[View] = []
        self._by_account: dict[int, int] = {}
        self._watchers = Watchers(world)
        self._restless = _restless_chains(world)
        self._looked: tuple[int, int, int] | None = None
        self._looked_at = -math.inf
        self._screened: dict[str, tuple[Hashable, int]] = {}
        self._listeners: dict[str, list[tuple[int, str | None]]] = {}
        self._heard: dict[str, int] = {}
        self._takers: dict[str, list[int]] = {}
        self._offers_seen: dict[str, int] = {}
        self._asked: dict[int, float] = {}
        self._richer: list[int] = []
        self._pending: dict[int, int] = {}
        self.auctioneer = Auctioneer(world, self.quotes, self.screens, self._pending)
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
            self.auctioneer.enrol(decider, self._views[place])
            for chain in decider.offer_chains:
                self._takers.setdefault(chain, []).append(place)
        for wake in decider.wakes():
            if isinstance(wake, Timer):
                self.agenda.set_timer(wake.first, place, wake.period or math.inf)
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
                    if decider.takes_offers:
                        self._asked[place] = now
                    made.append((place, decider.decide(self._views[place])))
        finally:
            journal.locked = False
        for place, transactions in made:
            decider = self.deciders[place]
            if decider.ask_again is not None:
                self._set_alarm(place, decider.ask_again)
                decider.ask_again = None
            for transaction in transactions:
                chain = self.world.chains[transaction.chain or decider.chain]
                eligible = now + decider.delay(now)
                if self.auctioneer.auctions and self.auctioneer.announce(chain, decider.account, transaction, eligible):
                    self._watchers.arm(place)
                    continue
                chain.submit(decider.account, transaction, eligible)
                self._pending[decider.account] = self._pending.get(decider.account, 0) + 1

    def look(self) -> list[int]:
        """Who is woken by the state as it stands: rows that crossed, quantities that crossed, events, open offers.

        While nothing has been settled or said since the last look, only true prices and interest have moved: interest is looked at every
        ``interest_look`` seconds, or once a tick where that is longer.
        """
        self.upkeep.accrue_feeds()
        world, now, woken = self.world, self.world.clock.now, list[int]()
        state = (world.board.version, world.journal.commits, world.arrivals)
        interest = now >= self._looked_at + self.interest_look
        quiet = state == self._looked and not interest
        self._looked, self._looked_at = state, now if interest else self._looked_at
        for name, screen in self.screens.items():
            chain = screen.market.chain
            said = (screen.market.stated(), world.arrivals)
            spoken = said != self._screened.get(name) or chain in self._restless
            if not (interest or screen.written or spoken):
                continue
            self._screened[name] = said
            rows, fallen = screen.look()
            owners = screen.market.book.owners
            woken.extend(self._by_account[owners[row]] for row in rows if owners[row] in self._by_account)
            if fallen:
                for chain in screen.market.chains:
                    self._offers_seen.pop(chain, None)
                hindered = {row for row in fallen if self._pending.get(owners[row], 0)}
                screen.market.causes.update(self.causes.of(screen.market, fallen, hindered))
            if spoken:
                self.causes.saw(screen.market)
        woken.extend(self._watchers.crossed(moving=quiet, interest=interest))
        woken.extend(self._heard_by())
        woken.extend(self._takers_due())
        return woken

    def build_block(self, name: str) -> None:
        """One block of two rounds: what is pending; then, in the gas that is left, those woken by it who have no latency."""
        chain, now = self.world.chains[name], self.world.clock.now
        chain.open_block(now)
        if chain.notices:
            self._deliver(self.auctioneer.settle(chain, now), bundled=True)
        self._deliver(chain.fill(now))
        self.ask(self.look())
        done = chain.fill(now)
        if done:
            self._deliver(done)
            self.ask(self.look())

    def pending_of(self, account: int) -> int:
        """Transactions of an account on their way."""
        return self._pending.get(account, 0)

    def record_if_due(self) -> None:
        """Collect outcomes when the period has passed."""
        if self.world.clock.now >= self._next_record - 1e-6:
            self.datacollector.collect(self)
            self._next_record += self._period

    def plan(self) -> list[dict[str, str]]:
        """The step as a table: order, phase, what it does."""
        return [{"order": str(place), "phase": phase.name, "does": phase.does} for place, phase in enumerate(self.phases, 1)]

    def _deliver(self, receipts: Iterable[tuple[int, Receipt]], *, bundled: bool = False) -> None:
        for account, receipt in receipts:
            if not bundled:
                self._pending[account] -= 1
            place = self._by_account[account]
            decider = self.deciders[place]
            decider.receive(receipt)
            if receipt.ok:
                self.agenda.calm(place)
                self._watchers.arm(place)
                if decider.takes_offers:
                    self._richer.append(place)
                for screen in self.screens.values():
                    row = screen.market.book.find(account)
                    if row is not None:
                        screen.arm(row)
            elif receipt.status == "expired":
                self.agenda.set_alarm(self.world.clock.now, place)  # outbid, not wrong: it may bid anew at once
            else:
                self._set_alarm(place, self.world.clock.now + self.agenda.back_off(place))

    def _set_alarm(self, place: int, moment: float) -> None:
        """Ask again at a time; takers of offers at the block that follows, where they meet."""
        decider = self.deciders[place]
        self.agenda.set_alarm(self.world.chains[decider.chain].block_at(moment) if decider.takes_offers else moment, place)

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
        """Takers of offers: all of a chain where a row has fallen or a feed has spoken, else those whose own capital has changed; each once
        a block, and no sooner than it has thought (``pause``) since it was last asked: until then it waits.
        """
        found, richer = [], self._richer
        self._richer = []
        now, board = self.world.clock.now, self.world.board
        for name, places in self._takers.items():
            version = board.version_on(name)
            own = places if self._offers_seen.get(name) != version else [place for place in richer if place in places]
            self._offers_seen[name] = version
            if not own or not self._has_offers(name):
                continue
            for place in own:
                asked = self._asked.get(place, -math.inf)
                ready = asked + self.deciders[place].pause
                if ready > now or asked == now:
                    self.agenda.set_alarm(self.world.chains[name].block_at(max(ready, now)), place)
                else:
                    found.append(place)
        return found

    def _has_offers(self, chain: str) -> bool:
        return any(chain in one.market.chains and (self.quotes.open_rows(one) or one.market.lots()) for one in self.screens.values())


def _restless_chains(world: World) -> set[str]:
    """Chains with a feed that states true prices, or those of a venue, without a post: what it says moves with every tick or swap."""

    def moves(source: str) -> bool:
        kind, _, rest = source.partition(":")
        target = world.targets.get(rest.partition(" ")[0])
        if isinstance(target, PriceFeed):
            return not target.mechanism.posted and any(map(moves, target.mechanism.sources()))
        return kind in ("price", "venue") or (kind == "claim" and isinstance(target, TradingVenue))

    return {feed.chain for feed in world.all(PriceFeed) if moves(f"feed:{feed.name}")}
