"""A feed that states a fixed number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from model.core.params import Params, param
from model.feeds.base import Feed, Observation


class ConstantParams(Params):
    """Parameters of a constant feed."""

    value: float = param(1.0, unit="numeraire per token", gt=0, description="The number it states")


class Constant(Feed, kind="constant"):
    """States a fixed number whatever happens: the blind spot of a market that prices a bridged stablecoin at 1.

    Source: markets on bridged stablecoins after the Multichain failure of July 2023, whose feeds went on saying 1.
    """

    Params = ConstantParams
    params: ConstantParams

    def sources(self) -> Sequence[str]:
        """None."""
        return ()

    def candidate(self, observations: Sequence[Observation], now: float, state: Any) -> float:
        """The number."""
        return self.params.value
