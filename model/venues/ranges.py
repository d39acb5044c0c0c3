"""Positions on price ranges and the liquidity that they add up to, segment by segment."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise

from model.core.errors import Refused

TICK_BASE = 1.0001
LAST_TICK = 887_272

Pair = tuple[float, float]
Key = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Range:
    """Terms of a position: the ticks between which its liquidity works; the price of token 0 in token 1 at tick t is 1.0001^t."""

    lower: int
    upper: int


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Liquidity of one owner on one range. ``earned``: fees per unit of liquidity inside the range when last settled; ``owed``: fees
    settled and not yet paid out (tokens).
    """

    owner: int
    lower: int
    upper: int
    liquidity: float
    earned: Pair = (0.0, 0.0)
    owed: Pair = (0.0, 0.0)

    @property
    def key(self) -> Key:
        """Owner and range."""
        return self.owner, self.lower, self.upper


@dataclass(frozen=True, slots=True)
class ConcentratedState:
    """``root``: square root of the price of token 0 in token 1. The sorted ``ticks`` in use (``roots`` at them) bound segments; each
    has its ``depths`` (liquidity) and ``growth`` (fees of both tokens earned per unit of liquidity while the price was in it).
    ``positions`` are sorted; ``protocol`` is what the venue holds for the protocol (tokens).
    """

    root: float
    ticks: tuple[int, ...] = ()
    roots: tuple[float, ...] = ()
    depths: tuple[float, ...] = ()
    growth: tuple[Pair, ...] = ()
    positions: tuple[Position, ...] = ()
    protocol: Pair = (0.0, 0.0)


def root_at(tick: int) -> float:
    """Square root of the price at ``tick``."""
    return float(TICK_BASE ** (0.5 * tick))


def bounds(terms: Range | None, spacing: int) -> Range:
    """The range itself, or the widest one for None.

    Raises:
        Refused: ``invalid_range`` (empty, beyond the last tick, or off the spacing).
    """
    if terms is None:
        last = LAST_TICK // spacing * spacing
        return Range(-last, last)
    if not -LAST_TICK <= terms.lower < terms.upper <= LAST_TICK or terms.lower % spacing or terms.upper % spacing:
        raise Refused("invalid_range", f"[{terms.lower}, {terms.upper}] at spacing {spacing}")
    return terms


def tokens_of(liquidity: float, root: float, terms: Range) -> Pair:
    """Tokens that ``liquidity`` on the range stands for at ``root``: L (1/sqrt(p) - 1/sqrt(p_u)) and L (sqrt(p) - sqrt(p_l)), p clipped."""
    low, high = root_at(terms.lower), root_at(terms.upper)
    here = min(max(root, low), high)
    return liquidity * (high - here) / (here * high), liquidity * (here - low)


def liquidity_of(amounts: Pair, root: float, terms: Range) -> float:
    """Largest liquidity on the range that ``amounts`` pay for."""
    first, second = tokens_of(1.0, root, terms)
    return min(amounts[0] / first if first > 0.0 else math.inf, amounts[1] / second if second > 0.0 else math.inf)


def earned_inside(state: ConcentratedState, lower: int, upper: int) -> Pair:
    """Fees per unit of liquidity earned so far in the segments of a range."""
    inside = state.growth[bisect_left(state.ticks, lower) : bisect_left(state.ticks, upper)]
    return math.fsum(one for one, _ in inside), math.fsum(two for _, two in inside)


def settled(state: ConcentratedState, position: Position) -> Position:
    """The position with its fees up to now under ``owed``."""
    now = earned_inside(state, position.lower, position.upper)
    owed = tuple(had + position.liquidity * max(new - old, 0.0) for had, new, old in zip(position.owed, now, position.earned, strict=True))
    return Position(position.owner, position.lower, position.upper, position.liquidity, now, (owed[0], owed[1]))


def rebuilt(state: ConcentratedState, positions: tuple[Position, ...]) -> ConcentratedState:
    """State with other positions: ticks in use, liquidity of each segment as the exact sum over positions, fee growth carried over.

    A segment that is split leaves its growth to its lower part and segments that merge add theirs, so that the sum over the range of
    every position that lasts is unchanged.
    """
    ticks = tuple(sorted({tick for position in positions for tick in (position.lower, position.upper)}))
    depths, growth = [], []
    for low, high in pairwise(ticks):
        depths.append(math.fsum(p.liquidity for p in positions if p.lower <= low and high <= p.upper))
        growth.append(earned_inside(state, low, high))
    roots = tuple(root_at(tick) for tick in ticks)
    return ConcentratedState(state.root, ticks, roots, tuple(depths), tuple(growth), positions, state.protocol)
