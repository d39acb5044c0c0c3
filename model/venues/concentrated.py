"""Concentrated liquidity, as Uniswap V3."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from model.core.errors import Refused
from model.core.params import Params, param
from model.venues.base import Change, Fill, Pool, Venue
from model.venues.ranges import (
    ConcentratedState,
    Key,
    Pair,
    Position,
    bounds,
    earned_inside,
    liquidity_of,
    rebuilt,
    settled,
    tokens_of,
)

SOURCE = "Adams et al. 2021 (Uniswap v3 Core); UniswapV3Pool.sol, v3-core 1.0.0"


class ConcentratedParams(Params):
    """Parameters of a concentrated-liquidity pool."""

    fee: float = param(0.003, unit="fraction", description="trading fee, of the amount sold", source=SOURCE, ge=0, lt=1)
    protocol_fee: float = param(0.0, unit="fraction", description="protocol's share of the fees", source=SOURCE, ge=0, lt=1)
    tick_spacing: int = param(60, unit="ticks", description="ranges start and end at multiples of it", source=SOURCE, ge=1, le=16384)
    initial_price: float = param(1.0, unit="token 1 per token 0", description="price of token 0 in a fresh pool", gt=0)


class Concentrated(Venue, kind="concentrated"):
    """Two tokens; liquidity on ranges of price, each range a constant product on virtual reserves. A swap walks from segment to
    segment and jumps over those without liquidity.

    Positions belong to accounts: ``terms`` of adding and removing is a :class:`Range` (None for the widest), ``shares`` are units of
    liquidity. Removing pays the position's fees too; removing 0 pays the fees alone. A swap that the pool cannot fill in whole is refused.

    Source: Adams et al. 2021, "Uniswap v3 Core", sections 2, 6.2 and 6.3.
    Assumes: real numbers; fee growth is kept per segment, which equals the contract's outside accumulators; no oracle array.
    """

    Params = ConcentratedParams
    params: ConcentratedParams
    fungible = False
    fee_side = "sell"

    def start(self, tokens: int, now: float) -> ConcentratedState:
        """State of a fresh pool at its initial price.

        Raises:
            ValueError: other than two tokens.
        """
        if tokens != 2:
            raise ValueError(f"a concentrated pool of {tokens} tokens: allowed are 2")
        return ConcentratedState(math.sqrt(self.params.initial_price))

    def spot(self, pool: Pool, sell: int, buy: int) -> float:
        """Marginal price before fees; defined even where no liquidity is active."""
        price = float(pool.state.root) ** 2
        return price if sell == 0 else 1.0 / price

    def swap(self, pool: Pool, sell: int, buy: int, amount: float) -> Fill:
        """Sell exactly ``amount``; the fee is counted in the sold token and goes to the segments that were used.

        Raises:
            Refused: ``invalid_amount``; ``insufficient_liquidity`` where the ranges end before the amount is sold.
        """
        if not 0.0 < amount < math.inf or sell == buy:
            raise Refused("invalid_amount")
        state: ConcentratedState = pool.state
        keep, left, received = 1.0 - self.params.fee, amount * (1.0 - self.params.fee), 0.0
        growth, to_protocol = list(state.growth), 0.0
        for segment, start, end in self._segments(state, sell):
            depth = state.depths[segment]
            whole = self._needed(depth, start, end, sell)
            used = min(left, whole)
            root = end if left >= whole else self._reached(depth, start, used, sell)
            received += used * start * root if sell == 0 else used / (start * root)
            fee = used / keep - used
            to_protocol += fee * self.params.protocol_fee
            growth[segment] = _plus(growth[segment], sell, fee * (1.0 - self.params.protocol_fee) / depth)
            left -= used
            if left <= 0.0:
                break
        else:
            raise Refused("insufficient_liquidity")
        protocol = _plus(state.protocol, sell, to_protocol)
        after = ConcentratedState(root, state.ticks, state.roots, state.depths, tuple(growth), state.positions, protocol)
        return Fill(min(received, pool.balances[buy]), amount * self.params.fee, after)

    def amount_to(self, pool: Pool, sell: int, buy: int, price: float) -> float:
        """Largest amount whose marginal execution after fees still gets ``price``, in closed form; at most what the ranges can take."""
        keep = 1.0 - self.params.fee
        if price <= 0.0:
            target = 0.0 if sell == 0 else math.inf
        else:
            target = math.sqrt(price / keep) if sell == 0 else math.sqrt(keep / price)
        needed = 0.0
        for segment, start, end in self._segments(pool.state, sell):
            last = max(end, target) if sell == 0 else min(end, target)
            if (last >= start) if sell == 0 else (last <= start):
                break
            needed += self._needed(pool.state.depths[segment], start, last, sell)
        return needed / keep

    def amount_for(self, pool: Pool, sell: int, buy: int, received: float) -> float:
        """Amount that yields exactly ``received``, in closed form.

        Raises:
            Refused: ``invalid_amount``, ``insufficient_liquidity``.
        """
        if not received > 0.0 or sell == buy:
            raise Refused("invalid_amount")
        needed, left = 0.0, received
        for segment, start, end in self._segments(pool.state, sell):
            depth = pool.state.depths[segment]
            whole = self._needed(depth, end, start, buy)
            used = min(left, whole)
            root = end if left >= whole else self._reached(depth, start, -used, buy)
            needed += self._needed(depth, start, root, sell)
            left -= used
            if left <= 0.0:
                return needed / (1.0 - self.params.fee)
        raise Refused("insufficient_liquidity")

    def add(self, pool: Pool, amounts: tuple[float, ...], terms: Any = None, owner: int = -1) -> Change:
        """Liquidity on a range for at most ``amounts``; takes what that liquidity stands for now.

        Raises:
            Refused: ``invalid_range``, ``invalid_amount`` (a negative amount, or no liquidity for it).
        """
        state: ConcentratedState = pool.state
        where = bounds(terms, self.params.tick_spacing)
        if min(amounts) < 0.0 or not max(amounts) < math.inf:
            raise Refused("invalid_amount")
        liquidity = liquidity_of((amounts[0], amounts[1]), state.root, where)
        if not 0.0 < liquidity < math.inf:
            raise Refused("invalid_amount", "no liquidity")
        first, second = tokens_of(liquidity, state.root, where)
        had = self._found(state, (owner, where.lower, where.upper))
        if had is None:
            held = Position(owner, where.lower, where.upper, liquidity)
            # Only once its ticks are in use is it known how much of the growth of a segment that they cut lies inside.
            opened = rebuilt(state, (*state.positions, held))
            held = replace(held, earned=earned_inside(opened, where.lower, where.upper))
        else:
            held = settled(state, had)
            held = replace(held, liquidity=held.liquidity + liquidity)
        taken = (min(first, amounts[0]), min(second, amounts[1]))
        return Change(liquidity, taken, rebuilt(state, self._with(state, held)))

    def remove(self, pool: Pool, shares: float, terms: Any = None, owner: int = -1) -> Change:
        """What ``shares`` units of a position's liquidity stand for (infinite for all of it), and all its fees.

        Raises:
            Refused: ``invalid_range``; ``invalid_amount`` (no such position, or more than it has).
        """
        state: ConcentratedState = pool.state
        where = bounds(terms, self.params.tick_spacing)
        had = self._found(state, (owner, where.lower, where.upper))
        if had is None or shares < 0.0 or had.liquidity < shares < math.inf:
            raise Refused("invalid_amount")
        held = settled(state, had)
        burned = min(shares, held.liquidity)
        principal = tokens_of(burned, state.root, where)
        paid = tuple(min(a + b, balance) for a, b, balance in zip(principal, held.owed, pool.balances, strict=True))
        rest = replace(held, liquidity=held.liquidity - burned, owed=(0.0, 0.0))
        return Change(burned, paid, rebuilt(state, self._with(state, rest)))

    def protocol_fees(self, pool: Pool) -> Change:
        """The protocol's fees, paid out."""
        state: ConcentratedState = pool.state
        return Change(0.0, state.protocol, replace(state, protocol=(0.0, 0.0)))

    def share_value(self, pool: Pool) -> tuple[float, ...]:
        """Not offered: a position's worth is what :meth:`remove` quotes."""
        raise Refused("not_offered")

    def _segments(self, state: ConcentratedState, sell: int) -> Iterator[tuple[int, float, float]]:
        """(segment, root where the price enters, root where it leaves) of segments with liquidity, in the order in which a sale of
        ``sell`` meets them.
        """
        roots = state.roots
        if sell == 0:
            for segment in range(min(bisect_left(roots, state.root), len(state.depths)) - 1, -1, -1):
                if state.depths[segment] > 0.0:
                    yield segment, min(state.root, roots[segment + 1]), roots[segment]
        else:
            for segment in range(max(bisect_right(roots, state.root) - 1, 0), len(state.depths)):
                if state.depths[segment] > 0.0:
                    yield segment, max(state.root, roots[segment]), roots[segment + 1]

    @staticmethod
    def _needed(depth: float, start: float, end: float, sell: int) -> float:
        """Net amount of ``sell`` that moves the root from ``start`` to ``end``: L (1/end - 1/start), or L (end - start)."""
        return depth * (start - end) / (start * end) if sell == 0 else depth * (end - start)

    @staticmethod
    def _reached(depth: float, start: float, net: float, sell: int) -> float:
        """Root after ``net`` of ``sell`` entered at ``start`` (negative: left)."""
        return depth * start / (depth + net * start) if sell == 0 else start + net / depth

    @staticmethod
    def _found(state: ConcentratedState, key: Key) -> Position | None:
        return next((position for position in state.positions if position.key == key), None)

    @staticmethod
    def _with(state: ConcentratedState, held: Position) -> tuple[Position, ...]:
        """Positions with this one put in, or taken out where it is empty, sorted."""
        others = [position for position in state.positions if position.key != held.key]
        return tuple(sorted([*others, held])) if held.liquidity > 0.0 else tuple(others)


def _plus(pair: Pair, side: int, amount: float) -> Pair:
    return (pair[0] + amount, pair[1]) if side == 0 else (pair[0], pair[1] + amount)
