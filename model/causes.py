"""What brought rows below health 1: price, rate, impairment, governance or congestion."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

from model.core.errors import Refused
from model.core.params import Params, names_in
from model.markets.base import Market
from model.world.board import PriceFeed
from model.world.claim_state import ClaimState
from model.world.distortion import Distortion
from model.world.ledger import Ledger
from model.world.world import World


class _Said(NamedTuple):
    """What a feed said last, and how much the claims that it reads had lost when it began to say so."""

    feed: PriceFeed
    value: float
    claims: tuple[ClaimState, ...]
    lost: float


class _Scaled(NamedTuple):
    """What a token that rebases was scaled by, and how much it had lost."""

    ledger: Ledger
    claim: ClaimState
    scale: float
    lost: float


class _Known(NamedTuple):
    """A market as it stood at the last look at it."""

    params: Params
    feeds: tuple[_Said, ...]
    scales: tuple[_Scaled, ...]


class Causes:
    """Asks of rows that have fallen whether they would be healthy had one thing stayed as it was at the last look at their market: its
    parameters (``governance``), what feeds that read an impaired claim said, or its scale (``impairment``), all its feeds (``price``).
    Where none of that would do it is interest (``rate``). Who had a transaction on its way, or stood in a grace period, is a victim of
    ``congestion``.

    A loosening followed by a fall is a fall; a loss that feeds do not read reaches rows through market prices, and is a price.
    What is supposed is written under the journal and taken back.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[str, _Known] = {}

    def saw(self, market: Market) -> None:
        """Note how a market stands: after every look at which its feeds, claims or parameters may have changed."""
        known = self._known.get(market.name)
        if known is None or known.params is not market.params:
            self._known[market.name] = self._first(market, () if known is None else known.feeds)
            return
        feeds = tuple([_heard(said) for said in known.feeds])
        scales = tuple([one._replace(scale=one.ledger.scale(one.claim.name), lost=one.claim.impaired) for one in known.scales])
        self._known[market.name] = known._replace(feeds=feeds, scales=scales)

    def of(self, market: Market, rows: Sequence[int], hindered: Collection[int]) -> dict[int, str]:
        """The cause of each row that has fallen since the last look; ``hindered`` are those whose owners wait for a transaction."""
        known = self._known.get(market.name)
        stuck = set(rows) if self._world.chains[market.chain].in_grace else set(hindered)
        found = {row: "congestion" for row in rows if row in stuck}
        if known is None:
            return {row: found.get(row, "price") for row in rows}
        back = [said for said in known.feeds if said.feed.value() != said.value]
        blamed = [said for said in back if _lost(said.claims) > said.lost]
        scaled = [one for one in known.scales if one.claim.impaired > one.lost]
        suppositions: list[tuple[str, Callable[[], None]]] = []
        if market.params is not known.params:
            suppositions.append(("governance", lambda: market.adopt(known.params)))
        if blamed or scaled:
            suppositions.append(("impairment", lambda: _put_back(blamed, scaled)))
        if back:
            suppositions.append(("price", lambda: _put_back(back, ())))
        for cause, suppose in suppositions:
            left = [row for row in rows if row not in found]
            if left:
                found.update(dict.fromkeys(self._healthy(market, left, suppose), cause))
        return {row: found.get(row, "rate") for row in rows}

    def _healthy(self, market: Market, rows: Iterable[int], suppose: Callable[[], None]) -> list[int]:
        """Rows that would be healthy under a supposition."""
        journal = self._world.journal
        journal.begin()
        try:
            suppose()
            return [row for row in rows if market.health_of(row) >= 1.0]
        except Refused:
            return []
        finally:
            journal.revert()

    def _first(self, market: Market, before: tuple[_Said, ...]) -> _Known:
        """A market's feeds and claims found anew, under the parameters of now."""
        world, said = self._world, {one.feed.name: one for one in before}
        feeds = []
        for name in dict.fromkeys(names_in(market.params, "feed")):
            feed = world.targets.get(name)
            if isinstance(feed, PriceFeed):
                claims, value = tuple(_claims_of(world, feed)), feed.value()
                old = said.get(name)
                feeds.append(old if old is not None and old.value == value else _Said(feed, value, claims, _lost(claims)))
        rebasing = [claim for claim in world.all(ClaimState) if claim.mechanism.rebasing and claim.chain in market.chains]
        scales = [_Scaled(claim.ledger, claim, claim.ledger.scale(claim.name), claim.impaired) for claim in rebasing]
        return _Known(market.params, tuple(feeds), tuple(scales))


def _heard(said: _Said) -> _Said:
    value = said.feed.value()
    return said if value == said.value else said._replace(value=value, lost=_lost(said.claims))


def _lost(claims: Iterable[ClaimState]) -> float:
    return sum(claim.impaired for claim in claims)


def _claims_of(world: World, feed: PriceFeed) -> list[ClaimState]:
    """Claims whose rate a feed reads, by way of other feeds too."""
    found: list[ClaimState] = []
    for source in feed.mechanism.sources():
        kind, _, name = source.partition(":")
        target = world.targets.get(name.partition(" ")[0])
        if kind == "claim" and isinstance(target, ClaimState):
            found.append(target)
        elif kind == "feed" and isinstance(target, PriceFeed):
            found.extend(_claims_of(world, target))
    return found


def _put_back(feeds: Iterable[_Said], scales: Iterable[_Scaled]) -> None:
    """Have feeds say, and tokens count, what they did."""
    for said in feeds:
        said.feed.distortions = (Distortion("", _saying(said.value)),)
    for one in scales:
        one.ledger.rescale(one.claim.name, one.scale)


def _saying(value: float) -> Callable[[float], float]:
    return lambda _: value
