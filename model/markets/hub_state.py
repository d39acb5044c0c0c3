"""State of a hub and what can be read from it: positions as the last messages left them, health, totals, identities."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from model.core.draws import Floats
from model.core.journal import Journal, Recorded
from model.core.units import YEAR
from model.markets.base import Rows
from model.markets.bookkeeping import ratio
from model.markets.hub_messages import Mailbox
from model.markets.hub_params import HubAsset, HubParams, HubSpoke
from model.rates.base import RateModel
from model.world.audit import Identity
from model.world.book import Book

if TYPE_CHECKING:
    from model.world.world import State, World


class Listing(Recorded):
    """One token on one spoke: what has been credited and lent there. Amounts in tokens; shares grow by the indexes."""

    def __init__(self, journal: Journal, chain: str, token: str, place: int, now: float) -> None:
        self.journal = journal
        self.chain = chain
        self.token = token
        self.place = place
        self.supplied = 0.0
        self.owed = 0.0
        self.supply_index = 1.0
        self.debt_index = 1.0
        self.reserves = 0.0
        self.deficit = 0.0
        self.updated = now


class HubState(Mailbox):
    """Books of a hub: one supply column per listing, then one debt column per listing, as shares.

    Health is that of the state that has arrived: what is on its way to the hub counts for nobody, what is on its way from it is gone.
    """

    def __init__(self, world: World, name: str, chain: str, params: HubParams) -> None:
        super().__init__(world, name, chain, params, params.numeraire)
        self.ledgers = {spoke: world.open_ledger(spoke) for spoke in (chain, *params.spokes)}
        self.listings: list[Listing] = []
        self.open_mail()
        self.former: tuple[tuple[float, HubParams], ...] = ()
        """(time until which, parameters that held) of late: what spokes far away still go by."""
        self._state: State | None = None
        self._grown: dict[int, tuple[float, float, float]] = {}
        self._prices: dict[int, float] = {}
        for spoke, terms in params.spokes.items():
            for token in terms.assets:
                self.ledgers[spoke].register(token)
                self.listings.append(Listing(world.journal, spoke, token, len(self.listings), world.clock.now))
        self.book = Book(world.journal, 2 * len(self.listings))

    @property
    def chains(self) -> tuple[str, ...]:
        """The hub's chain and its spokes."""
        return tuple(self.ledgers)

    def terms(self, listing: Listing) -> HubAsset:
        """Terms of a listing."""
        return self.params.spokes[listing.chain].assets[listing.token]

    def told(self, chain: str) -> HubSpoke:
        """Terms of a spoke as it knows them there: as they stood at the hub one delay ago."""
        heard = self.world.clock.now - self.params.spokes[chain].delay
        return next((old for until, old in self.former if until > heard), self.params).spokes[chain]

    def listing(self, token: str, chain: str | None = None) -> Listing | None:
        """A token on a spoke; without a chain, or as ``token@chain``, the first of that name."""
        name, _, where = token.partition("@")
        chain = chain or where or None
        return next((one for one in self.listings if one.token == name and chain in (None, one.chain)), None)

    def token_at(self, asset: int) -> str:
        """Token of a listing."""
        return self.listings[asset].token

    def held(self, listing: Listing) -> float:
        """Tokens that the hub holds on the listing's chain."""
        return self.ledgers[listing.chain].balance(listing.token, self.account)

    def grown(self, listing: Listing) -> tuple[float, float, float]:
        """Supply index, debt index and reserves at the clock, nothing written. Interest is simple between accruals."""
        self._refresh()
        found = self._grown.get(listing.place)
        if found is None:
            found = self._grown[listing.place] = self._grow(listing)
        return found

    def _refresh(self) -> None:
        """Forget what was found in another state."""
        state = self.world.state
        if self._state != state:
            self._state = state
            self._grown.clear()
            self._prices.clear()

    def _grow(self, listing: Listing) -> tuple[float, float, float]:
        seconds = self.world.clock.now - listing.updated
        debt = listing.owed * listing.debt_index
        if seconds <= 0.0 or debt <= 0.0:
            return listing.supply_index, listing.debt_index, listing.reserves
        supplied, terms = listing.supplied * listing.supply_index, self.terms(listing)
        model: RateModel = terms.rate.make()
        interest = debt * model.borrow_rate(used_part(debt, supplied)) * seconds / YEAR
        kept = interest * (terms.reserve_factor if supplied > 0.0 else 1.0)
        growth = 1.0 + (interest - kept) / supplied if supplied > 0.0 else 1.0
        return listing.supply_index * growth, listing.debt_index * (1.0 + interest / debt), listing.reserves + kept

    def supplied(self, listing: Listing, row: int) -> float:
        """Tokens credited to a row, to the clock."""
        shares = self.book.get(listing.place, row)
        return shares * self.grown(listing)[0] if shares else 0.0

    def owed(self, listing: Listing, row: int) -> float:
        """Tokens that a row owes, to the clock."""
        shares = self.book.get(len(self.listings) + listing.place, row)
        return shares * self.grown(listing)[1] if shares else 0.0

    def price(self, token: str) -> float:
        """What the hub's feed says of a token."""
        found = self.listing(token)
        feed = self.terms(found).feed if found is not None else None
        return 1.0 if feed is None else self.read_feed(feed)

    def price_at(self, listing: Listing) -> float:
        """What the hub's feed says of a listing's token."""
        self._refresh()
        found = self._prices.get(listing.place)
        if found is None:
            feed = self.terms(listing).feed
            found = self._prices[listing.place] = 1.0 if feed is None else self.read_feed(feed)
        return found

    def values(self, row: int, factor: str) -> tuple[float, float]:
        """Collateral value at a factor (``ltv`` or ``liquidation_threshold``) and debt value of a row, in the numeraire."""
        cover = debt = 0.0
        for listing in self.listings:
            if share := getattr(self.terms(listing), factor):
                cover += self.supplied(listing, row) * self.price_at(listing) * share
            if owed := self.owed(listing, row):
                debt += owed * self.price_at(listing)
        return cover, debt

    def health_of(self, row: int) -> float:
        """Health of one row in the state that has arrived."""
        cover, debt = self.values(row, "liquidation_threshold")
        return cover / debt if debt > 0.0 else math.inf

    def weigh(self) -> tuple[Floats, Floats]:
        """Health is linear in these."""
        indexes = [self.grown(listing) for listing in self.listings]
        prices = [self.price_at(listing) for listing in self.listings]
        thresholds = [self.terms(listing).liquidation_threshold for listing in self.listings]
        cover = [index[0] * price * share for index, price, share in zip(indexes, prices, thresholds, strict=True)]
        debt = [index[1] * price for index, price in zip(indexes, prices, strict=True)]
        return np.array([cover]), np.array([debt])

    def health(self, rows: Rows | None = None) -> Floats:
        """Health, shape (rows,)."""
        data = self.book.data if rows is None else self.book.data[:, rows]
        cover, debt = self.weigh()
        split = len(self.listings)
        return ratio(cover[0] @ data[:split], debt[0] @ data[split:])

    def position_columns(self) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Collateral and debts of all rows by token over all spokes, shapes (rows,)."""
        data, split = self.book.data, len(self.listings)
        held, owed = dict[str, Floats](), dict[str, Floats]()
        for one in self.listings:
            supply_index, debt_index, _ = self.grown(one)
            if self.terms(one).liquidation_threshold > 0.0:
                held[one.token] = held.get(one.token, 0.0) + data[one.place] * supply_index
            owed[one.token] = owed.get(one.token, 0.0) + data[split + one.place] * debt_index
        return held, owed

    def deposits_of(self, account: int) -> dict[str, float]:
        """All that has been credited to an account, over all spokes."""
        return self._sum(account, self.supplied)

    def collateral_of(self, account: int) -> dict[str, float]:
        """What counts as collateral of an account, over all spokes."""
        return self._sum(account, lambda one, row: self.supplied(one, row) if self.terms(one).liquidation_threshold > 0.0 else 0.0)

    def debts_of(self, account: int) -> dict[str, float]:
        """What an account owes, over all spokes."""
        return self._sum(account, self.owed)

    def totals(self) -> dict[str, dict[str, float]]:
        """Totals by token over all spokes, to the clock: see :meth:`totals_of`."""
        return {token: self.totals_of(token) for token in dict.fromkeys(one.token for one in self.listings)}

    def places(self) -> tuple[str, ...]:
        """``token@chain`` of the tokens that stand on several spokes."""
        tokens = [one.token for one in self.listings]
        return tuple(f"{one.token}@{one.chain}" for one in self.listings if tokens.count(one.token) > 1)

    def totals_of(self, token: str) -> dict[str, float]:
        """Totals of a token over all spokes, or of ``token@chain``. ``cash`` is what is not on its way; rates are those of the spokes,
        what borrowers pay weighted by debt, what suppliers get by deposits.

        Raises:
            KeyError: not listed.
        """
        name, at, chain = token.partition("@")
        sums = {"supplied": 0.0, "borrowed": 0.0, "cash": 0.0, "in_flight": 0.0, "bad_debt": 0.0}
        found = [one for one in self.listings if one.token == name and (not at or one.chain == chain)]
        if not found:
            raise KeyError(token)
        paid = earned = 0.0
        for listing in found:
            supply_index, debt_index, _ = self.grown(listing)
            supplied, owed, flying = listing.supplied * supply_index, listing.owed * debt_index, self.in_flight(listing.place)
            used, terms = used_part(owed, supplied), self.terms(listing)
            rate = terms.rate.make().borrow_rate(used)
            paid += owed * rate
            earned += supplied * rate * used * (1.0 - terms.reserve_factor)
            sums["supplied"] += supplied
            sums["borrowed"] += owed
            sums["cash"] += max(self.held(listing) - flying, 0.0)
            sums["in_flight"] += flying
            sums["bad_debt"] += listing.deficit
        owed, supplied = sums["borrowed"], sums["supplied"]
        idle = self.terms(found[0]).rate.make().borrow_rate(0.0)
        rates = {"borrow_rate": paid / owed if owed > 0.0 else idle, "supply_rate": earned / supplied if supplied > 0.0 else 0.0}
        return {**sums, "utilisation": used_part(owed, supplied) if supplied > 0.0 else 0.0, **rates}

    def owes(self) -> list[tuple[int, str, float]]:
        """What is on its way: to be credited, to be paid out."""
        return [(one.account, self.token_at(one.asset), one.amount) for one in self.messages.values() if one.kind in ("supply", "pay")]

    def audit(self) -> Iterable[Identity]:
        """On each spoke: held + debt + deficit = credited + reserves + in flight; columns add up."""
        split, data = len(self.listings), self.book.data
        for listing in self.listings:
            place, flying = f"market.{self.name}.{listing.token}@{listing.chain}", self.in_flight(listing.place)
            assets = self.held(listing) + listing.owed * listing.debt_index + listing.deficit
            claims = listing.supplied * listing.supply_index + listing.reserves + flying
            gross = float(np.abs(self.ledgers[listing.chain].column(listing.token)).sum()) + assets
            yield Identity(f"{place} held + debt", assets, claims, gross)
            yield Identity(f"{place} supplied", float(data[listing.place].sum()), listing.supplied, listing.supplied)
            yield Identity(f"{place} owed", float(data[split + listing.place].sum()), listing.owed, listing.owed)

    def _sum(self, account: int, read: Any) -> dict[str, float]:
        row, found = self.book.find(account), dict[str, float]()
        for listing in self.listings if row is not None else ():
            amount = read(listing, row)
            if amount > 0.0:
                found[listing.token] = found.get(listing.token, 0.0) + amount
        return found


def used_part(owed: float, supplied: float) -> float:
    """Utilisation, at most 1: what is owed beyond what is supplied was written off or is on its way."""
    return min(owed / supplied, 1.0) if supplied > 0.0 else float(owed > 0.0)
