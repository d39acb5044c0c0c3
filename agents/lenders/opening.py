"""Deposits that stand at genesis, whatever the market."""

from __future__ import annotations

from typing import Any

from model.core.draws import Floats
from model.markets.hub import Hub
from model.world.accounts import OUTSIDE
from model.world.claim import ClaimToken
from model.world.world import World


def open_deposits(world: World, params: Any, accounts: range, amounts: Floats) -> None:
    """Open deposits of ``params.token`` in ``params.market``, one amount per account (shape (accounts,)); over a hub those of the lenders'
    own chain. Claims come from outside.
    """
    market: Any = world.targets[params.market]
    hub = isinstance(market, Hub)
    if isinstance(world.targets.get(params.token), ClaimToken) and not hub:
        world.ledgers[params.chain].move(params.token, OUTSIDE, market.account, float(amounts.sum()))
    market.open_positions(accounts, {f"{params.token}@{params.chain}" if hub else params.token: amounts}, {})
