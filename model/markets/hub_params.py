"""Parameters of a cross-chain hub: what each spoke lists, how far away it is, and how much it may bear."""

from __future__ import annotations

from pydantic import ValidationInfo, field_validator

from model.core.choice import chosen
from model.core.params import Params, param
from model.liquidation.base import Liquidation
from model.rates.base import RateModel

_RATE = {"kind": "kinked"}
_SPREAD = {"kind": "fixed_spread", "full_close_health": 0.95}


class HubAsset(Params):
    """A token listed on one spoke. Source: reference/protocols.md, section Aave v4 and cross-chain money markets."""

    feed: str | None = param(None, unit="feed", description="Feed on the hub's chain; none for the numeraire")
    ltv: float = param(0.0, unit="fraction", ge=0, lt=1, description="Largest loan-to-value to borrow at; 0: no collateral")
    liquidation_threshold: float = param(0.0, unit="fraction", ge=0, lt=1, description="Share of the value that covers debt")
    bonus: float = param(0.05, unit="fraction", ge=0, le=0.5, description="Liquidation bonus of the collateral")
    borrowable: bool = param(True, unit="yes or no", description="Whether it can be borrowed on this spoke")
    supply_cap: float | None = param(None, unit="token", ge=0, description="Most that the hub credits on this spoke; none: no cap")
    borrow_cap: float | None = param(None, unit="token", ge=0, description="Most that may be owed on this spoke; none: no cap")
    reserve_factor: float = param(0.1, unit="fraction", ge=0, le=1, description="Share of interest that goes to reserves")
    rate: chosen(RateModel) = param(_RATE, unit="kind", description="Interest-rate model")  # type: ignore[valid-type]

    @field_validator("liquidation_threshold")
    @classmethod
    def _above_ltv(cls, threshold: float, info: ValidationInfo) -> float:
        # Who borrows up to an LTV above the threshold would be liquidated in the same block.
        ltv = info.data.get("ltv", 0.0)
        if ltv > 0.0 and ltv >= threshold:
            raise ValueError(f"a threshold above ltv {ltv}")
        return threshold


class HubSpoke(Params):
    """One chain of the hub."""

    delay: float = param(900.0, unit="seconds", ge=0, description="Time of a message between this chain and the hub; 0 on the hub's own")
    bridge: str | None = param(None, unit="bridge", description="Bridge that carries the messages: they wait while it is halted")
    credit_limit: float | None = param(
        None, unit="numeraire", ge=0, description="Most that may be owed on this spoke in all (value); none: no limit"
    )
    paused: bool = param(False, unit="yes or no", description="Nothing new is taken or lent; repayment and liquidation go on")
    assets: dict[str, HubAsset] = param(unit="token", min_length=1, description="Tokens listed on this chain")


class HubParams(Params):
    """A hub and its spokes."""

    numeraire: str = param("usd", unit="token or usd", description="Unit in which the hub's feeds state prices")
    spokes: dict[str, HubSpoke] = param(unit="chain", min_length=1, description="Spokes by chain")
    liquidation: chosen(Liquidation) = param(  # type: ignore[valid-type]
        _SPREAD, unit="kind", description="Liquidation mechanism: kind fixed_spread"
    )
