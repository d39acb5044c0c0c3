"""Parameters of liquidators with capital of their own."""

from __future__ import annotations

from pydantic import field_validator

from agents.base import AgentParams
from model.core.params import Amounts, param


class InventoryParams(AgentParams):
    """Liquidators with inventory. Source: Perez et al. 2021 (delay), Qin et al. 2021 (gross profit 6.4-7.9 % of debt repaid)."""

    count: int = param(10, unit="accounts", ge=0, description="Number of liquidators")
    capital: Amounts = param({}, unit="token", description="Capital of all together, by token; shared out unequally")
    concentration: float = param(1.0, unit="1", ge=0, description="Zipf exponent of capital by rank: 0 for equal shares")
    least_profit: float = param(0.0, unit="gas token", ge=0, description="Least profit of one liquidation, after all costs")
    least_margin: float = param(0.002, unit="fraction", ge=0, description="Least profit as a share of what is paid in, after all costs")
    slippage: float = param(0.003, unit="fraction", ge=0, lt=1, description="How much worse than quoted a sale may fill before it reverts")
    deliberation: int = param(8, unit="offers", gt=0, description="Most offers that one liquidator works through at one asking")
    purse: float = param(500.0, unit="gas token", ge=0, description="Gas token set aside for fees, each account")
    bid_discount: float = param(
        0.03, unit="fraction", ge=0, lt=1, description="Discount on what a lot would sell for, up to which it bids in an English auction"
    )
    bid_share: tuple[float, float] = param(
        (0.6, 0.9), unit="fraction",
        description="Range of the share of its expected profit that it bids for an auctioned oracle update, uniform for each account",
        source="Chainlink SVR on Aave: 73 % of the bonus recaptured (forum 24241)",
    )  # fmt: skip
    tip_share: float = param(
        0.0, unit="fraction", ge=0, lt=1,
        description="Share of a liquidation's expected profit that it bids as its tip to be first; 0: as `tip` and `urgency` say",
    )  # fmt: skip
    deposit_discount: float = param(
        0.03, unit="fraction", ge=0, lt=1,
        description="Discount at which it values a deposit that cannot be withdrawn yet: for the wait and the price until then",
    )  # fmt: skip
    retry: float = param(900.0, unit="seconds", gt=0, description="Time between looks at offers that do not pay, on the clock")
    latency: float = param(6.0, unit="seconds", ge=0, description="Mean time from deciding to submission (exponential)")

    @field_validator("bid_share")
    @classmethod
    def _is_a_range(cls, value: tuple[float, float]) -> tuple[float, float]:
        if not 0.0 <= value[0] <= value[1] <= 1.0:
            raise ValueError(f"a range within 0 to 1, lower bound first (not {value})")
        return value
