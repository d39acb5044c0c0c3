"""Who gains and who loses by liquidations, at the prices of their own moment, whatever the mechanism.

Prices move once per tick and everything settles after that, so what a tick's transactions do is the change of each party's wealth from
after the prices have moved to the end of the tick, all at one price. Holding through a fall is nobody's doing and is not counted.

Assumes: no interest, so that holdings change by transactions alone; one collateral and one debt token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from model.core.draws import Floats
from model.ecosystem import Ecosystem
from model.liquidation.dutch_auction import Sale
from model.liquidation.english_auction import Auction
from model.markets.base import Market
from model.markets.compound_v3 import CompoundV3
from model.markets.liquity import Liquity
from model.markets.maker import Maker

STIRRING: Final = ("liquidations", "auctions", "swaps", "bad_debt", "lending")
"""Kinds of events without which nobody's holdings have changed."""


@dataclass(slots=True)
class Gains:
    """What liquidations made each party gain so far (debt tokens): ``owners`` (borrowers, whose equity counts from 0 up), ``takers``
    (liquidators and arbitrageurs) before gas, ``outside`` by the price impact, spread
    and fees of the book. What is left, with the sign turned, is ``others``: lenders, treasury, stability pool, system surplus, whose claims
    on an account that owes more than it has count as what it has.
    """

    owners: float = 0.0
    takers: float = 0.0
    outside: float = 0.0

    @property
    def others(self) -> float:
        """Gain of lenders, treasury, pool and surplus together: no value is made or lost by a transaction at one price."""
        return -(self.owners + self.takers + self.outside)


class Ledgered:
    """Wealth of the parties in one run, tick by tick."""

    def __init__(self, model: Ecosystem, market: Market, book: str, tokens: tuple[str, str], people: tuple[range, Sequence[int]]) -> None:
        self.model, self.market, self.book = model, market, book
        self.collateral, self.debt = tokens
        self.borrowers, self.takers = people
        self.gains = Gains()
        self._seen = self._counts()
        self._swaps = model.world.events.count("swaps")
        self._borrowed = np.array([self._wallet(account)[1] for account in self.borrowers])
        self._positions, self._inventory = self.positions(), self.inventory()

    def price(self) -> float:
        """True price of the collateral in debt tokens."""
        true = self.model.world.board.true
        return float(true[self.collateral] / true[self.debt])

    def observe(self) -> bool:
        """After a step: count what it did to whom; returns whether it did anything."""
        counts = self._counts()
        if counts == self._seen:
            return False
        price, gains = self.price(), self.gains
        before, after = self._equity(self._positions, price), self._equity(self.positions(), price)
        gains.owners += float((np.maximum(after, 0.0) - np.maximum(before, 0.0)).sum())
        held = self.inventory()
        gains.takers += float((held - self._inventory) @ np.array([price, 1.0]))
        for swap in self.model.world.events.since("swaps", self._swaps):
            if swap["venue"] == self.book:
                sells = swap["sell"] == self.collateral
                gains.outside += swap["sold"] * price - swap["bought"] if sells else swap["sold"] - swap["bought"] * price
        self._swaps = self.model.world.events.count("swaps")
        self._seen, self._positions, self._inventory = counts, self.positions(), held
        return True

    def positions(self) -> Floats:
        """Collateral, debt tokens held beyond what was borrowed at the start, debt: shape (borrowers, 3). A lot that nobody has bought
        yet is its owner's still, and so is what it has to raise, the penalty included.
        """
        found = np.array([self._position(place, account) for place, account in enumerate(self.borrowers)])
        for owner, sale in self._auctions():
            if not (isinstance(sale, Auction) and sale.bidder is not None):
                found[owner - self.borrowers.start] += (sale.lot, 0.0, sale.tab)
        return found

    def inventory(self) -> Floats:
        """Collateral and debt tokens of liquidators and arbitrageurs: shape (2,). A standing bid is paid and has its lot."""
        found = np.array([self._wallet(account) for account in self.takers]).sum(axis=0)
        bid_for = sum(sale.lot for _, sale in self._auctions() if isinstance(sale, Auction) and sale.bidder in self.takers)
        return np.asarray(found + np.array([bid_for, 0.0]))

    def _auctions(self) -> list[tuple[int, Auction | Sale]]:
        """Owners and running auctions of a market that has them."""
        if not isinstance(self.market, Maker):
            return []
        return [(self.market.book.owners[lot.row], lot.sale) for lot in self.market.running.values()]

    def paid_into_bands(self, first: int) -> float:
        """Debt tokens that arbitrageurs have paid to the market's own venue since swap number ``first``."""
        name = f"{self.market.name}.bands"
        return sum(
            swap["sold"] for swap in self.model.world.events.since("swaps", first) if swap["venue"] == name and swap["sell"] == self.debt
        )

    def shortfalls(self) -> Floats:
        """Debt that the collateral of its own account does not cover now (debt tokens), shape (borrowers,)."""
        return np.maximum(-self._equity(self.positions(), self.price()), 0.0)

    def _equity(self, positions: Floats, price: float) -> Floats:
        return np.asarray(positions[:, 0] * price + positions[:, 1] - positions[:, 2])

    def _position(self, place: int, account: int) -> tuple[float, float, float]:
        market, (coins, cash) = self.market, self._wallet(account)
        held = market.collateral_of(account)
        coins, cash = coins + held.get(self.collateral, 0.0), cash + held.get(self.debt, 0.0) - self._borrowed[place]
        if isinstance(market, CompoundV3):
            row = market.book.find(account)
            cash += max(market.balance(row), 0.0) if row is not None else 0.0
        if isinstance(market, Liquity):
            coins += market.surplus.get(account, 0.0)
        return coins, cash, sum(market.debts_of(account).values())

    def _wallet(self, account: int) -> tuple[float, float]:
        ledger = self.market.ledger
        return ledger.balance(self.collateral, account), ledger.balance(self.debt, account)

    def _counts(self) -> tuple[int, ...]:
        return tuple(self.model.world.events.count(kind) for kind in STIRRING)
