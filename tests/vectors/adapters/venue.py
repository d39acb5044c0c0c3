"""What the adapters of trading venues share: a pool in place, its tokens and shares in base units."""

from __future__ import annotations

from collections.abc import Sequence

from model.core.actions import Action, Receipt
from model.venues.base import Venue
from model.world.venue import TradingVenue
from tests.markets.stage import Stage

START = 1_700_000_000.0


class Place:
    """One row's world: a venue ``pool`` of tokens ``t0``, ``t1``..., ``scale`` base units to a token, ``shares`` to a share."""

    def __init__(self, start: float, decimals: Sequence[int], shares: float, mechanism: Venue) -> None:
        self.stage = Stage(start)
        self.scale = [10.0 ** int(places) for places in decimals]
        self.shares = shares
        self.tokens = [f"t{number}" for number in range(len(self.scale))]
        self.pool = TradingVenue(self.stage.world, "pool", "chain", self.tokens, mechanism)
        self.stage.world.add(self.pool)

    def attempt(self, action: Action) -> tuple[Receipt, list[float]]:
        """One transaction of ``lp``; its receipt and the base units that each token of his grew by."""
        before = self.balances()
        receipt = self.stage.attempt("lp", action)
        return receipt, [(now - old) * scale for now, old, scale in zip(self.balances(), before, self.scale, strict=True)]

    def balances(self) -> list[float]:
        """Tokens of ``lp``."""
        return [self.stage.held("lp", token) for token in self.tokens]

    def give(self, amounts: Sequence[int | str]) -> tuple[tuple[str, float], ...]:
        """Fund ``lp`` with base units; the tokens of an action."""
        given = tuple((token, int(amount) / scale) for token, amount, scale in zip(self.tokens, amounts, self.scale, strict=True))
        for token, amount in given:
            self.stage.fund("lp", token, amount)
        return given
