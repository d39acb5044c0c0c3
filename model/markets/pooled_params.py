"""Parameters of a pooled market, and the typed terms of its verbs."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationInfo, field_validator, model_validator

from model.core.choice import chosen
from model.core.params import Amounts, Params, param
from model.losses.base import LossRule
from model.markets.reserve import ReserveParams
from model.markets.rules.base import RuleSet

_V2 = {"kind": "aave_v2"}
_DEFICIT = {"kind": "deficit"}


@dataclass(frozen=True, slots=True)
class Switch:
    """Terms of a supply: count the token as collateral or not, after the supply (``Supply`` of 0 tokens switches alone)."""

    collateral: bool


@dataclass(frozen=True, slots=True)
class EMode:
    """Terms of a borrowing: enter an e-mode category before it, empty for none (``Borrow`` of 0 tokens switches alone)."""

    category: str


class EModeParams(Params):
    """One e-mode category: thresholds for collateral and debt that move together. Source: Aave v3 EModeLogic."""

    ltv: float = param(unit="fraction", ge=0, lt=1, description="Loan-to-value of the category")
    liquidation_threshold: float = param(unit="fraction", gt=0, lt=1, description="Liquidation threshold of the category")
    bonus: float = param(unit="fraction", ge=0, lt=1, description="Liquidation bonus of the category")
    collateral: tuple[str, ...] | None = param(None, unit="token", description="Tokens that count at its thresholds, all where not given")
    borrowable: tuple[str, ...] | None = param(None, unit="token", description="Tokens that may be borrowed in it, all where not given")

    @field_validator("liquidation_threshold")
    @classmethod
    def _not_below_ltv(cls, threshold: float, info: ValidationInfo) -> float:
        ltv = info.data.get("ltv", 0.0)
        if ltv > threshold:
            raise ValueError(f"a threshold of ltv {ltv} or more")
        return threshold


class PooledParams(Params):
    """A pooled market."""

    rules: chosen(RuleSet) = param(_V2, unit="kind", description="Rule set, by protocol version")  # type: ignore[valid-type]
    numeraire: str = param("usd", unit="token or usd", description="Unit in which the market's feeds state prices")
    reserves: dict[str, ReserveParams] = param(unit="table", min_length=1, description="Reserves by token")
    emodes: dict[str, EModeParams] = param({}, unit="table", description="E-mode categories by name")

    losses: chosen(LossRule) = param(  # type: ignore[valid-type]
        _DEFICIT, unit="kind", description="Who bears written-off debt (rule sets from v3.3 on write it off)"
    )
    backstop: Amounts = param({}, unit="token", description="Tokens that a backstop has staked in the market at the start")

    @model_validator(mode="after")
    def _backstop_is_listed(self) -> PooledParams:
        if unknown := sorted(set(self.backstop) - set(self.reserves)):
            raise ValueError(f"backstop of listed tokens, not {', '.join(unknown)}")
        if any(not 0.0 <= amount < float("inf") for amount in self.backstop.values()):
            raise ValueError("backstop amounts >= 0")
        return self

    def warnings(self) -> list[str]:
        """Terms at which a liquidation loses at the trigger already (liquidation threshold x (1 + bonus) >= 1), each by its place."""
        terms = {f"reserves.{token}": (reserve.liquidation_threshold, reserve.bonus) for token, reserve in self.reserves.items()}
        terms |= {f"emodes.{name}": (emode.liquidation_threshold, emode.bonus) for name, emode in self.emodes.items()}
        return [
            f"{place}: liquidation_threshold {threshold} x (1 + bonus {bonus}) = {threshold * (1.0 + bonus):.4g}, a loss at the trigger"
            for place, (threshold, bonus) in terms.items()
            if threshold * (1.0 + bonus) >= 1.0
        ]
