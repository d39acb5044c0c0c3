"""First-price gas auction: no base fee, highest bid first (Ethereum before August 2021)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

from model.core.params import Params, param
from model.ordering.base import Ordering, Request

_NORMAL = NormalDist()


class FirstPriceParams(Params):
    """A first-price gas auction."""

    pressure: float = param(
        2.0, unit="1", gt=1, description="Gas that the background bids for in all, in targets of a block; at 2 the median bid is demand"
    )
    spread: float = param(0.5, unit="1", gt=0, description="Standard deviation of the logarithm of background bids")


class FirstPrice(Ordering, kind="first_price"):
    """The whole price is the bid (``Request.tip``). Background bids are lognormal: those of ``demand`` and above just fill the target, so a
    lower bid gets what they leave, in most blocks nothing.

    Source: Ethereum's fee market before EIP-1559. Assumes: each block meets a fresh sample of background bids; their spread is constant.
    """

    Params = FirstPriceParams
    params: FirstPriceParams

    def base_fee(self, before: float, demand: float, used: float, target: float, limit: float, blocks: int) -> float:
        """There is none."""
        return 0.0

    def background(self, price: float, demand: float, target: float) -> float:
        """Gas of background bids of ``price`` or more."""
        volume = self.params.pressure * target
        if not price > 0.0 or not demand > 0.0:
            return volume if demand > 0.0 else 0.0
        score = math.log(price / demand) / self.params.spread + self._at_demand()
        return volume * _NORMAL.cdf(-score)

    def select(self, requests: Sequence[Request], base_fee: float, demand: float, target: float, capacity: float) -> list[int]:
        """Highest bid first; a request fits where higher background bids leave room, with those before it."""
        chosen, taken = [], 0.0
        for place in sorted(range(len(requests)), key=lambda place: (-requests[place].tip, requests[place].submitted, requests[place].tie)):
            request = requests[place]
            if self.background(request.tip, demand, target) + taken + request.gas <= capacity:
                chosen.append(place)
                taken += request.gas
        return chosen

    def tip_for(self, gas: float, base_fee: float, demand: float, target: float, limit: float) -> float:
        """The bid at which higher background bids leave ``gas``."""
        free = (limit - gas) / (self.params.pressure * target)
        if free >= 1.0 or demand <= 0.0:
            return 0.0 if free >= 0.0 else math.inf
        if free <= 0.0:
            return math.inf
        return demand * math.exp(self.params.spread * (-_NORMAL.inv_cdf(free) - self._at_demand()))

    def _at_demand(self) -> float:
        """Score of a bid at demand: the share 1 / pressure of all background gas bids more."""
        return -_NORMAL.inv_cdf(1.0 / self.params.pressure)
