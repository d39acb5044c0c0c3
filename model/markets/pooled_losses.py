"""Who bears what an account without collateral still owes to a pooled market.

Source: Aave v3.3 (deficit), Umbrella (staked shares of a reserve are burned for its deficit), Morpho Blue (lenders share at once).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model.core.actions import ALL

if TYPE_CHECKING:
    from model.markets.pooled_shares import PooledShares
    from model.markets.reserve import Reserve
    from model.world.target import Call


def bearers_of(market: PooledShares, reserve: Reserve) -> dict[str, float]:
    """Capacity of each bearer (tokens): what treasury and backstop hold in this reserve, and all that is lent."""
    token = reserve.token
    accrued = reserve.treasury_scaled * market.supply_unit(reserve)
    return {
        "treasury": accrued + market.supplied(token, market.book.row(market.treasury)),
        "backstop": market.supplied(token, market.book.row(market.backstop)),
        "lenders": market.deposits(token),
    }


def bear(market: PooledShares, call: Call, reserve: Reserve, lost: float, borrower: str) -> None:
    """Lay a loss (tokens) on its bearers: shares of treasury and backstop are burned, lenders' index is cut, the rest is a deficit."""
    parts = market.losses.split(lost, bearers_of(market, reserve))
    for bearer, part in parts.items():
        if bearer == "treasury":
            _burn_treasury(market, reserve, part)
        elif bearer == "backstop":
            _burn(market, reserve, market.backstop, part)
        elif bearer == "lenders":
            reserve.supply_index *= max(0.0, 1.0 - part / market.deposits(reserve.token))
        else:
            reserve.deficit += part
        borne = bearer if bearer in ("treasury", "backstop", "lenders") else "deficit"
        value = part * market.usd(reserve.token)
        market.world.events.emit("bad_debt", call.now, market.chain, market.name, borrower, reserve.token, part, value, borne)


def _burn(market: PooledShares, reserve: Reserve, account: int, part: float) -> None:
    row = market.book.row(account)
    market.debit(reserve, row, ALL if part >= market.supplied(reserve.token, row) else part)


def _burn_treasury(market: PooledShares, reserve: Reserve, part: float) -> None:
    """Accrued shares first, then those that the treasury holds."""
    unit = market.supply_unit(reserve)
    accrued = min(part, reserve.treasury_scaled * unit)
    reserve.treasury_scaled = max(reserve.treasury_scaled - accrued / unit, 0.0)
    if part > accrued:
        _burn(market, reserve, market.treasury, part - accrued)
