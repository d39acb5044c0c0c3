"""How much: the size at which a quoted profit is largest."""

from __future__ import annotations

from collections.abc import Callable

_LESS, _HALVES, _PRECISION, _GOLDEN = 0.98, 11, 0.002, 0.3819660112501051


def best_size(profit: Callable[[float], float], limit: float, *, rounds: int = 16) -> tuple[float, float]:
    """Size in (0, ``limit``] with the largest ``profit``, and that profit.

    Where the profit still rises at the limit, that is the size. Otherwise a coarse scan in halves finds the hump even where it is
    narrow, and steps to the vertex of the parabola through the three best points (a golden section where that leads nowhere) its top,
    to .1 %. ``profit`` is expected to have one hump, as a constant margin less a convex price impact has. Returns (0, 0) where no size is
    profitable.

    Source: Brent 1973, Algorithms for Minimization without Derivatives, chapter 5.
    """
    if not limit > 0.0:
        return 0.0, 0.0
    sizes, values = [limit, _LESS * limit], [profit(limit), profit(_LESS * limit)]
    if values[0] > 0.0 and values[0] >= values[1]:
        return limit, values[0]
    while len(sizes) < _HALVES and not (max(values) > 0.0 and values[-1] < max(values)):
        sizes.append(0.5 * sizes[-1])
        values.append(profit(sizes[-1]))
    place = max(range(len(sizes)), key=values.__getitem__)
    best, top = sizes[place], values[place]
    if not top > 0.0 or place == 0:
        return (best, top) if top > 0.0 else (0.0, 0.0)
    high, at_high = sizes[place - 1], values[place - 1]
    low, at_low = (sizes[place + 1], values[place + 1]) if place + 1 < len(sizes) else (0.0, min(values[-1], 0.0))
    for _ in range(rounds):
        size = _vertex(low, at_low, best, top, high, at_high)
        if size is None:
            size = best + _GOLDEN * ((high - best) if high - best > best - low else (low - best))
        if abs(size - best) <= 0.5 * _PRECISION * best:
            break
        value = profit(size)
        if value >= top:
            if size > best:
                low, at_low = best, top
            else:
                high, at_high = best, top
            best, top = size, value
        elif size > best:
            high, at_high = size, value
        else:
            low, at_low = size, value
        if high - low <= _PRECISION * high:
            break
    return best, top


def _vertex(low: float, at_low: float, middle: float, at_middle: float, high: float, at_high: float) -> float | None:
    """Where the parabola through three points has its top; None where that does not lie well inside of them."""
    left, right = (middle - low) * (at_middle - at_high), (middle - high) * (at_middle - at_low)
    if not left - right > 0.0:
        return None
    found = middle - 0.5 * ((middle - low) * left - (middle - high) * right) / (left - right)
    return found if low + 0.02 * (middle - low) < found < high - 0.02 * (high - middle) else None
