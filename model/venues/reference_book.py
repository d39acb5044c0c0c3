"""Reference order book: the market outside the model, with depth, impact and recovery."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import field_validator

from model.core.errors import Refused
from model.core.params import Params, param
from model.venues.base import Fill, Pool, Venue

KAO = "Kao et al. 2020, An analysis of the market risk to participants in the Compound protocol (dp = I sigma q)"


@dataclass(frozen=True, slots=True)
class BookState:
    """Displacement of each token's price from its true price, as logarithms: the part that recovers, as of ``time`` (seconds), and
    the part that stays.
    """

    passing: tuple[float, ...]
    lasting: tuple[float, ...]
    time: float


class ReferenceBookParams(Params):
    """Parameters of a reference book. Depth is stated per token, in the numeraire of the true prices."""

    form: Literal["linear", "exponential"] = param(
        "linear", unit="word", description="price factor along a sale: 1 - move q / depth, or (1 - move)^(q / depth)", source=KAO
    )
    depth: tuple[float, ...] = param(
        (1e8,), unit="numeraire", description="value whose sale moves a token's price by `move`; one per token or one for all", source=KAO,
        min_length=1,
    )  # fmt: skip
    depth_factor: float = param(1.0, unit="1", description="multiplies every depth; below 1 in a stress of liquidity", gt=0)
    move: float = param(0.01, unit="fraction", description="relative price move that `depth` is stated for", gt=0, lt=1)
    steady: tuple[int, ...] = param((), unit="position", description="tokens whose price no trade here moves (the numeraire)")
    half_spread: float = param(0.0002, unit="fraction", description="half of the bid-ask spread, of the mid price", ge=0, lt=1)
    fee: float = param(0.0, unit="fraction", description="taker fee, of the amount bought", ge=0, lt=1)
    half_life: float = param(1800.0, unit="seconds", description="time in which half of an impact recovers", gt=0)
    permanent: float = param(
        0.0, unit="fraction", description="share of each impact that never recovers; 0 with replayed prices", ge=0, le=1
    )

    @field_validator("depth", mode="before")
    @classmethod
    def _one_for_all(cls, value: Any) -> Any:
        return (value,) if isinstance(value, int | float) else value


class ReferenceBook(Venue, kind="reference_book"):
    """Trades every pair at the true prices, moved by what was traded here lately.

    Each token has a price factor f, 1 when undisturbed. Selling a value v (at the true price) takes f down, linearly to f - v move/depth
    or exponentially to f (1 - move)^(v/depth); buying takes it up the same curve. A sale of i for j runs along both curves, so that
    splitting an order, going there and back, or going round over a third token never gains. Between trades log f recovers to its
    lasting part with ``half_life``. The exponential form with depth = 10 % of the market cap and move = 10 % is Farmer's
    exp(-1.0536 sold / cap).

    Source: Kao et al. 2020 (linear); Cont and Wagalath 2016, Farmer et al. 2020 (exponential).
    Assumes: one displacement per token, shared by its pairs; sales settle against ``outside``; impact does not feed the true prices.
    """

    Params = ReferenceBookParams
    params: ReferenceBookParams
    exogenous = True

    def start(self, tokens: int, now: float) -> BookState:
        """An undisturbed book.

        Raises:
            ValueError: depths that are neither one nor one per token or not above 0, or steady positions that do not exist.
        """
        depth, steady = self.params.depth, self.params.steady
        if len(depth) not in (1, tokens) or min(depth) <= 0.0 or not set(steady) <= set(range(tokens)):
            raise ValueError(f"depth {depth}, steady {steady}: allowed are 1 or {tokens} depths above 0 and positions below {tokens}")
        zeros = (0.0,) * tokens
        return BookState(zeros, zeros, now)

    def displacement(self, pool: Pool, token: int) -> float:
        """Logarithm of the token's price here over its true price, now."""
        state: BookState = pool.state
        passing: float = state.passing[token]
        if passing != 0.0 and pool.now > state.time:
            passing *= 2.0 ** ((state.time - pool.now) / self.params.half_life)
        return passing + state.lasting[token]

    def spot(self, pool: Pool, sell: int, buy: int) -> float:
        """Mid price, displaced."""
        true = pool.prices[sell] / pool.prices[buy]
        return true * math.exp(self.displacement(pool, sell) - self.displacement(pool, buy))

    def swap(self, pool: Pool, sell: int, buy: int, amount: float) -> Fill:
        """Sell exactly ``amount`` into the bids.

        Raises:
            Refused: ``invalid_amount``; ``insufficient_liquidity`` where a linear book runs out of bids.
        """
        if not 0.0 < amount < math.inf or sell == buy:
            raise Refused("invalid_amount")
        down, up = math.exp(self.displacement(pool, sell)), math.exp(self.displacement(pool, buy))
        raised, sold = self._proceeds(down, self._slope(sell), amount * pool.prices[sell])
        value, bought = self._cost(up, self._slope(buy), raised)
        gross = value / pool.prices[buy] * (1.0 - self.params.half_spread)
        fee = gross * self.params.fee
        return Fill(gross - fee, fee, self._moved(pool, {sell: math.log(sold / down), buy: math.log(bought / up)}))

    def amount_to(self, pool: Pool, sell: int, buy: int, price: float) -> float:
        """Largest amount whose marginal execution after spread and fee still gets ``price``, in closed form; infinite where neither
        token's price moves.
        """
        down, up = math.exp(self.displacement(pool, sell)), math.exp(self.displacement(pool, buy))
        falls, rises = self._slope(sell), self._slope(buy)
        ratio = price * pool.prices[buy] / (pool.prices[sell] * (1.0 - self.params.half_spread) * (1.0 - self.params.fee))
        if down <= ratio * up:
            return 0.0
        if self.params.form == "linear":
            steepness = 2.0 * (falls + ratio * ratio * rises)
            raised = (down * down - ratio * ratio * up * up) / steepness if steepness > 0.0 else math.inf
        else:
            steepness = falls + ratio * rises
            raised = (down - ratio * up) / steepness if steepness > 0.0 else math.inf
        return self._needed(down, falls, raised) / pool.prices[sell]

    def amount_for(self, pool: Pool, sell: int, buy: int, received: float) -> float:
        """Amount that yields exactly ``received``, in closed form.

        Raises:
            Refused: ``invalid_amount``, ``insufficient_liquidity``.
        """
        if not 0.0 < received < math.inf or sell == buy:
            raise Refused("invalid_amount")
        down, up = math.exp(self.displacement(pool, sell)), math.exp(self.displacement(pool, buy))
        value = received / ((1.0 - self.params.fee) * (1.0 - self.params.half_spread)) * pool.prices[buy]
        slope = self._slope(buy)
        if self.params.form == "linear" or slope == 0.0:
            raised = value * (up + 0.5 * slope * value)
        else:
            raised = up * math.expm1(slope * value) / slope
        needed = self._needed(down, self._slope(sell), raised)
        if needed == math.inf:
            raise Refused("insufficient_liquidity")
        return needed / pool.prices[sell]

    def depth(self, pool: Pool, token: int, numeraire: int) -> float:
        """The stated depth in the numeraire token: of the two the lesser, a steady one left out beside one that is not."""
        moving = [place for place in (token, numeraire) if place not in self.params.steady] or [token, numeraire]
        return min(self._depth(place) for place in moving) / pool.prices[numeraire]

    def _depth(self, token: int) -> float:
        depth = self.params.depth
        return (depth[token] if len(depth) > 1 else depth[0]) * self.params.depth_factor

    def _slope(self, token: int) -> float:
        """Fall of the price factor (or of its logarithm) per unit of value sold; 0 for steady tokens."""
        params = self.params
        if token in params.steady:
            return 0.0
        return (params.move if params.form == "linear" else -math.log1p(-params.move)) / self._depth(token)

    def _proceeds(self, factor: float, slope: float, value: float) -> tuple[float, float]:
        """Numeraire raised by selling ``value`` down the curve, and the factor after."""
        if slope == 0.0:
            return factor * value, factor
        if self.params.form == "linear":
            after = factor - slope * value
            if after <= 0.0:
                raise Refused("insufficient_liquidity")
            return 0.5 * (factor + after) * value, after
        return -factor * math.expm1(-slope * value) / slope, factor * math.exp(-slope * value)

    def _cost(self, factor: float, slope: float, raised: float) -> tuple[float, float]:
        """Value (at the true price) bought for ``raised`` numeraire up the curve, and the factor after."""
        if slope == 0.0:
            return raised / factor, factor
        if self.params.form == "linear":
            after = math.sqrt(factor * factor + 2.0 * slope * raised)
            return 2.0 * raised / (factor + after), after
        value = math.log1p(slope * raised / factor) / slope
        return value, factor + slope * raised

    def _needed(self, factor: float, slope: float, raised: float) -> float:
        """Value to sell for ``raised`` numeraire: inverse of the proceeds; infinite where the book does not hold as much."""
        if slope == 0.0:
            return raised / factor
        if self.params.form == "linear":
            square = factor * factor - 2.0 * slope * raised
            return 2.0 * raised / (factor + math.sqrt(square)) if square > 0.0 else math.inf
        return -math.log1p(-slope * raised / factor) / slope if slope * raised < factor else math.inf

    def _moved(self, pool: Pool, changes: dict[int, float]) -> BookState:
        """State with the recovery up to now written and the changes of log price added."""
        state: BookState = pool.state
        kept = 2.0 ** ((state.time - pool.now) / self.params.half_life) if pool.now > state.time else 1.0
        passing, lasting, share = [part * kept for part in state.passing], list(state.lasting), self.params.permanent
        for token, change in changes.items():
            passing[token] += (1.0 - share) * change
            lasting[token] += share * change
        return BookState(tuple(passing), tuple(lasting), max(pool.now, state.time))
