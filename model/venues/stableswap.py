"""StableSwap pool of n coins."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from model.core.errors import Refused
from model.core.params import Params, param
from model.core.units import DAY
from model.venues.base import Change, Fill, Pool, Venue
from model.venues.invariant import increment, marginal, reach, solve, total

SOURCE = "Egorov 2019 (StableSwap); saddle-contract SwapUtils.sol, commit 2cfdd05"
PRECISION, RAMP_WAIT, RAMP_LENGTH, RAMP_FACTOR, RAMP_LIMIT = 100.0, DAY, 14 * DAY, 2.0, 1e6

Amounts = tuple[float, ...]


class StableSwapState(NamedTuple):
    """``admin``: fees held for the protocol (tokens, not part of the reserves); the amplification moves linearly from ``initial`` at
    ``since`` to ``future`` at ``until`` (seconds).
    """

    admin: Amounts
    initial: float
    future: float
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Ramp:
    """Terms of a Govern action on ``amplification``: the time (seconds) at which it is reached; the soonest allowed by default."""

    until: float | None = None


class StableSwapParams(Params):
    """Parameters of a StableSwap pool. ``amplification`` is that of a fresh pool; afterwards only a ramp moves it."""

    amplification: float = param(100.0, unit="1", description="A; the invariant uses Ann = A n", source=SOURCE, ge=1, lt=RAMP_LIMIT)
    fee: float = param(0.0004, unit="fraction", description="trading fee, of the amount bought", source=SOURCE, ge=0, lt=1)
    admin_fee: float = param(0.5, unit="fraction", description="protocol's share of the fees", source=SOURCE, ge=0, le=1)
    rates: tuple[float, ...] = param(
        (), unit="unit of account per token", description="fixed rate of each token; empty for 1 each", source=SOURCE
    )


class StableSwap(Venue, kind="stableswap"):
    """Flat around the peg of its coins, steep at the edges. Reserves are the ledger's balances less the fees held for the protocol.

    Removals of one coin, exact removals and unbalanced additions pay the fee on their distance from balance, n / (4 (n - 1)) of it.

    Source: Egorov 2019; SwapUtils.sol (Saddle, commit 2cfdd05), the same invariant as Curve's plain pools.
    Assumes: real numbers (the contract rounds each result down by a unit); A is kept in hundredths, as the contract does.
    """

    Params = StableSwapParams
    params: StableSwapParams
    fixed: ClassVar[tuple[str, ...]] = ("rates",)

    def __init__(self, params: StableSwapParams) -> None:
        super().__init__(params)
        self._solved: tuple[tuple[Amounts, float], float] = ((), 0.0), 0.0

    def start(self, tokens: int, now: float) -> StableSwapState:
        """State of a fresh pool.

        Raises:
            ValueError: fewer than two tokens, or rates that are not one above 0 per token.
        """
        rates = self.params.rates
        if tokens < 2 or (rates and (len(rates) != tokens or min(rates) <= 0.0)):
            raise ValueError(
                f"a StableSwap pool of {tokens} tokens with rates {rates}: allowed are 2 or more, one rate above 0 each or none"
            )
        a = self.params.amplification
        return StableSwapState((0.0,) * tokens, a, a, 0.0, 0.0)

    def amplification(self, state: StableSwapState, now: float) -> float:
        """A at ``now``, in whole hundredths while it moves."""
        if now >= state.until:
            return state.future
        moved = abs(state.future - state.initial) * PRECISION * (now - state.since) / (state.until - state.since)
        step = math.floor(moved) / PRECISION
        return state.initial + step if state.future > state.initial else state.initial - step

    def ramp(self, state: StableSwapState, future: float, now: float, until: float) -> StableSwapState:
        """State of a pool whose A starts to move to ``future``, reached at ``until`` (seconds).

        Raises:
            Refused: ``ramp_too_soon`` (less than a day after the last), ``ramp_too_short`` (below 14 days), ``invalid_amplification``
                (not inside (0, 1e6), or more than twice or less than half of the last).
        """
        if now < state.since + RAMP_WAIT:
            raise Refused("ramp_too_soon")
        if until < now + RAMP_LENGTH:
            raise Refused("ramp_too_short")
        a = self.amplification(state, now)
        if not 0.0 < future < RAMP_LIMIT or future * RAMP_FACTOR < a or future > a * RAMP_FACTOR:
            raise Refused("invalid_amplification")
        return StableSwapState(state.admin, a, future, now, until)

    def govern(self, pool: Pool, changes: Mapping[str, Any], terms: Any = None) -> tuple[Any, StableSwapState]:
        """As every venue; a change of ``amplification`` starts a ramp (``terms``: :class:`Ramp`) and leaves the genesis figure as it is.

        Raises:
            Refused: ``invalid_parameters``, and as :meth:`ramp`.
        """
        state: StableSwapState = pool.state
        rest = {name: value for name, value in changes.items() if name != "amplification"}
        if len(rest) < len(changes):
            future = changes["amplification"]
            if isinstance(future, bool) or not isinstance(future, int | float):
                raise Refused("invalid_parameters", f"amplification {future!r}")
            until = terms.until if isinstance(terms, Ramp) else None
            state = self.ramp(state, float(future), pool.now, pool.now + RAMP_LENGTH if until is None else until)
        params, _ = super().govern(pool, rest, terms)
        return params, state

    def reserves(self, pool: Pool) -> Amounts:
        """Tokens that trade: the ledger's balances less the protocol's fees."""
        return tuple([balance - held for balance, held in zip(pool.balances, pool.state.admin)])  # noqa: B905, half a microsecond

    def invariant(self, pool: Pool) -> float:
        """D now, in the unit of account."""
        return self._total(self._scaled(self.reserves(pool)), self._ann(pool))

    def virtual_price(self, pool: Pool) -> float:
        """D per share; 0 for an empty pool."""
        return self.invariant(pool) / pool.shares if pool.shares > 0.0 else 0.0

    def spot(self, pool: Pool, sell: int, buy: int) -> float:
        """Marginal price before fees: the slope of the invariant."""
        balances, ann = self._scaled(self.reserves(pool)), self._ann(pool)
        return marginal(balances, ann, self._traded(balances, ann), sell, buy) * self._rate(sell) / self._rate(buy)

    def swap(self, pool: Pool, sell: int, buy: int, amount: float) -> Fill:
        """Sell exactly ``amount``; the fee is kept in the bought token, the protocol's share of it set aside.

        Raises:
            Refused: ``invalid_amount``, ``insufficient_liquidity``.
        """
        if not 0.0 < amount < math.inf or sell == buy:
            raise Refused("invalid_amount")
        balances, ann = self._scaled(self.reserves(pool)), self._ann(pool)
        d = self._traded(balances, ann)
        gross = increment(balances, ann, d, sell, buy, amount * self._rate(sell)) / self._rate(buy)
        fee = gross * self.params.fee
        return Fill(gross - fee, fee, self._set_aside(pool.state, buy, fee * self.params.admin_fee))

    def amount_to(self, pool: Pool, sell: int, buy: int, price: float) -> float:
        """Largest amount whose marginal execution after fees still gets ``price``, from the slope of the invariant."""
        balances, ann = self._scaled(self.reserves(pool)), self._ann(pool)
        if price <= 0.0:
            return math.inf
        d = self._traded(balances, ann)
        wanted = price * self._rate(buy) / (self._rate(sell) * (1.0 - self.params.fee))
        return reach(balances, ann, d, sell, buy, wanted) / self._rate(sell)

    def amount_for(self, pool: Pool, sell: int, buy: int, received: float) -> float:
        """Amount that yields exactly ``received``, in closed form.

        Raises:
            Refused: ``invalid_amount``, ``insufficient_liquidity``.
        """
        if not received > 0.0 or sell == buy:
            raise Refused("invalid_amount")
        balances, ann = self._scaled(self.reserves(pool)), self._ann(pool)
        gross = received / (1.0 - self.params.fee) * self._rate(buy)
        if gross >= balances[buy]:
            raise Refused("insufficient_liquidity")
        return -increment(balances, ann, self._traded(balances, ann), buy, sell, -gross) / self._rate(sell)

    def add(self, pool: Pool, amounts: Amounts, terms: Any = None, owner: int = -1) -> Change:
        """Shares for any mix of coins (for all of them at the first time).

        Raises:
            Refused: ``invalid_amount`` (a negative amount, nothing at all, or a coin missing at the first time).
        """
        before, ann = self.reserves(pool), self._ann(pool)
        if min(amounts) < 0.0 or not max(amounts) < math.inf or (pool.shares == 0.0 and min(amounts) == 0.0):
            raise Refused("invalid_amount")
        after = tuple(balance + amount for balance, amount in zip(before, amounts, strict=True))
        d0 = self._total(self._scaled(before), ann) if pool.shares > 0.0 else 0.0
        d1 = self._total(self._scaled(after), ann)
        if not d1 > d0:
            raise Refused("invalid_amount", "the invariant must rise")
        if pool.shares == 0.0:
            return Change(d1, amounts, pool.state)
        left, state = self._imbalance(pool, before, after, d1 / d0)
        return Change((self._total(self._scaled(left), ann) - d0) * pool.shares / d0, amounts, state)

    def remove(self, pool: Pool, shares: float, terms: Any = None, owner: int = -1) -> Change:
        """All coins in proportion, without a fee.

        Raises:
            Refused: ``invalid_amount`` (no shares, or more than are outstanding).
        """
        if not 0.0 < shares <= pool.shares:
            raise Refused("invalid_amount")
        part = shares / pool.shares
        return Change(shares, tuple(balance * part for balance in self.reserves(pool)), pool.state)

    def remove_one(self, pool: Pool, shares: float, buy: int) -> Change:
        """One coin alone, the fee paid on the distance from balance.

        Raises:
            Refused: ``invalid_amount``; ``insufficient_liquidity`` where shares outnumber that coin (a rule of the contract).
        """
        if not 0.0 < shares <= pool.shares:
            raise Refused("invalid_amount")
        balances, ann = self._scaled(self.reserves(pool)), self._ann(pool)
        if shares > balances[buy] or shares == pool.shares:
            raise Refused("insufficient_liquidity")
        d0 = self._total(balances, ann)
        kept = 1.0 - shares / pool.shares
        d1, rate = d0 * kept, self._imbalance_fee(len(balances))
        whole = balances[buy] - solve(balances, ann, d1, buy)
        reduced = [x - rate * (whole - x * (1.0 - kept) if k == buy else x * (1.0 - kept)) for k, x in enumerate(balances)]
        paid = reduced[buy] - solve(reduced, ann, d1, buy)
        fee = max(whole - paid, 0.0) / self._rate(buy)
        paid /= self._rate(buy)
        amounts = tuple(paid if k == buy else 0.0 for k in range(len(balances)))
        return Change(shares, amounts, self._set_aside(pool.state, buy, fee * self.params.admin_fee))

    def remove_exact(self, pool: Pool, amounts: Amounts) -> Change:
        """Shares burned for exact ``amounts``, fee included.

        Raises:
            Refused: ``invalid_amount``; ``insufficient_liquidity`` where a coin would run out or all shares would not do.
        """
        before, ann = self.reserves(pool), self._ann(pool)
        if min(amounts) < 0.0 or max(amounts) <= 0.0:
            raise Refused("invalid_amount")
        after = tuple(balance - amount for balance, amount in zip(before, amounts, strict=True))
        if min(after) <= 0.0:
            raise Refused("insufficient_liquidity")
        d0, d1 = self._total(self._scaled(before), ann), self._total(self._scaled(after), ann)
        left, state = self._imbalance(pool, before, after, d1 / d0)
        shares = (d0 - self._total(self._scaled(left), ann)) * pool.shares / d0
        if shares > pool.shares:
            raise Refused("insufficient_liquidity")
        return Change(shares, amounts, state)

    def protocol_fees(self, pool: Pool) -> Change:
        """The protocol's fees, paid out."""
        state = pool.state
        return Change(0.0, state.admin, state._replace(admin=(0.0,) * len(state.admin)))

    def share_value(self, pool: Pool) -> Amounts:
        """Tokens behind one share, the protocol's fees left out."""
        return tuple(balance / pool.shares if pool.shares > 0.0 else 0.0 for balance in self.reserves(pool))

    def _ann(self, pool: Pool) -> float:
        return self.amplification(pool.state, pool.now) * len(pool.balances)

    def _rate(self, token: int) -> float:
        rates = self.params.rates
        return rates[token] if rates else 1.0

    def _scaled(self, amounts: Amounts) -> Amounts:
        rates = self.params.rates
        return tuple(amount * rate for amount, rate in zip(amounts, rates, strict=True)) if rates else amounts

    def _total(self, balances: Amounts, ann: float) -> float:
        try:
            return total(balances, ann)
        except ValueError:
            raise Refused("insufficient_liquidity") from None

    def _traded(self, balances: Amounts, ann: float) -> float:
        """D of a pool that trades; the last one is kept, for the many questions that are asked of one pool."""
        if (balances, ann) != self._solved[0]:
            self._solved = (balances, ann), self._total(balances, ann)
        d = self._solved[1]
        if d == 0.0:
            raise Refused("insufficient_liquidity")
        return d

    def _imbalance_fee(self, n: int) -> float:
        return self.params.fee * n / (4.0 * (n - 1))

    def _imbalance(self, pool: Pool, before: Amounts, after: Amounts, growth: float) -> tuple[Amounts, StableSwapState]:
        """Balances less the fees on their distance from ``before`` times ``growth``, and the state with the protocol's share set aside."""
        rate, part, state = self._imbalance_fee(len(before)), self.params.admin_fee, pool.state
        fees = [rate * abs(growth * old - new) for old, new in zip(before, after, strict=True)]
        admin = tuple(held + fee * part for held, fee in zip(state.admin, fees, strict=True))
        left = tuple(new - fee for new, fee in zip(after, fees, strict=True))
        return left, state._replace(admin=admin)

    def _set_aside(self, state: StableSwapState, token: int, fee: float) -> StableSwapState:
        if fee == 0.0:
            return state
        admin = list(state.admin)
        admin[token] += fee
        return StableSwapState(tuple(admin), state.initial, state.future, state.since, state.until)
