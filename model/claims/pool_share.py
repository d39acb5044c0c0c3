"""Pool share: a part of all that an exchange pool or a lending pool holds."""

from __future__ import annotations

import math
from typing import Literal

from model.claims.base import Claim, Cover, Issue
from model.core.errors import Refused
from model.core.params import Params, param


class PoolShareParams(Params):
    """A share of a pool."""

    tokens: list[str] = param(unit="tokens", description="Tokens that the pool holds or is owed, in the pool's order", min_length=1)
    pool: Literal["exchange", "lending"] = param(
        "exchange", unit="rule", description="exchange: all is at hand; lending: only cash that is not lent out can be paid"
    )


class PoolShare(Claim, kind="pool_share"):
    """An equal part of each token in a pool: its rate moves with the pool's balances (trades, fees, interest, losses), never by itself.

    Source: constant-product and stable-swap pools (first mint: geometric mean of what is brought, Uniswap v2 without the locked minimum);
    lending pools (first mint one for one). Assumes: single-token deposits and withdrawals of an exchange pool are its venue's affair.
    """

    Params = PoolShareParams
    params: PoolShareParams

    @property
    def backing(self) -> tuple[str, ...]:
        """Tokens of the pool."""
        return tuple(self.params.tokens)

    def mint(self, cover: Cover, amounts: tuple[float, ...]) -> Issue:
        """Shares for tokens in the pool's proportion; the first mint sets the proportion."""
        if cover.supply > 0.0:
            return super().mint(cover, amounts)
        if len(amounts) != len(cover.amounts) or not all(amount > 0.0 for amount in amounts):
            raise Refused("invalid_amount", f"{amounts}")
        minted = math.exp(sum(math.log(amount) for amount in amounts) / len(amounts))
        return Issue(minted, amounts, tuple(0.0 for _ in amounts))

    def wait(self, queued: float | None, amount: float, now: float, liquid: float | None = None) -> float | None:
        """At once; of a lending pool only as far as its cash ``liquid`` reaches, otherwise not until debts are repaid (None)."""
        if self.params.pool == "lending" and liquid is not None and (queued or 0.0) + amount > liquid:
            return None
        return 0.0
