"""Bands of a soft-liquidating market as a trading mechanism: each band is a small pool whose price moves against the oracle's.

Band ``n`` spans oracle prices from up(n) = base ((A-1)/A)^n down to up(n+1). At oracle price p its two balances, x stablecoins and y
collateral, trade along (f + x)(g + y) = p A^2 y0^2, f = p^2/up A y0, g = up/p (A-1) y0, so that the band's price runs from p^3/up^2 (all
collateral) to p^3/down^2 (all stablecoins): it overshoots the oracle, which pays arbitrageurs to convert bands as the price passes.

Source: Curve Stablecoin whitepaper (Egorov 2023), equations of the AMM; crvUSD documentation of LLAMMA (get_y0, get_x_down).
Assumes: no admin fee and none of the limits on how fast the oracle may move; fees stay in the bands that trade.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from model.core.draws import Floats
from model.core.errors import Refused
from model.venues.base import Fill, Pool, Venue

STABLE, COLLATERAL = 0, 1


@dataclass(frozen=True, slots=True)
class BandState:
    """Balances by band (tokens; bands without are left out), and the base price of band 0, which grows with the interest of the debt."""

    x: Mapping[int, float]
    y: Mapping[int, float]
    base: float


@dataclass(frozen=True, slots=True)
class Curve:
    """A band at one oracle price: balances, virtual balances f and g, and the product that trades keep."""

    x: float
    y: float
    f: float
    g: float
    product: float

    @property
    def price(self) -> float:
        """Stablecoins per collateral token at the margin."""
        return (self.f + self.x) / (self.g + self.y)


class Bands(Venue):
    """All bands of one market; tokens are the stablecoin and the collateral, in that order. It stands with its market, not alone.

    ``Pool.prices`` holds 1 and the oracle price. Refuses ``insufficient_liquidity`` and ``invalid_amount``.
    """

    fee_side = "sell"

    def __init__(self, amplification: float, fee: float) -> None:
        super().__init__(None)
        self.amplification = amplification
        self.fee = fee
        self.ratio = (amplification - 1.0) / amplification

    def up(self, base: float, band: int) -> float:
        """Upper oracle price of a band."""
        return float(base * self.ratio**band)

    def curve(self, x: float, y: float, upper: float, oracle: float) -> Curve:
        """A band's trading curve at an oracle price."""
        a = self.amplification
        linear = upper / oracle * (a - 1.0) * x + oracle * oracle / upper * a * y
        y0 = (linear + math.sqrt(linear * linear + 4.0 * oracle * a * x * y)) / (2.0 * oracle * a)
        f, g = oracle * oracle / upper * a * y0, upper / oracle * (a - 1.0) * y0
        return Curve(x, y, f, g, (f + x) * (g + y))

    def spot(self, pool: Pool, sell: int, buy: int) -> float:
        """Marginal price before fees where the next trade of this direction happens; the oracle's where there are no bands."""
        state, oracle = pool.state, pool.prices[COLLATERAL]
        stable, held = _filled(state.x), _filled(state.y)
        if not stable and not held:
            price = oracle
        else:
            upward = bool(held) and (sell == STABLE or not stable)
            band = min(held) if upward else max(stable)
            curve = self._at(state, band, oracle)
            price = curve.price
        return float(1.0 / price if sell == STABLE else price)

    def swap(self, pool: Pool, sell: int, buy: int, amount: float) -> Fill:
        """Sell exactly ``amount``: stablecoins buy collateral from the lowest band that has any upwards, collateral buys stablecoins from
        the highest band that has any downwards.
        """
        if not 0.0 < amount < math.inf:
            raise Refused("invalid_amount", f"{amount}")
        state = pool.state
        given, taken = (dict(state.x), dict(state.y)) if sell == STABLE else (dict(state.y), dict(state.x))
        left, received, keep = amount, 0.0, 1.0 - self.fee
        for band, curve in self._walk(state, sell, pool.prices[COLLATERAL]):
            paid_in, paid_out, virtual_in, virtual_out = _sides(curve, sell)
            gross = (curve.product / virtual_out - virtual_in - paid_in) / keep
            if gross <= left:
                received += paid_out
                given[band], left = paid_in + max(gross, 0.0), left - max(gross, 0.0)
                del taken[band]
                if left == 0.0:
                    break
                continue
            rest = min(max(curve.product / (virtual_in + paid_in + left * keep) - virtual_out, 0.0), paid_out)
            received += paid_out - rest
            given[band], taken[band], left = paid_in + left, rest, 0.0
            break
        if left > 1e-12 * amount:
            raise Refused("insufficient_liquidity", f"{left} of {amount} left over")
        x, y = (given, taken) if sell == STABLE else (taken, given)
        return Fill(received, amount * self.fee, replace(state, x=x, y=y))

    def amount_to(self, pool: Pool, sell: int, buy: int, price: float) -> float:
        """Largest sale whose last unit still gets ``price`` after the fee."""
        keep, total = 1.0 - self.fee, 0.0
        target = keep / price if sell == STABLE else price / keep
        for _, curve in self._walk(pool.state, sell, pool.prices[COLLATERAL]):
            paid_in, _, virtual_in, virtual_out = _sides(curve, sell)
            if curve.price >= target if sell == STABLE else curve.price <= target:
                break
            factor = target if sell == STABLE else 1.0 / target
            reached = math.sqrt(curve.product * factor) - virtual_in
            empty = curve.product / virtual_out - virtual_in
            total += (min(reached, empty) - paid_in) / keep
            if reached < empty:
                break
        return max(total, 0.0)

    def worth(self, x: Floats, y: Floats, upper: Floats, oracle: float) -> Floats:
        """Stablecoins that bands end with when the oracle falls slowly through all of them, arbitraged all the way (x_down), by band.

        The band is first traded to the oracle's price at the oracle where it stands, then converted at the geometric mean of the
        prices that it passes.
        """
        a, lower = self.amplification, upper * self.ratio
        linear = upper / oracle * (a - 1.0) * x + oracle * oracle / upper * a * y
        y0 = (linear + np.sqrt(linear * linear + 4.0 * oracle * a * x * y)) / (2.0 * oracle * a)
        f, g = oracle * oracle / upper * a * y0, upper / oracle * (a - 1.0) * y0
        product = (f + x) * (g + y)
        with np.errstate(divide="ignore", invalid="ignore"):
            held = np.maximum(np.sqrt(product / oracle) - g, 0.0)
            inside = np.maximum(product / (g + held) - f, 0.0) + held * np.sqrt(lower * oracle)
            above = np.maximum(product / f - g, 0.0) * np.sqrt(upper * lower)
            below = np.maximum(product / g - f, 0.0)
        found = np.where(oracle > upper, above, np.where(oracle < lower, below, inside))
        return np.asarray(np.where((x > 0.0) | (y > 0.0), found, 0.0))

    def _at(self, state: BandState, band: int, oracle: float) -> Curve:
        return self.curve(state.x.get(band, 0.0), state.y.get(band, 0.0), self.up(state.base, band), oracle)

    def _walk(self, state: BandState, sell: int, oracle: float) -> Iterator[tuple[int, Curve]]:
        order = sorted(_filled(state.y)) if sell == STABLE else sorted(_filled(state.x), reverse=True)
        for band in order:
            yield band, self._at(state, band, oracle)


def _filled(balances: Mapping[int, float]) -> list[int]:
    return [band for band, amount in balances.items() if amount > 0.0]


def _sides(curve: Curve, sell: int) -> tuple[float, float, float, float]:
    """Balance sold into, balance bought from, and their virtual balances."""
    if sell == STABLE:
        return curve.x, curve.y, curve.f, curve.g
    return curve.y, curve.x, curve.g, curve.f
