"""Base fee with tips (EIP-1559): the fee follows demand by at most an eighth a block, tips order what gets in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Self

from pydantic import model_validator

from model.core.params import Params, param
from model.core.units import GWEI
from model.ordering.base import Ordering, Request


class BaseFeeParams(Params):
    """A fee market with a base fee."""

    denominator: float = param(
        8.0, unit="1", gt=1, description="The base fee moves by at most one part in this many a block", source="EIP-1559"
    )
    elasticity: float = param(
        1.0, unit="1", gt=0, description="Elasticity of background demand for gas at its resting price (1: constant spending)"
    )
    floor: float = param(0.0, unit="gwei", ge=0, description="Least base fee")

    @model_validator(mode="after")
    def _settles(self) -> Self:
        if self.elasticity > self.denominator:
            raise ValueError(f"elasticity {self.elasticity} at most the denominator {self.denominator}, or the fee overshoots")
        return self


class BaseFee(Ordering, kind="base_fee"):
    """A block is filled by tip; equal tips by time of submission, then by the keyed tie-break.

    Background demand for gas at price p is T * (1 - e + e * demand / p), never below 0, with T the target and e the elasticity: it fills
    the target at ``demand`` and spends a constant amount for e = 1. Under this curve the distance of fee / demand from 1 shrinks by the
    factor 1 - e / denominator a block, and by full steps where blocks are full or empty, so skipped blocks have a closed form.

    Source: EIP-1559 (fee * (1 + (used - target) / target / 8)). Assumes: float64, no rounding to wei; whoever is outbid
    at the limit pays less in total (base fee plus tip) than who is in.
    """

    Params = BaseFeeParams
    params: BaseFeeParams

    def background(self, price: float, demand: float, target: float) -> float:
        """Gas that outside demand buys at ``price``, hyperbolic around (demand, target)."""
        share = self.params.elasticity
        if demand <= 0.0:
            return 0.0
        return max(0.0, target * (1.0 - share + share * demand / price)) if price > 0.0 else math.inf

    def base_fee(self, before: float, demand: float, used: float, target: float, limit: float, blocks: int) -> float:
        """Base fee after ``blocks`` blocks: the first with ``used`` gas of the model's own, then the closed form."""
        floor = self.params.floor * GWEI
        first = max(floor, before * (1.0 + self._slope(min(limit, self.background(before, demand, target) + used), target)))
        return max(floor, self._skip(first, demand, target, limit, blocks - 1))

    def select(self, requests: Sequence[Request], base_fee: float, demand: float, target: float, capacity: float) -> list[int]:
        """Highest tip first; a request fits where the background that pays at least as much leaves room, with those before it."""
        chosen, taken = [], 0.0
        for place in sorted(range(len(requests)), key=lambda place: self._rank(requests[place])):
            request = requests[place]
            outbid = self.background(base_fee + request.tip, demand, target)
            if outbid + taken + request.gas <= capacity:
                chosen.append(place)
                taken += request.gas
        return chosen

    def tip_for(self, gas: float, base_fee: float, demand: float, target: float, limit: float) -> float:
        """0 while blocks have room; else up to the price at which the background leaves ``gas``."""
        share = self.params.elasticity
        room = (limit - gas) / target - 1.0 + share
        if gas > limit or (room <= 0.0 and demand > 0.0):
            return math.inf
        return max(0.0, demand * share / room - base_fee) if demand > 0.0 else 0.0

    @staticmethod
    def _rank(request: Request) -> tuple[float, float, int]:
        return -request.tip, request.submitted, request.tie

    def _slope(self, gas: float, target: float) -> float:
        return (gas - target) / target / self.params.denominator

    def _skip(self, fee: float, demand: float, target: float, limit: float, blocks: int) -> float:
        """Fee after ``blocks`` blocks of background demand alone: full (or empty) blocks first, then the approach to ``demand``."""
        share, left = self.params.elasticity, blocks
        if left <= 0 or demand <= 0.0:
            return fee * (1.0 - 1.0 / self.params.denominator) ** max(left, 0)
        full = demand * share / (limit / target - 1.0 + share)
        empty = demand * share / (share - 1.0) if share > 1.0 else math.inf
        if fee < full or fee > empty:
            step = 1.0 + (self._slope(limit, target) if fee < full else -1.0 / self.params.denominator)
            edge = full if fee < full else empty
            if step == 1.0:
                return fee
            count = min(left, math.ceil(math.log(edge / fee) / math.log(step) - 1e-12))
            fee, left = fee * step**count, left - count
        return demand + (fee - demand) * (1.0 - share / self.params.denominator) ** left
