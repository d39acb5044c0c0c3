"""The contract of block building: how a block is filled and what gas costs."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

from model.core.registry import Plugin


class Request(NamedTuple):
    """A pending transaction as a block builder sees it: gas units, tip per gas (gas token), time of submission, keyed tie-break."""

    gas: float
    tip: float
    submitted: float
    tie: int


class Ordering(Plugin, family="ordering"):
    """How a block is filled. Prices are gas-token units per unit of gas (1 gwei = 1e-9). Pure; the chain keeps the base fee.

    ``demand`` is the gas price at which demand from outside the model just fills the block to its target (exogenous, may be shocked).
    """

    def __init__(self, params: Any) -> None:
        self.params = params

    @abstractmethod
    def base_fee(self, before: float, demand: float, used: float, target: float, limit: float, blocks: int) -> float:
        """Base fee after ``blocks`` blocks, the first of which used ``used`` gas of the model's own transactions (the rest only
        background), in closed form; ``before`` is the fee of the last block, ``target`` and ``limit`` the gas of a block.
        """

    @abstractmethod
    def background(self, price: float, demand: float, target: float) -> float:
        """Gas per block of outside demand that bids ``price`` or more (gas); may exceed a block's limit."""

    @abstractmethod
    def select(self, requests: Sequence[Request], base_fee: float, demand: float, target: float, capacity: float) -> list[int]:
        """Positions of the requests that get in, in order of execution. ``capacity`` is the gas that the model's transactions have not yet
        used of the block; what background demand outbids is not available.
        """

    @abstractmethod
    def tip_for(self, gas: float, base_fee: float, demand: float, target: float, limit: float) -> float:
        """Lowest tip with which ``gas`` gets into an otherwise empty block against background demand; infinite where none does."""

    def arrival(self, request: Request) -> float:
        """Time (seconds) from which a request can be included."""
        return request.submitted

    def price(self, request: Request, base_fee: float, reverted: bool) -> float:
        """Gas price that an included request pays; 0 where losers pay nothing."""
        return base_fee + request.tip
