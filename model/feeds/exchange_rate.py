"""A feed that prices a claim by its exchange rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationInfo, field_validator

from model.core.params import Params, param
from model.feeds.base import Feed, Observation, Source


class ExchangeRateParams(Params):
    """Parameters of an exchange-rate feed."""

    fixed_at_one: bool = param(
        False, unit="1", description="Whether the claim counts as one unit of its backing, whatever stands behind it", source="Aave: stETH"
    )
    claim: Source | None = param(None, unit="name", description="The claim whose rate is read; needed unless the rate is fixed at one")
    times: Source | None = param(
        None, unit="name", description="Feed of the backing token, which multiplies the rate; none for the rate alone"
    )

    @field_validator("claim")
    @classmethod
    def _named(cls, claim: str | None, info: ValidationInfo) -> str | None:
        if claim is None and not info.data.get("fixed_at_one", True):
            raise ValueError("the claim whose rate is read, or fixed_at_one")
        return claim


class ExchangeRate(Feed, kind="exchange_rate"):
    """Claim's exchange rate x feed of its backing: blind to a discount on the market, awake to slashing. Read through.

    Source: Aave v3 since June 2023 (wstETH = exchange rate x ETH/USD, stETH = 1 ETH). With ``fixed_at_one`` blind to slashing too.
    """

    fixed = ("claim", "times")
    Params = ExchangeRateParams
    params: ExchangeRateParams

    def sources(self) -> Sequence[str]:
        """The claim, unless it is fixed at one, and the backing's feed."""
        claim = None if self.params.fixed_at_one else self.params.claim
        return tuple(name for name in (claim, self.params.times) if name is not None)

    def candidate(self, observations: Sequence[Observation], now: float, state: Any) -> float:
        """Product of the sources; 1 without any."""
        value = 1.0
        for observation in observations:
            value *= observation.value
        return value
