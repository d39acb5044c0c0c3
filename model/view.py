"""The view: a live read-only face of the world, and the only routing code."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from model.bridges.base import Bridge
from model.core.actions import PREVIOUS, Because, Swap
from model.core.errors import Refused
from model.markets.base import Market, Offer
from model.quantities import read
from model.world.board import PriceFeed
from model.world.claim import ClaimToken
from model.world.governed import parameter
from model.world.venue import TradingVenue
from model.worth import worth

if TYPE_CHECKING:
    from model.ecosystem import Ecosystem

T = TypeVar("T")


class Leg(NamedTuple):
    """One swap of a route."""

    venue: str
    sell: str
    buy: str


class Route(NamedTuple):
    """The best way found from one token to another: what it gets and the swaps that get it."""

    sold: float
    received: float
    legs: tuple[Leg, ...]

    def swaps(self, slippage: float = 0.01, *, of_previous: bool = False) -> tuple[Swap, ...]:
        """The actions of this route; the last one wants no less than what was quoted, less ``slippage`` (fraction).

        Each leg sells what the one before it brought; with ``of_previous`` the first one sells what the action before the route settled.
        """
        made = []
        for place, leg in enumerate(self.legs):
            least = self.received * (1.0 - slippage) if place + 1 == len(self.legs) else 0.0
            amount = PREVIOUS if place or of_previous else self.sold
            made.append(Swap(target=leg.venue, sell=leg.sell, buy=leg.buy, amount=amount, min_received=least))
        return tuple(made)


class View:
    """What an agent sees: the state of its chain as it stands, its own pending transactions, and quotes.

    Nothing settles between the first and the last ``decide`` of a round, and nothing may be written. Venues, markets, feeds, claims and
    bridges are the objects themselves, for reading. ``true_price`` is for reporters and arbitrageurs of the reference book only.
    """

    __slots__ = ("_ecosystem", "_world", "account", "chain")

    def __init__(self, ecosystem: Ecosystem, account: int, chain: str) -> None:
        self._ecosystem = ecosystem
        self._world = ecosystem.world
        self.account = account
        self.chain = chain

    @property
    def now(self) -> float:
        """Time in seconds since 1970."""
        return self._world.clock.now

    def on(self, chain: str) -> View:
        """The same account's view of another chain."""
        return self if chain == self.chain else View(self._ecosystem, self.account, chain)

    def balance(self, token: str, account: int | None = None, chain: str | None = None) -> float:
        """Tokens that an account (oneself by default) holds."""
        ledger = self._world.ledgers[chain or self.chain]
        return ledger.balance(token, self.account if account is None else account) if token in ledger.tokens else 0.0

    def may_hold(self, token: str, chain: str = "") -> bool:
        """Whether one may receive a token: some are for admitted holders alone."""
        return self._world.ledgers[chain or self.chain].admits(token, self.account)

    def purse(self, chain: str | None = None) -> float:
        """Gas token left to pay fees with."""
        purses = self._world.chains[chain or self.chain].purses
        return purses.get(0, self.account) if self.account < purses.rows else 0.0

    def venue(self, name: str) -> TradingVenue:
        """A venue, for reading."""
        found = self._world.targets[name]
        assert isinstance(found, TradingVenue)
        return found

    def market(self, name: str) -> Market:
        """A market, for reading."""
        found = self._world.targets[name]
        assert isinstance(found, Market)
        return found

    def claim(self, token: str) -> ClaimToken | None:
        """The claim behind a token, None for a native one."""
        found = self._world.targets.get(token)
        return found if isinstance(found, ClaimToken) else None

    def feed(self, name: str) -> PriceFeed:
        """A feed, for reading."""
        found = self._world.targets[name]
        assert isinstance(found, PriceFeed)
        return found

    def bridge(self, name: str) -> Bridge:
        """A bridge, for reading: ``quote``, ``room``, ``waiting_for``."""
        found = self._world.targets[name]
        assert isinstance(found, Bridge)
        return found

    def parameter(self, target: str, place: str) -> Any:
        """A parameter of a target at a dotted place, as governance writes it."""
        return parameter(self._world.targets[target], place)

    def quantity(self, spec: str) -> float:
        """A quantity that can be watched (``model.quantities``), now."""
        return read(self._world, spec)

    def true_price(self, token: str) -> float:
        """True price in USD; exogenous tokens only."""
        return self._world.board.true[token]

    def gas_cost(self, *verbs: str, tip: float = 0.0, chain: str | None = None) -> float:
        """Fee in the gas token of a transaction with these verbs at today's price."""
        found = self._world.chains[chain or self.chain]
        return (found.params.transaction_gas + sum(found.params.gas[verb] for verb in verbs)) * found.price_for(tip)

    def gas_token(self, chain: str | None = None) -> str:
        """Token in which gas is paid."""
        return self._world.chains[chain or self.chain].params.gas_token

    def grace_ends(self) -> float:
        """Time at which the grace period after a halt of this chain ends; minus infinity where it never halted."""
        found = self._world.chains[self.chain]
        return found.resumed_at + found.params.grace_period

    def offers(self) -> list[Offer]:
        """Open offers of all markets of this chain, liquidations of rows first."""
        return self._ecosystem.quotes.offers(self.chain)

    @property
    def settled(self) -> Hashable:
        """What quotes on this chain depend on beside time: while it stands, nothing has been settled or said there."""
        return self._ecosystem.quotes.state(self.chain)[:-1]

    def once(self, key: Hashable, find: Callable[[], T]) -> T:
        """What ``find`` finds, found once for all who ask on this chain under the same key while nothing changes there: for judgements that
        do not depend on who judges.
        """
        return self._ecosystem.quotes.once(self.chain, key, find)

    def health(self, market: str) -> float:
        """Health of one's own row; infinity where there is none."""
        found = self.market(market)
        row = found.book.find(self.account)
        return float("inf") if row is None else found.health_of(row)

    def pending(self) -> int:
        """Number of one's own transactions on their way."""
        return self._ecosystem.pending_of(self.account)

    def because(self, kind: str) -> Because:
        """A fresh thread for a sale that serves a liquidation or a deleveraging."""
        return Because(kind, self._world.number("liquidations" if kind == "liquidation" else "deleveragings"))

    def worth(self, token: str, amount: float, numeraire: str) -> float:
        """Value of a small amount in another token at marginal prices along the best route; 0 where there is none, but of gas
        (``model.worth``).
        """
        return amount * worth(self._world, self._ecosystem.quotes, self.chain, token, numeraire)

    def route(self, sell: str, buy: str, amount: float) -> Route:
        """Best single path of at most two swaps for ``amount``; empty legs and nothing received where there is none."""
        if sell == buy:
            return Route(amount, amount, ())
        most, best = 0.0, tuple[Leg, ...]()
        for first, seconds in self._ecosystem.quotes.ways(self.chain, sell, buy):
            try:
                middle = self.venue(first.venue).quote(sell, first.buy, amount).received
            except Refused:
                continue
            if not seconds and middle > most:
                most, best = middle, (first,)
            for second in seconds:
                try:
                    received = self.venue(second.venue).quote(second.sell, buy, middle).received
                except Refused:
                    continue
                if received > most:
                    most, best = received, (first, second)
        return Route(amount, most, best)
