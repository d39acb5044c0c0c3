"""What tokens are worth for a measurement, and what positions leave uncovered at those worths."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from model.core.draws import Floats
from model.markets.base import Market


def true_usd(market: Market, token: str) -> float:
    """True price of an exogenous token, else what the market's feed says (USD)."""
    known = market.world.board.usd(token)
    return market.usd(token) if known is None else known


def uncovered(market: Market, worth: Mapping[str, float]) -> tuple[dict[str, Floats], Floats]:
    """Debts by token, and by how much all debts of an account exceed its collateral, both in USD and of shape (participants,); ``worth``
    is USD per token.
    """
    held, owed = ({token: amounts * worth[token] for token, amounts in side.items()} for side in market.position_columns())
    nothing = np.zeros(1)
    return owed, np.asarray(np.maximum(sum(owed.values(), nothing) - sum(held.values(), nothing), 0.0))
