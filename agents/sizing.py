"""How much: the size at which a quoted profit is largest."""

from __future__ import annotations

from collections.abc import Callable

_GOLDEN, _LESS, _HALVES, _PRECISION = 0.6180339887498949, 0.98, 10, 0.01


def best_size(profit: Callable[[float], float], limit: float, *, rounds: int = 16) -> tuple[float, float]:
    """Size in (0, ``limit``] with the largest ``profit``, and that profit.

    Where the profit still rises at the limit, that is the size. Otherwise golden-section search, after a coarse scan in halves that finds
    the hump even where it is narrow. ``profit`` is expected to have one hump, as a constant margin less a convex price impact has. Returns
    (0, 0) where no size is profitable.
    """
    if not limit > 0.0:
        return 0.0, 0.0
    whole, rather_less = profit(limit), profit(_LESS * limit)
    if whole > 0.0 and whole >= rather_less:
        return limit, whole
    sizes, values = [limit], [whole]
    while len(sizes) < _HALVES and not (max(values) > 0.0 and values[-1] < max(values)):
        sizes.append(0.5 * sizes[-1])
        values.append(profit(sizes[-1]))
    place = max(range(len(sizes)), key=values.__getitem__)
    best, top = sizes[place], values[place]
    low, high = sizes[min(place + 1, len(sizes) - 1)], sizes[max(place - 1, 0)]
    if high > low:
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        at_left, at_right = profit(left), profit(right)
        for _ in range(rounds):
            if at_left >= at_right:
                high, right, at_right = right, left, at_left
                left = high - _GOLDEN * (high - low)
                at_left = profit(left)
            else:
                low, left, at_left = left, right, at_right
                right = low + _GOLDEN * (high - low)
                at_right = profit(right)
            if high - low <= _PRECISION * high:
                break
        found, value = (left, at_left) if at_left >= at_right else (right, at_right)
        if value > top:
            best, top = found, value
    return (best, top) if top > 0.0 else (0.0, 0.0)
