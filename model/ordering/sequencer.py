"""First come, first served by one sequencer, with an optional paid express lane."""

from __future__ import annotations

import math
from collections.abc import Sequence

from model.core.params import param
from model.core.units import GWEI
from model.ordering.base import Request
from model.ordering.base_fee import BaseFee, BaseFeeParams


class SequencerParams(BaseFeeParams):
    """A sequencer."""

    express_advantage: float = param(
        0.0,
        unit="seconds",
        ge=0,
        description="Time by which ordinary transactions are held back behind the express lane; 0: no such lane",
        source="Arbitrum Timeboost, 0.2 s since April 2025",
    )
    express_price: float = param(0.0, unit="gwei", ge=0, description="Tip that buys a transaction its way through the express lane")


class Sequencer(BaseFee, kind="sequencer"):
    """Transactions execute in order of arrival; ordinary ones arrive ``express_advantage`` later than those of the express lane. A tip
    below the lane's price moves nothing and is not charged. The first that does not fit ends the block: nobody overtakes.

    Source: Arbitrum's sequencer and Timeboost. Assumes: the lane is paid by transaction (on Arbitrum its right is auctioned by the
    minute); the fee follows demand as a base fee does; background demand of a block comes before the model's; halts are the chain's.
    """

    Params = SequencerParams
    params: SequencerParams

    def express(self, request: Request) -> bool:
        """Whether a request goes through the express lane."""
        return self.params.express_advantage > 0.0 and request.tip >= self.params.express_price * GWEI and request.tip > 0.0

    def arrival(self, request: Request) -> float:
        """Time (seconds) at which a request reaches the sequencer, which orders by it."""
        return request.submitted + (0.0 if self.express(request) else self.params.express_advantage)

    def select(self, requests: Sequence[Request], base_fee: float, demand: float, target: float, capacity: float) -> list[int]:
        """In order of arrival until the gas left by background demand is used."""
        room = capacity - self.background(base_fee, demand, target)
        chosen: list[int] = []
        for place in sorted(range(len(requests)), key=lambda place: (self.arrival(requests[place]), requests[place].tie)):
            room -= requests[place].gas
            if room < 0.0:
                break
            chosen.append(place)
        return chosen

    def tip_for(self, gas: float, base_fee: float, demand: float, target: float, limit: float) -> float:
        """0 where there is room; no tip makes room."""
        return 0.0 if self.background(base_fee, demand, target) + gas <= limit else math.inf

    def price(self, request: Request, base_fee: float, reverted: bool) -> float:
        """Base fee, and the tip of an express transaction."""
        return base_fee + (request.tip if self.express(request) else 0.0)
