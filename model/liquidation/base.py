"""The contracts of liquidation mechanisms: immediate spreads and prices that move with time."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, NamedTuple

from model.core.errors import Refused
from model.core.registry import Plugin


class Position(NamedTuple):
    """An unhealthy position as a spread mechanism sees it, values in the market's numeraire.

    ``debt`` and ``collateral`` are the amounts (tokens) of the chosen debt and collateral, with their prices (numeraire per token);
    ``total_debt_value`` and ``total_collateral_value`` those of the whole account; ``bonus`` the collateral's liquidation bonus
    (fraction, .05 = 5 %); ``threshold`` the chosen collateral's own liquidation threshold (the account's weighted one is
    ``health * total_debt_value / total_collateral_value``).
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


class Settlement(NamedTuple):
    """What a liquidation settles: debt repaid, collateral leaving the borrower (gross), the protocol's part of it, bonus applied."""

    repaid: float
    seized: float
    protocol_fee: float
    bonus: float


_ROUNDING = 1e-12
"""Within this share of the collateral all of it is seized: the contract, in whole units, leaves nothing."""


class Liquidation(Plugin, family="liquidation"):
    """A liquidation mechanism. Pure: numbers in, numbers out. Raises ``Refused`` where the contract refuses
    (``healthy``, ``invalid_amount``, ``no_collateral``, ``close_factor``, ``seize_too_much``, ``must_not_leave_dust``).

    Two shapes exist, and a kind has one: a :class:`Spread` settles at once, an auction's price moves with time. Auctions and
    absorption are used through their own methods: what they are asked differs from kind to kind.
    """

    def __init__(self, params: Any) -> None:
        self.params = params


class Spread(Liquidation):
    """Settles at once at the feeds' prices with a bonus."""

    @abstractmethod
    def settle(self, position: Position, repay: float) -> Settlement:
        """Settlement when the liquidator offers to repay ``repay`` (ALL for as much as allowed)."""

    @staticmethod
    def check(position: Position, repay: float) -> None:
        """What every spread refuses: ``healthy`` at health 1 or more, ``invalid_amount`` for nothing to repay."""
        if position.health >= 1.0:
            raise Refused("healthy", f"health {position.health:.6g}")
        if not repay > 0.0 or not position.debt > 0.0:
            raise Refused("invalid_amount", f"repay {repay:.6g} of debt {position.debt:.6g}")

    @staticmethod
    def check_collateral(position: Position) -> None:
        """Refuses ``no_collateral`` where nothing of value can be seized."""
        if not position.collateral * position.collateral_price > 0.0:
            raise Refused("no_collateral")

    @staticmethod
    def fee_on_bonus(seized: float, bonus: float, share: float) -> float:
        """The protocol's ``share`` of the bonus part of what was seized, in collateral tokens."""
        return seized * bonus / (1.0 + bonus) * share

    @staticmethod
    def exchange(position: Position, repay: float, bonus: float) -> tuple[float, float]:
        """Debt repaid and collateral seized for ``repay`` at ``bonus``: where the collateral does not suffice all of it is seized
        and the repayment is its value divided by 1 + bonus.
        """
        value = repay * position.debt_price * (1.0 + bonus)
        if value >= position.collateral * position.collateral_price * (1.0 - _ROUNDING):
            repaid = position.collateral * position.collateral_price / (position.debt_price * (1.0 + bonus))
            return min(repaid, repay), position.collateral
        return repay, value / position.collateral_price if value > 0.0 else 0.0
