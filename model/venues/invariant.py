"""The StableSwap invariant as numbers: D, marginal prices and exact increments along it.

With n coins, ``ann`` = A n, S the sum and P the product of the balances:  ann S + D = ann D + D^(n+1) / (n^n P).

Source: Egorov 2019, "StableSwap - efficient mechanism for Stablecoin liquidity", with A n^n read as A n in the deployed
contracts (Curve's plain pools; Saddle SwapUtils.getD, getY).
Assumes: balances already scaled to one unit of account.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def total(balances: Sequence[float], ann: float) -> float:
    """D: the sum of the balances that the pool would have at its peg; 0 for an empty pool. Newton from the sum, from above.

    Raises:
        ValueError: some balances are 0 or below while others are not.
    """
    n = len(balances)
    if n == 2:
        first, second = balances
        amount, product = first + second, 4.0 * first * second
    else:
        amount, product = math.fsum(balances), math.prod([n * balance for balance in balances])
    if amount == 0.0:
        return 0.0
    if not min(balances) > 0.0:
        raise ValueError("the invariant of a pool without some of its coins is not defined")
    d, lifted, kept, order = amount, ann * amount, ann - 1.0, n + 1
    for _ in range(255):
        power = d**order / product
        after = (lifted + n * power) * d / (kept * d + order * power)
        if -4e-16 * d <= after - d <= 4e-16 * d:
            return after
        d = after
    return d


def slopes(balances: Sequence[float], ann: float, d: float, j: int) -> tuple[float, float]:
    """(a, b) of coin j, which solves y^2 + (b - 2 x_j) y = a with S' the sum and P' the product of the other coins:
    a = D^(n+1) / (n^n ann P'), b = 2 x_j + S' + D / ann - D. The marginal price of coin i in coin j is (x_j + a / x_i) / b.
    """
    n, held, others = len(balances), balances[j], 1.0
    rest = held
    for k, balance in enumerate(balances):
        rest += balance
        if k != j:
            others *= n * balance
    return d ** (n + 1) / (others * n * ann), rest + d / ann - d


def marginal(balances: Sequence[float], ann: float, d: float, i: int, j: int) -> float:
    """Price of coin i in coin j along the invariant: -dx_j / dx_i at constant D."""
    a, b = slopes(balances, ann, d, j)
    return (balances[j] + a / balances[i]) / b


def increment(balances: Sequence[float], ann: float, d: float, i: int, j: int, amount: float) -> float:
    """What leaves coin j when ``amount`` enters coin i at constant D (negative amounts: what enters j when it leaves i).

    The difference of the two quadratics of coin j is itself one in the increment, so small trades lose no digits.
    """
    a, b = slopes(balances, ann, d, j)
    half = b + amount
    rise = amount * (balances[j] + a / (balances[i] + amount))
    root = math.sqrt(half * half - 4.0 * rise)
    return 2.0 * rise / (half + root) if half >= 0.0 else 0.5 * (half - root)


def reach(balances: Sequence[float], ann: float, d: float, i: int, j: int, price: float) -> float:
    """Amount of coin i that moves its marginal price in coin j down to ``price``; 0 where it is there already.

    Bracketed false position (Illinois) on the logarithm of the marginal price, with bisections among its first steps, to 1e-12.
    """

    def gap(amount: float) -> float:
        moved = list(balances)
        moved[j] -= increment(balances, ann, d, i, j, amount)
        moved[i] += amount
        return math.log(marginal(moved, ann, d, i, j) / price) if moved[j] > 0.0 else -math.inf

    low, above = 0.0, gap(0.0)
    if above <= 1e-15:
        return 0.0
    high = balances[j]
    while (below := gap(high)) > 0.0:
        low, above, high = high, below, 4.0 * high
    side = 0
    for step in range(200):
        halve = (step % 4 == 0 and step < 24) or below == -math.inf
        middle = 0.5 * (low + high) if halve else (low * below - high * above) / (below - above)
        here = gap(middle)
        if here > 0.0:
            low, above, below, side = middle, here, 0.5 * below if side > 0 else below, 1
        else:
            high, below, above, side = middle, here, 0.5 * above if side < 0 else above, -1
        if high - low <= 1e-12 * high or -4e-15 < here < 4e-15:
            return middle
    return low


def solve(balances: Sequence[float], ann: float, d: float, j: int) -> float:
    """Balance of coin j at which the invariant is ``d``, the others as given."""
    a, b = slopes(balances, ann, d, j)
    b -= 2.0 * balances[j]
    root = math.sqrt(b * b + 4.0 * a)
    return 2.0 * a / (b + root) if b >= 0.0 else 0.5 * (root - b)


def price_at_share(amplification: float, share: float) -> float:
    """Marginal price of the other coin, in the coin that makes up ``share`` of a pool of two.

    ``amplification`` is A (1), ``share`` a fraction of (0, 1). A share of .317 of ETH at A = 50 prices stETH at .981 ETH.

    Raises:
        ValueError: ``share`` outside (0, 1) or ``amplification`` not above 0.
    """
    if not 0.0 < share < 1.0 or not amplification > 0.0:
        raise ValueError(f"share {share}, amplification {amplification}: allowed are shares inside (0, 1) and amplifications above 0")
    balances, ann = (1.0 - share, share), 2.0 * amplification
    return marginal(balances, ann, total(balances, ann), 0, 1)
