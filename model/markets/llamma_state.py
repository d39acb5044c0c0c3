"""State of a soft-liquidating market and what can be read from it: loans in bands, worth on the way down, health, totals, identities.

Source: Curve Stablecoin whitepaper (Egorov 2023); crvUSD documentation of Controller (health, calculate_debt_n1) and LLAMMA.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from model.core.choice import chosen
from model.core.draws import Floats
from model.core.journal import Register
from model.core.params import Params, param
from model.core.units import YEAR
from model.markets.base import Rows
from model.markets.bookkeeping import ratio
from model.markets.llamma_bands import Bands
from model.markets.llamma_venue import BandVenue
from model.markets.minting import MintingMarket
from model.rates.base import RateModel
from model.world.audit import Identity
from model.world.book import Book

if TYPE_CHECKING:
    from model.world.world import World

DEBT, FIRST, COUNT, SHARES = range(4)
LEAST_BANDS: Final = 4
MOST_BANDS: Final = 50


class LlammaParams(Params):
    """A soft-liquidating market (defaults: the shape of crvUSD's markets)."""

    stablecoin: str = param("crvusd", unit="token", description="Token that it mints")
    collateral: str = param("eth", unit="token", description="Collateral token")
    feed: str | None = param(None, unit="feed", description="Oracle: stablecoins per collateral token; none for 1")
    numeraire: str = param("usd", unit="token or usd", description="Unit in which the feed states prices; the stablecoin counts as 1")
    amplification: float = param(100.0, unit="1", ge=2, le=10_000, description="A: a band is 1/A wide", source="LLAMMA A")
    fee: float = param(0.006, unit="fraction", ge=0, lt=0.5, description="Trading fee, kept by the bands", source="LLAMMA fee")
    loan_discount: float = param(0.09, unit="fraction", gt=0, lt=1, description="Discount on collateral at opening", source="Controller")
    liquidation_discount: float = param(
        0.06, unit="fraction", gt=0, lt=1, description="Discount on collateral in health", source="Controller"
    )
    bands: int = param(10, unit="bands", ge=LEAST_BANDS, le=MOST_BANDS, description="Bands of a loan that does not say")
    base_price: float | None = param(
        None, unit="debt token", gt=0, description="Upper price of band 0; none for the feed's at the first loan"
    )
    ceiling: float = param(1e9, unit="debt token", gt=0, description="Most debt", source="debt_ceiling")
    rate: chosen(RateModel) = param(  # type: ignore[valid-type]
        {"kind": "fixed", "rate": 0.05}, unit="kind", description="Borrow rate, by debt / ceiling"
    )

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        if not self.liquidation_discount < self.loan_discount:
            raise ValueError(f"liquidation_discount: below the loan discount {self.loan_discount} (not {self.liquidation_discount})")
        return self


class LlammaState(MintingMarket):
    """Loans as rows: scaled debt, first band, number of bands, shares of each of them. The bands trade on :attr:`venue`.

    ``index`` is debt per unit of scaled debt; the bands' base price grows with it. ``waiting`` is collateral placed before a loan is made.
    """

    margin = 1e-6

    def __init__(self, world: World, name: str, chain: str, params: Any) -> None:
        super().__init__(world, name, chain, params, params.numeraire)
        self.token: str = params.collateral
        self.bands = Bands(params.amplification, params.fee)
        self.venue = BandVenue(self, self.bands)
        world.add(self.venue)
        self.book = Book(world.journal, SHARES + MOST_BANDS)
        self.treasury = world.accounts.open(f"treasury {name}")
        self.waiting: Register[int, float] = Register(world.journal)
        self.shares: Register[int, float] = Register(world.journal)
        self.base = params.base_price or 0.0
        self.index = 1.0
        self.scaled = 0.0
        self.updated = world.clock.now
        self.interest: RateModel = params.rate.make()
        self.rate_state = self.interest.start()

    def oracle(self) -> float:
        """Stablecoins per collateral token, by the feed."""
        return 1.0 if self.params.feed is None else self.read_feed(self.params.feed)

    def price(self, token: str) -> float:
        """Oracle price of the collateral; the stablecoin is 1."""
        return 1.0 if token == self.stablecoin else self.oracle()

    def utilisation(self) -> float:
        """Debt as booked over the ceiling."""
        return float(min(self.scaled * self.index / self.params.ceiling, 1.0))

    def index_at(self, now: float) -> float:
        """Debt index projected to ``now``: simple interest since the last accrual."""
        if now <= self.updated:
            return self.index
        mean, _ = self.interest.advance(self.rate_state, self.utilisation(), now - self.updated)
        return float(self.index * (1.0 + mean * (now - self.updated) / YEAR))

    def base_price(self) -> float:
        """Upper oracle price of band 0 now."""
        return self.base * self.index_at(self.world.clock.now) if self.base else self.oracle()

    def owed(self, row: int) -> float:
        """Debt of a loan, to the clock."""
        return self.book.get(DEBT, row) * self.index_at(self.world.clock.now)

    def span(self, row: int) -> range:
        """Bands of a loan."""
        first = int(self.book.get(FIRST, row))
        return range(first, first + int(self.book.get(COUNT, row)))

    def parts(self, row: int) -> dict[int, float]:
        """A loan's share (fraction) of each of its bands."""
        return {
            band: min(self.book.get(SHARES + place, row) / self.shares[band], 1.0)
            for place, band in enumerate(self.span(row))
            if self.shares.get(band, 0.0) > 0.0
        }

    def holdings(self, row: int) -> tuple[float, float]:
        """Stablecoins and collateral that stand in a loan's bands for it."""
        state, parts = self.venue.state, self.parts(row)
        return (
            sum(state.x.get(band, 0.0) * part for band, part in parts.items()),
            sum(state.y.get(band, 0.0) * part for band, part in parts.items()),
        )

    def values(self) -> tuple[int, Floats]:
        """The lowest band with shares, and worth on the way down per share, from that band on."""
        if not len(self.shares):
            return 0, np.zeros(1)
        first, last = min(self.shares), max(self.shares)
        bands = range(first, last + 1)
        state = self.venue.state
        x, y = (np.array([balances.get(band, 0.0) for band in bands]) for balances in (state.x, state.y))
        shares = np.array([self.shares.get(band, 0.0) for band in bands])
        upper = self.base_price() * self.bands.ratio ** np.arange(first, last + 1, dtype=np.float64)
        worth = self.bands.worth(x, y, upper, self.oracle())
        return first, np.where(shares > 0.0, worth / np.where(shares > 0.0, shares, 1.0), 0.0)

    def worth(self, data: Floats) -> Floats:
        """Worth on the way down (x_down) of loans, shape (rows,)."""
        first, values = self.values()
        found = np.zeros(data.shape[1])
        begins: NDArray[np.int64] = data[FIRST].astype(np.int64) - first
        most = int(data[COUNT].max(initial=0.0))
        for place in range(most):
            band = np.clip(begins + place, 0, len(values) - 1)
            found += data[SHARES + place] * values[band]
        return found

    def health_of(self, row: int) -> float:
        """Health of one loan: 1 is the contract's 0."""
        debt, parts = self.owed(row), self.parts(row)
        if debt <= 0.0:
            return math.inf
        state, base = self.venue.state, self.base_price()
        x = np.array([state.x.get(band, 0.0) * part for band, part in parts.items()])
        y = np.array([state.y.get(band, 0.0) * part for band, part in parts.items()])
        upper = np.array([self.bands.up(base, band) for band in parts])
        worth = float(self.bands.worth(x, y, upper, self.oracle()).sum())
        return float((1.0 - self.params.liquidation_discount) * worth / debt)

    def health(self, rows: Rows | None = None) -> Floats:
        """(1 - liquidation discount) x worth on the way down / debt, shape (rows,), infinity without debt."""
        data = self.book.data if rows is None else self.book.data[:, rows]
        debt = data[DEBT] * self.index_at(self.world.clock.now)
        return np.asarray(ratio((1.0 - self.params.liquidation_discount) * self.worth(data), debt))

    def weigh(self) -> tuple[Floats, Floats]:
        """Bounds: while bands are left alone worth moves by no more than the cube of the oracle's move against the base price, either
        way, and trades never lower it.
        """
        relative = self.oracle() / self.base_price()
        return np.array([[relative**3, relative**-3]]), np.array([[1.0]])

    def collateral_of(self, account: int) -> dict[str, float]:
        """What stands in the bands of an account's loan, stablecoins included."""
        row = self.book.find(account)
        if row is None:
            return {}
        x, y = self.holdings(row)
        return {token: amount for token, amount in ((self.token, y), (self.stablecoin, x)) if amount > 0.0}

    def accounts(self) -> tuple[int, ...]:
        """The market's own account and that of its bands."""
        return self.account, self.venue.account

    def debts_of(self, account: int) -> dict[str, float]:
        """Debt of an account's loan."""
        row = self.book.find(account)
        owed = self.owed(row) if row is not None else 0.0
        return {self.stablecoin: owed} if owed > 0.0 else {}

    def unpaid(self) -> float:
        """Debt as last accrued."""
        return self.scaled * self.index

    def totals(self) -> dict[str, dict[str, float]]:
        """Totals per token, to the clock (amounts in tokens, rates per year)."""
        index = self.index_at(self.world.clock.now)
        debts = self.book.data[DEBT] * index
        lost = np.maximum(debts - self.worth(self.book.data), 0.0)
        state = self.venue.state
        return {
            self.stablecoin: {
                "borrowed": self.scaled * index, "cash": max(self.params.ceiling - self.scaled * index, 0.0), "supplied": 0.0,
                "utilisation": self.utilisation(), "borrow_rate": self.interest.borrow_rate(self.utilisation(), self.rate_state),
                "supply_rate": 0.0, "bad_debt": float(lost.sum()), "in_bands": sum(state.x.values()),
            },
            self.token: {"collateral": sum(state.y.values())},
        }  # fmt: skip

    def audit(self) -> Iterable[Identity]:
        """Stablecoins minted = debt; loans' shares and debts add up; what waits is held."""
        yield from super().audit()
        data = self.book.data
        yield self.identity("debt of loans", float(data[DEBT].sum()), self.scaled)
        yield self.identity("waiting", self.cash(self.token), sum(self.waiting.values()))
        issued, held = sum(self.shares.values()), float(data[SHARES:].sum())
        yield self.identity("shares of bands", held, issued)

    def first_band(self, collateral: float, debt: float, count: int) -> int:
        """First band of a loan: as low as its debt, after the loan discount, lets the bands' worth on the way down be.

        Source: Controller.calculate_debt_n1, get_y_effective.
        """
        step = self.bands.ratio
        effective = collateral * (1.0 - self.params.loan_discount) * math.sqrt(step) / count * sum(step**place for place in range(count))
        return math.floor(math.log(effective * self.base_price() / debt) / -math.log(step))
