"""The auctioneer: announces auctioned updates of feeds, asks liquidators for sealed bids, and bundles update and liquidation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from model.core.actions import Bid, Post, Receipt, Transaction
from model.markets.base import Offer
from model.quotes import Quotes
from model.screen import HealthScreen
from model.view import View
from model.world.board import PriceFeed
from model.world.chain import Chain
from model.world.update_auction import Notice, Payment, Tender, UpdateAuction
from model.world.world import World
from model.worth import worth

Receipts = list[tuple[int, Receipt]]


@runtime_checkable
class Bidder(Protocol):
    """A decider that bids for the right to liquidate with an update."""

    account: int
    offer_chains: tuple[str, ...]

    def bid(self, view: View, feed: str, offers: Sequence[Offer]) -> Sequence[Transaction]:
        """Sealed bids: transactions that take offers and end in a ``Bid`` on the feed. The view shows the world as it would stand with
        the update, ``offers`` what the update opens; nothing of it is on chain.
        """

    def receive(self, receipt: Receipt) -> None:
        """Told of a bid that lost."""

    def delay(self, now: float) -> float:
        """Seconds from deciding to arrival."""


class Auctioneer:
    """Auctions of updates, from announcement to block.

    A reporter's post on an auctioned feed does not go to the pool: it is announced. Liquidators see what it would open and bid, each
    after its own latency. The first block with a bid executes the update and the best bid that succeeds as one bundle at its top, then
    the other bids that do not conflict with it. Who loses pays nothing. Where nobody has bid, or no bid succeeds before the fallback
    time has passed, the update lands publicly. ``pending`` counts the transactions of accounts in the pools: announcements and bids
    are no such.
    """

    def __init__(self, world: World, quotes: Quotes, screens: Mapping[str, HealthScreen], pending: dict[int, int]) -> None:
        self._world = world
        self._quotes = quotes
        self._screens = screens
        self._pending = pending
        self._bidders: dict[str, list[tuple[Bidder, View]]] = {}
        self.auctions: dict[str, UpdateAuction] = {feed.name: feed.auction for feed in world.all(PriceFeed) if feed.auction is not None}

    def enrol(self, decider: object, view: View) -> None:
        """Take in whoever can bid."""
        if isinstance(decider, Bidder):
            for chain in decider.offer_chains:
                self._bidders.setdefault(chain, []).append((decider, view.on(chain)))

    def announce(self, chain: Chain, reporter: int, transaction: Transaction, eligible: float) -> bool:
        """Announce a post on an auctioned feed, collect bids and let it wait for its auction; without bids, for its fallback time. False
        for any other transaction.
        """
        post, now = transaction.actions[0], self._world.clock.now
        auction = self.auctions.get(post.target) if isinstance(post, Post) and len(transaction.actions) == 1 else None
        if auction is None or not isinstance(post, Post):
            return False
        number = self._world.number("update_auctions")
        notice = Notice(number, auction.feed, chain.entry(reporter, transaction, eligible), eligible + auction.params.fallback)
        notice.tenders = self._ask(auction, chain, post.value, eligible)
        auction.note(now, "announced", reporter, number=number)
        for tender in notice.tenders:
            auction.note(now, "bid", tender.bidder.account, tender.payment, tender.paid, number)
        if not notice.tenders:
            auction.note(now, "failed", reporter, number=number)
        chain.notices.append(notice)
        auction.announced = (post.value, now)
        return True

    def _ask(self, auction: UpdateAuction, chain: Chain, value: float, eligible: float) -> list[Tender]:
        """Bids on what the update would open, each arriving after its bidder's latency. Nothing may be written while bidders decide."""
        world, found = self._world, list[Tender]()
        world.journal.locked = True
        try:
            with auction.feed.supposing(value):
                offers = self._opened(chain)
                for bidder, view in self._bidders.get(chain.name, ()) if offers else ():
                    arrival = eligible + bidder.delay(world.clock.now)
                    tenders = (self._tender(chain, auction, bidder, made, arrival) for made in bidder.bid(view, auction.feed.name, offers))
                    found.extend(tender for tender in tenders if tender is not None)
        finally:
            world.journal.locked = False
        return found

    def settle(self, chain: Chain, now: float) -> Receipts:
        """At the top of an open block: bundle what is due. Returns receipts of what was executed; bidders are told what lost."""
        done: Receipts = []
        for notice in [notice for notice in chain.notices if min(notice.due, notice.closes) <= now]:
            if notice not in chain.notices:
                continue  # withdrawn by a newer one
            auction, bids = self.auctions[notice.feed.name], bool(notice.tenders)
            auction.carrying = notice.number
            try:
                won = self._bundle(auction, chain, notice, now)
            finally:
                auction.carrying = None
            done.extend(won)
            if bids and not won and (not notice.tenders or notice.closes <= now):
                auction.note(now, "failed", notice.post.sender, number=notice.number)
            if won or notice.closes <= now:
                self._withdraw(auction, chain, notice.number, now)
                self._close(auction, chain, notice, now)
                if not won:
                    # What was announced would have been sent only now.
                    late = replace(notice.post.transaction, expires_at=notice.post.transaction.expires_at + now - notice.post.eligible)
                    chain.submit(notice.post.sender, late, now)
                    self._pending[notice.post.sender] = self._pending.get(notice.post.sender, 0) + 1
        return done

    def _opened(self, chain: Chain) -> list[Offer]:
        """Offers of rows that are healthy on chain and would not be with the update."""
        found: list[Offer] = []
        for screen in self._screens.values():
            market = screen.market
            if chain.name in market.chains:
                rows = [row for row in screen.below() if row not in screen.unhealthy]
                offers = [offer for row in rows for offer in market.offers(row)]
                found.extend(offer for offer in offers if (offer.chain or market.chain) == chain.name)
        return found

    def _tender(self, chain: Chain, auction: UpdateAuction, bidder: Bidder, transaction: Transaction, arrival: float) -> Tender | None:
        """The sealed bid that a transaction is; None where it pays nothing."""
        last = transaction.actions[-1]
        if not isinstance(last, Bid) or last.target != auction.feed.name or not isinstance(last.terms, Payment):
            return None
        worth = last.amount * self._worth(chain, last.terms.token)
        return Tender(bidder, transaction, arrival, worth, last.terms, last.amount) if worth > 0.0 else None

    def _worth(self, chain: Chain, token: str) -> float:
        return worth(self._world, self._quotes, chain.name, token, chain.params.gas_token)

    def _bundle(self, auction: UpdateAuction, chain: Chain, notice: Notice, now: float) -> Receipts:
        """The update with the best bid that succeeds, then the others that do; empty where none does or blocks are full."""
        ties = self._world.draws[f"order.{chain.name}"]
        ready = sorted(
            (tender for tender in notice.tenders if tender.arrival <= now),
            key=lambda one: (-one.worth, ties.order(one.bidder.account, chain.block)),
        )
        done: Receipts = []
        winners = 0
        for tender in ready:
            if auction.params.winners and winners >= auction.params.winners:
                break
            bid = chain.entry(tender.bidder.account, tender.transaction, tender.arrival)
            entries = [bid] if done else [notice.post, bid]
            receipts = chain.include_bundle(entries, tender.worth * auction.params.builder_share, now)
            if receipts is not None and not receipts:
                continue  # no room: a better paid one may find some, or the next block
            notice.tenders.remove(tender)
            if receipts is None:
                self._lose(auction, notice, tender, now)
                continue
            winners += 1
            done.extend(receipts)
        return done

    def _lose(self, auction: UpdateAuction, notice: Notice, tender: Tender, now: float) -> None:
        auction.note(now, "lost", tender.bidder.account, tender.payment, tender.paid, notice.number)
        tender.bidder.receive(Receipt(tender.transaction, "dropped", now, "outbid"))

    def _close(self, auction: UpdateAuction, chain: Chain, notice: Notice, now: float) -> None:
        """End an announcement; what is left of its bids has lost."""
        for tender in notice.tenders:
            self._lose(auction, notice, tender, now)
        chain.notices.remove(notice)
        if not any(other.feed is notice.feed for other in chain.notices):
            auction.announced = None

    def _withdraw(self, auction: UpdateAuction, chain: Chain, number: int, now: float) -> None:
        """Withdraw updates of the feed that were announced before ``number``, from the auction or from the pool: they would be stale."""
        for notice in [other for other in chain.notices if other.feed is auction.feed and other.number < number]:
            auction.note(now, "superseded", notice.post.sender, number=notice.number)
            self._close(auction, chain, notice, now)
        for entry in list(chain.pending):
            action = entry.transaction.actions[0]
            if isinstance(action, Post) and action.target == auction.feed.name:
                chain.pending.remove(entry)
                self._pending[entry.sender] -= 1
