"""Pool share: a part of all that a pool outside the model holds."""

from __future__ import annotations

import math

from model.claims.base import Claim, Cover, Issue
from model.core.errors import Refused
from model.core.params import Params, param


class PoolShareParams(Params):
    """A share of a pool."""

    tokens: list[str] = param(unit="tokens", description="Tokens that the pool holds or is owed, in the pool's order", min_length=1)


class PoolShare(Claim, kind="pool_share"):
    """An equal part of each token in a pool in which nobody trades here: a fixed basket, which losses of its tokens reach. Shares of venues
    and vaults in which agents do trade and lend are tokens by themselves, named after them, and need no claim.

    Source: first mint at the geometric mean of what is brought, Uniswap v2 without the locked minimum.
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
        """At once."""
        return 0.0
