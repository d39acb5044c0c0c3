"""The gas market of one chain: what its ordering makes of background demand in blocks of its size."""

from __future__ import annotations

import math
from collections.abc import Sequence

from model.ordering.base import Ordering, Request
from model.world.chain_params import ChainParams


class GasMarket:
    """Base fee, entry and choice of a block, for a ``demand`` (gas token per gas) at which outside demand fills blocks to their target.
    Pure; the chain keeps the fee and the gas used.
    """

    def __init__(self, ordering: Ordering, params: ChainParams) -> None:
        self.ordering = ordering
        self.limit = params.block_gas
        self.target = params.block_gas * params.target_share
        self.ordinary = params.transaction_gas + max(params.gas.values())
        """Gas of a transaction of ordinary size."""

    def at_rest(self, demand: float) -> float:
        """Base fee at which background demand rests."""
        return self.base_fee(demand, demand, 0.0, 1)

    def base_fee(self, fee: float, demand: float, used: float, blocks: int) -> float:
        """Base fee after ``blocks`` blocks, the first of which used ``used`` gas of the model's own."""
        return self.ordering.base_fee(fee, demand, used, self.target, self.limit, blocks)

    def entry_tip(self, fee: float, demand: float) -> float:
        """Lowest tip with which a transaction of ordinary size gets in at base fee ``fee``; 0 where none helps."""
        tip = self.ordering.tip_for(self.ordinary, fee, demand, self.target, self.limit)
        return tip if tip < math.inf else 0.0

    def select(self, requests: Sequence[Request], fee: float, demand: float, used: float) -> list[int]:
        """Positions of the requests that get into a block of which ``used`` gas is taken, in order of execution."""
        return self.ordering.select(requests, fee, demand, self.target, self.limit - used)
