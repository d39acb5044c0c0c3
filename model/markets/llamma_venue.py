"""The bands of a soft-liquidating market in place: a trading venue beside the market, where arbitrageurs liquidate it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from model.core.errors import Refused
from model.markets.llamma_bands import Bands, BandState
from model.venues.base import Pool
from model.world.audit import Identity
from model.world.venue import TradingVenue

if TYPE_CHECKING:
    from model.markets.llamma_state import LlammaState


class BandVenue(TradingVenue):
    """Venue ``<market>.bands``. Its reserves are the collateral of the market's loans and what has been paid for it; there are no shares:
    liquidity comes and goes with loans.
    """

    verbs = frozenset({"swap"})
    state: BandState

    def __init__(self, market: LlammaState, bands: Bands) -> None:
        tokens = (market.params.stablecoin, market.params.collateral)
        super().__init__(market.world, f"{market.name}.bands", market.chain, tokens, bands)
        self._market = market
        self.state = BandState({}, {}, 0.0)

    def pool(self) -> Pool:
        """Balances, bands and the market's oracle price now."""
        ledger, now = self.ledger, self.world.clock.now
        balances = tuple([ledger.balance(token, self.account) for token in self.tokens])
        state = replace(self.state, base=self._market.base_price())
        return Pool(balances, 0.0, state, now, (1.0, self._market.oracle()))

    def observe(self, pair: str) -> tuple[float, float]:
        """Marginal price and reserve of the numeraire token, for feeds."""
        token, _, numeraire = pair.partition("/")
        return self.spot(token, numeraire), self.ledger.balance(numeraire, self.account)

    def draw(self, shares: dict[int, float]) -> tuple[float, float]:
        """Take shares of bands (fractions, by band) out of the state; returns stablecoins and collateral. The tokens are the caller's."""
        x, y = dict(self.state.x), dict(self.state.y)
        drawn = [0.0, 0.0]
        for band, share in shares.items():
            for place, balances in enumerate((x, y)):
                held = balances.pop(band, 0.0)
                part = held * share
                drawn[place] += part
                if share < 1.0 and held > part:
                    balances[band] = held - part
        self.state = BandState(x, y, self.state.base)
        return drawn[0], drawn[1]

    def place_in(self, first: int, count: int, amount: float) -> None:
        """Put collateral into bands, evenly."""
        y = dict(self.state.y)
        for band in range(first, first + count):
            if self.state.x.get(band, 0.0) > 0.0:
                raise Refused("debt_too_high", f"band {band} is being liquidated")
            y[band] = y.get(band, 0.0) + amount / count
        self.state = BandState(self.state.x, y, self.state.base)

    def audit(self) -> Iterable[Identity]:
        """Bands add up to the reserves."""
        for token, balances in zip(self.tokens, (self.state.x, self.state.y), strict=True):
            held, found = self.ledger.balance(token, self.account), sum(balances.values())
            yield Identity(f"venue.{self.name} {token} in bands", found, held, max(held, found))
