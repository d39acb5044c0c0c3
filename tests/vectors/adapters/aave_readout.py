"""Read-outs of Aave's recordings against the pooled market's state."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.vectors.tally import MAX, Tally

if TYPE_CHECKING:
    from tests.vectors.adapters.aave_pool import AavePool

RAY, WAD, BPS = 1e27, 1e18, 1e4


def compare_state(pool: AavePool, state: Mapping[str, Any], tally: Tally) -> None:
    """Compare a complete read-out: every reserve, every user."""
    tally.same("timestamp", int(pool.world.clock.now), int(state["timestamp"]))
    for symbol, recorded in state["reserves"].items():
        compare_reserve(pool, symbol, recorded, tally)
    for name, recorded in state["users"].items():
        compare_account(pool, name, recorded, tally)
        for symbol in pool.assets:
            compare_balances(pool, name, symbol, recorded["balances"].get(symbol, {}), tally)


def compare_reserve(pool: AavePool, symbol: str, recorded: Mapping[str, Any], tally: Tally) -> None:
    """Indexes, rates, totals and cash of a reserve."""
    market, now, unit = pool.market, pool.world.clock.now, pool.unit[symbol]
    reserve = market.reserves[symbol]
    income, growth = reserve.supply_index_at(now), reserve.debt_index_at(now)
    treasury = market.book.find(market.treasury)
    held = market.book.get(reserve.column, treasury) if treasury is not None else 0.0
    one = pool.inherited[symbol]
    found = {
        "price": (market.price(symbol) * pool.dialect.base, 0.0),
        "availableLiquidity": (market.cash(symbol) / unit, one * max(income, growth)),
        "virtualUnderlyingBalance": (market.cash(symbol) / unit, one * max(income, growth)),
        "totalAToken": ((reserve.scaled_supply * income) / unit, one * income),
        "totalVariableDebt": (reserve.scaled_debt * growth / unit, one * growth),
        "liquidityRate": (reserve.supply_rate * RAY, steepness(pool, symbol) * RAY),
        "variableBorrowRate": (reserve.borrow_rate * RAY, steepness(pool, symbol) * RAY),
        "liquidityIndex": (reserve.supply_index * RAY, 0.0),
        "variableBorrowIndex": (reserve.debt_index * RAY, 0.0),
        "normalizedIncome": (income * RAY, 0.0),
        "normalizedVariableDebt": (growth * RAY, 0.0),
        "scaledATokenSupply": (reserve.scaled_supply / unit, one),
        "scaledVariableDebtSupply": (reserve.scaled_debt / unit, one),
        "accruedToTreasuryScaled": (reserve.treasury_scaled / unit, one),
        "treasuryAToken": (held * income / unit, one * income),
        "treasuryScaledAToken": (held / unit, one),
        "deficit": (reserve.deficit / unit, one * growth),
    }
    for name, value in recorded.items():
        if name == "lastUpdateTimestamp":
            tally.same(f"{symbol}.{name}", int(reserve.updated), max(int(value), int(pool.world.clock.start)))
        else:
            tally.number(f"{symbol}.{name}", found[name][0], value, found[name][1])


def steepness(pool: AavePool, symbol: str) -> float:
    """Change of the borrow rate per base unit of debt: the rate of a pool of few base units inherits their rounding."""
    market, reserve = pool.market, pool.market.reserves[symbol]
    rate = reserve.params.rate.params
    total = market.cash(symbol) + market.debt(symbol)
    steepest = max(rate.slope1 / rate.optimal_utilisation, rate.slope2 / (1.0 - rate.optimal_utilisation))
    return steepest * pool.unit[symbol] * pool.inherited[symbol] / total if total > 0.0 else 0.0


def compare_account(pool: AavePool, name: str, recorded: Mapping[str, Any], tally: Tally) -> None:
    """Values, weighted thresholds and health of an account. Values inherit the base units of the tokens behind them."""
    market, base, account = pool.market, pool.dialect.base, recorded["account"]
    row = market.book.row(pool.account(name))
    standing = market.standing(row)
    now, suffix = pool.world.clock.now, pool.dialect.base_suffix
    worth = {symbol: market.price(symbol) * pool.unit[symbol] * base * pool.inherited[symbol] for symbol in pool.assets}
    supply_unit = debt_unit = 1.0
    for symbol, reserve in market.reserves.items():
        if market.supplied(symbol, row) > 0.0:
            supply_unit += worth[symbol] * reserve.supply_index_at(now)
        if market.owed(symbol, row) > 0.0:
            debt_unit += worth[symbol] * reserve.debt_index_at(now)
    collateral, debt = standing.collateral * base, standing.debt * base
    tally.number(f"{name}.totalCollateral", collateral, account[f"totalCollateral{suffix}"], supply_unit)
    tally.number(f"{name}.totalDebt", debt, account[f"totalDebt{suffix}"], debt_unit)
    shaken = [0.0, 0.0]
    for place, (key, found) in enumerate((("ltv", standing.ltv), ("currentLiquidationThreshold", standing.threshold))):
        if account[key] in (round(found * BPS) - 1, round(found * BPS) + 1) and undecided(
            pool, row, place, found, supply_unit * tally.slack
        ):
            shaken[place] = 1.0 / BPS
        tally.number(f"{name}.{key}", round(found * BPS, 6), account[key], shaken[place] * BPS / tally.slack)
    free = max(0.0, collateral * standing.ltv - debt)
    unit = supply_unit + debt_unit + shaken[0] * collateral / tally.slack
    tally.number(f"{name}.availableBorrows", free, account[f"availableBorrows{suffix}"], unit)
    health = int(account["healthFactor"])
    if health == MAX or math.isinf(standing.health):
        tally.same(f"{name}.healthFactor infinite", math.isinf(standing.health), health == MAX)
    else:
        unit = standing.health * (debt_unit / debt + (supply_unit / collateral if collateral else 0.0))
        unit += shaken[1] * collateral / debt / tally.slack
        tally.number(f"{name}.healthFactor", standing.health * WAD, health, unit * WAD)
    if "emode" in recorded:
        tally.same(f"{name}.emode", market.group_of(row) or "0", str(recorded["emode"]))


def undecided(pool: AavePool, row: int, place: int, found: float, slack: float) -> bool:
    """Whether the rounding of a weighted LTV (``place`` 0) or threshold (1) down to whole basis points turns on ``slack`` (recorded
    units of collateral value): the mean of unlike collateral lies that close to a whole one.
    """
    market, group = pool.market, pool.market.group_of(row)
    values = {token: market.supplied(token, row) * market.price(token) for token in pool.assets if market.counts(token, row)}
    backing = {token: value for token, value in values.items() if value > 0.0}
    terms = {token: market.terms_of(token, group)[place] for token in backing}
    total = sum(backing.values())
    mean = sum(backing[token] * terms[token] for token in backing) / total * BPS
    reach = slack / (total * pool.dialect.base) * (max(terms.values()) - min(terms.values())) * BPS
    return abs(mean - round(mean)) <= reach


def compare_balances(pool: AavePool, name: str, symbol: str, recorded: Mapping[str, Any], tally: Tally) -> None:
    """Balances of an account in a token; a missing token is zero throughout."""
    market, now, unit = pool.market, pool.world.clock.now, pool.unit[symbol]
    account = pool.account(name)
    row, reserve = market.book.row(account), market.reserves[symbol]
    income, growth = reserve.supply_index_at(now), reserve.debt_index_at(now)
    supplied, owed = market.supplied(symbol, row) / unit, market.owed(symbol, row) / unit
    place, one = f"{name}.{symbol}", pool.inherited[symbol]
    tally.number(f"{place}.aToken", supplied, recorded.get("aToken", 0), one * income)
    tally.number(f"{place}.scaledAToken", supplied / income, recorded.get("scaledAToken", 0), one)
    tally.number(f"{place}.variableDebt", owed, recorded.get("variableDebt", 0), one * growth)
    tally.number(f"{place}.scaledVariableDebt", owed / growth, recorded.get("scaledVariableDebt", 0), one)
    held = pool.world.ledgers["chain"].balance(symbol, account) / unit
    tally.number(f"{place}.underlying", held, recorded.get("underlying", 0), one * max(income, growth))
    tally.same(f"{place}.usedAsCollateral", supplied > 0.0 and market.counts(symbol, row), bool(recorded.get("usedAsCollateral", False)))
