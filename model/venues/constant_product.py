"""Constant-product pair, as Uniswap V2."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from model.core.errors import Refused
from model.core.params import Params, param
from model.venues.base import Change, Fill, Pool, Venue

SOURCE = "Adams, Zinsmeister, Robinson 2020 (Uniswap v2 Core); UniswapV2Pair.sol, v2-core 1.0.1"


@dataclass(frozen=True, slots=True)
class PairState:
    """``k_last``: product of the reserves after the last change of liquidity (0 while no protocol fee is on); ``cumulative``: sums
    of price times seconds, of token 0 in token 1 and of token 1 in token 0; ``time``: of the last write, in seconds.
    """

    k_last: float
    cumulative: tuple[float, float]
    time: float


class ConstantProductParams(Params):
    """Parameters of a constant-product pair."""

    fee: float = param(0.003, unit="fraction", description="trading fee, of the amount sold", source=SOURCE, ge=0, lt=1)
    protocol_fee: float = param(
        0.0, unit="fraction", description="protocol's share of the growth of liquidity (1/6 when on)", source=SOURCE, ge=0, lt=1
    )
    minimum_liquidity: float = param(
        1e-15, unit="shares", description="shares locked for ever by the first deposit (1000 base units)", source=SOURCE, ge=0
    )
    decimals: tuple[int, ...] = param(
        (), unit="digits", description="decimals of each token: outputs below a base unit are refused; empty: paid", source=SOURCE
    )


class ConstantProduct(Venue, kind="constant_product"):
    """Two reserves whose product a trade may not lower; the fee stays in the reserves.

    Shares are counted as the square root of the product of the first deposit, in tokens. The reserves are the ledger's balances.

    Source: Adams, Zinsmeister, Robinson 2020, "Uniswap v2 Core", sections 2.2-2.4 and 3.1; UniswapV2Pair.sol (v2-core 1.0.1).
    Assumes: no tokens given away to the pair; amounts are real numbers (the contract rounds down to base units).
    """

    Params = ConstantProductParams
    params: ConstantProductParams
    fee_side = "sell"
    fixed: ClassVar[tuple[str, ...]] = ("minimum_liquidity", "decimals")

    def start(self, tokens: int, now: float) -> PairState:
        """State of a fresh pair.

        Raises:
            ValueError: other than two tokens, or decimals that are not one figure each.
        """
        if tokens != 2 or len(self.params.decimals) not in (0, 2):
            raise ValueError(f"a constant-product pair of {tokens} tokens, decimals {self.params.decimals}: allowed are 2, one figure each")
        return PairState(0.0, (0.0, 0.0), now)

    def spot(self, pool: Pool, sell: int, buy: int) -> float:
        """Marginal price before fees: reserve of ``buy`` over reserve of ``sell``."""
        if pool.balances[sell] <= 0.0:
            raise Refused("insufficient_liquidity")
        return pool.balances[buy] / pool.balances[sell]

    def swap(self, pool: Pool, sell: int, buy: int, amount: float) -> Fill:
        """Sell exactly ``amount``; the fee is counted in the sold token.

        Raises:
            Refused: ``invalid_amount``, ``insufficient_liquidity``.
        """
        have, offered = pool.balances[sell], pool.balances[buy]
        if not 0.0 < amount < math.inf or sell == buy:
            raise Refused("invalid_amount")
        if have <= 0.0 or offered <= 0.0:
            raise Refused("insufficient_liquidity")
        fee = self.params.fee
        net = (1.0 - fee) * amount
        received, decimals = net * offered / (have + net), self.params.decimals
        if decimals and received < 10.0 ** -decimals[buy]:
            raise Refused("invalid_amount", "an output below one base unit")
        return Fill(received, fee * amount, self._accrued(pool))

    def amount_to(self, pool: Pool, sell: int, buy: int, price: float) -> float:
        """Largest amount whose marginal execution after fees still gets ``price``, in closed form."""
        have, offered, keep = pool.balances[sell], pool.balances[buy], 1.0 - self.params.fee
        if price <= 0.0:
            return math.inf
        return max((math.sqrt(keep * have * offered / price) - have) / keep, 0.0)

    def amount_for(self, pool: Pool, sell: int, buy: int, received: float) -> float:
        """Amount that yields exactly ``received``, in closed form.

        Raises:
            Refused: ``insufficient_liquidity``, ``invalid_amount``.
        """
        have, offered = pool.balances[sell], pool.balances[buy]
        if not received > 0.0:
            raise Refused("invalid_amount")
        if received >= offered:
            raise Refused("insufficient_liquidity")
        return have * received / ((offered - received) * (1.0 - self.params.fee))

    def add(self, pool: Pool, amounts: tuple[float, ...], terms: Any = None, owner: int = -1) -> Change:
        """Shares for both tokens; whatever exceeds the ratio of the reserves is taken without shares, as the pair does.

        Raises:
            Refused: ``invalid_amount``, ``insufficient_liquidity`` (no share would be minted).
        """
        if min(amounts) < 0.0 or not max(amounts) < math.inf:
            raise Refused("invalid_amount")
        protocol, locked = self._fee_shares(pool), 0.0
        supply = pool.shares + protocol
        if supply > 0.0:
            shares = supply * min(amount / balance for amount, balance in zip(amounts, pool.balances, strict=True))
        else:
            locked = self.params.minimum_liquidity
            shares = math.sqrt(amounts[0] * amounts[1]) - locked
        if not shares > 0.0:
            raise Refused("insufficient_liquidity", "no share would be minted")
        state = self._accrued(pool, pool.balances[0] + amounts[0], pool.balances[1] + amounts[1])
        return Change(shares, amounts, state, locked, protocol)

    def remove(self, pool: Pool, shares: float, terms: Any = None, owner: int = -1) -> Change:
        """Both tokens in proportion, after the protocol's shares are minted.

        Raises:
            Refused: ``invalid_amount`` (no shares, or more than are outstanding).
        """
        if not 0.0 < shares <= pool.shares:
            raise Refused("invalid_amount")
        protocol = self._fee_shares(pool)
        part = shares / (pool.shares + protocol)
        first, second = pool.balances[0] * part, pool.balances[1] * part
        state = self._accrued(pool, pool.balances[0] - first, pool.balances[1] - second)
        return Change(shares, (first, second), state, 0.0, protocol)

    def virtual_price(self, pool: Pool) -> float:
        """Square root of the product of the reserves per share; 0 for an empty pair."""
        return math.sqrt(pool.balances[0] * pool.balances[1]) / pool.shares if pool.shares > 0.0 else 0.0

    def share_value(self, pool: Pool) -> tuple[float, ...]:
        """Tokens behind one share, protocol shares that are due counted."""
        supply = pool.shares + self._fee_shares(pool)
        return tuple(balance / supply if supply > 0.0 else 0.0 for balance in pool.balances)

    def cumulative(self, pool: Pool) -> tuple[float, float]:
        """Price times seconds up to ``pool.now``, of token 0 in token 1 and the reverse; differences over time give a TWAP."""
        first, second = pool.balances
        seconds = pool.now - pool.state.time
        before: tuple[float, float] = pool.state.cumulative
        if seconds <= 0.0 or first <= 0.0 or second <= 0.0:
            return before
        return before[0] + second / first * seconds, before[1] + first / second * seconds

    def _accrued(self, pool: Pool, first: float | None = None, second: float | None = None) -> PairState:
        """State after a write that leaves these reserves (None: a swap, which does not touch ``k_last``)."""
        if first is None or second is None:
            k_last = pool.state.k_last
        else:
            k_last = first * second if self.params.protocol_fee > 0.0 else 0.0
        return PairState(k_last, self.cumulative(pool), pool.now)

    def _fee_shares(self, pool: Pool) -> float:
        """Shares due to the protocol: ``protocol_fee`` of the growth of sqrt(k) since the last change of liquidity."""
        part, k_last = self.params.protocol_fee, pool.state.k_last
        if part == 0.0 or k_last == 0.0:
            return 0.0
        before, after = math.sqrt(k_last), math.sqrt(pool.balances[0] * pool.balances[1])
        if after <= before:
            return 0.0
        return pool.shares * (after - before) / ((1.0 / part - 1.0) * after + before)
