"""What shocks to exogenous prices have in common: a factor of their own on each path, so that several multiply."""

from __future__ import annotations

from typing import Any

from model.shocks.base import Shock
from model.world.world import World


class PriceShock(Shock):
    """A shock that multiplies the true prices of ``params.tokens``. The board moves before shocks are polled, once per tick."""

    def __init__(self, name: str, params: Any) -> None:
        super().__init__(name, params)
        self.factors: dict[str, float] = {}

    def scale(self, world: World, token: str, factor: float) -> None:
        """Have this shock's own factor on a token be ``factor``, whatever others have done to it.

        Raises:
            LookupError: the token has no exogenous price.
        """
        before = self.factors.get(token, 1.0)
        if factor == before:
            return
        path = world.board.path(token)
        path.factor *= factor / before
        self.factors[token] = factor
        world.board.restate(token)
