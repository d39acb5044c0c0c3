"""The contracts of liquidation mechanisms: immediate spreads and prices that move with time."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

from model.core.registry import Plugin


@dataclass(frozen=True, slots=True)
class Position:
    """An unhealthy position as a spread mechanism sees it, values in the market's numeraire.

    ``debt`` and ``collateral`` are the amounts (tokens) of the chosen debt and collateral, with their prices (numeraire per token);
    ``total_debt_value`` and ``total_collateral_value`` those of the whole account; ``bonus`` the collateral's liquidation bonus
    (fraction, .05 = 5 %); ``threshold`` the account's weighted liquidation threshold.
    """

    health: float
    debt: float
    debt_price: float
    collateral: float
    collateral_price: float
    total_debt_value: float
    total_collateral_value: float
    bonus: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a liquidation settles: debt repaid, collateral leaving the borrower (gross), the protocol's part of it, bonus applied."""

    repaid: float
    seized: float
    protocol_fee: float
    bonus: float


class Liquidation(Plugin, family="liquidation"):
    """A liquidation mechanism. Pure: numbers in, numbers out. Raises ``Refused`` where the contract refuses
    (``healthy``, ``close_factor``, ``must_not_leave_dust``, ``invalid_amount``).

    Two shapes exist, and a kind has one: a :class:`Spread` settles at once, an auction's price moves with time.
    """

    def __init__(self, params: Any) -> None:
        self.params = params


class Spread(Liquidation):
    """Settles at once at the feeds' prices with a bonus."""

    @abstractmethod
    def settle(self, position: Position, repay: float) -> Settlement:
        """Settlement when the liquidator offers to repay ``repay`` (ALL for as much as allowed)."""
