"""Parameters of a chain: its blocks, its gas, what each verb uses."""

from __future__ import annotations

from pydantic import field_validator
from pydantic_core import PydanticCustomError

from model.core.params import Amounts, Params, param

GAS: dict[str, float] = {
    "transfer": 50e3, "swap": 150e3, "add_liquidity": 250e3, "remove_liquidity": 250e3, "supply": 200e3, "withdraw": 250e3,
    "borrow": 300e3, "repay": 200e3, "trigger": 250e3, "take": 400e3, "bid": 120e3, "mint": 120e3, "redeem": 150e3, "collect": 100e3,
    "bridge": 150e3, "post": 60e3, "govern": 100e3,
}  # fmt: skip


class ChainParams(Params):
    """One chain. Source: reference/protocols.md, section Chains; gas per verb from typical mainnet receipts."""

    block_time: float = param(13.5, unit="seconds", gt=0, description="Time between blocks", source="Ethereum under proof of work, 13-15 s")
    block_gas: float = param(30e6, unit="gas", gt=0, description="Gas limit of a block", source="Ethereum since August 2021")
    target_share: float = param(0.5, unit="fraction", gt=0, le=1, description="Share of the block gas at which the base fee rests")
    gas_token: str = param("eth", unit="token", description="Token in which gas is paid")
    gas_price: float = param(30.0, unit="gwei", gt=0, description="Gas price at which demand from outside fills blocks to their target")
    gas: Amounts = param(GAS, unit="gas", description="Gas of each verb, put over the defaults")
    transaction_gas: float = param(21e3, unit="gas", ge=0, description="Gas of a transaction beside its actions")
    flash_gas: float = param(100e3, unit="gas", ge=0, description="Gas of a flash loan")
    grace_period: float = param(
        0.0, unit="seconds", ge=0, description="Time after a halt in which markets with a sentinel do not liquidate"
    )

    @field_validator("gas")
    @classmethod
    def _has_every_verb(cls, value: dict[str, float]) -> dict[str, float]:
        if strays := sorted(set(value) - set(GAS)):
            faults = [(verb, "unknown verb", f"one of {', '.join(GAS)}") for verb in strays]
            raise PydanticCustomError("faults", "gas of verbs", {"faults": faults})
        return {**GAS, **value}
