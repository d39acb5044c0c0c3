"""Limits and rates of Aave's recordings: the largest accepted amount, and the rates that follow a utilisation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.core.actions import Action, Borrow, Supply, Withdraw
from tests.vectors.adapters.aave_pool import MARKET, RAY, AavePool, Dialect
from tests.vectors.adapters.aave_replay import Trace, replay_trace
from tests.vectors.tally import Tally


def replay_rate_strategy(dialect: Dialect, row: Mapping[str, Any], tally: Tally) -> None:
    """One call of the strategy: the cash and debt that it was given are brought about by supply and borrowing."""
    given = {name: int(value) for name, value in row["in"].items()}
    debt = given["totalVariableDebt"]
    cash = given["underlying_in_atoken"] + given["liquidityAdded"] - given["liquidityTaken"]
    plain = {"decimals": 18, "price0": 10**8, "ltv_bps": 5000, "lt_bps": 6000, "bonus_bps": 10500, "rate": row["rate"]}
    assets = {symbol: {**plain, "reserve_factor_bps": row["reserve_factor_bps"]} for symbol in ("DBT", "COL")}
    trace = Trace(dialect, {"market": {"assets": assets}}, tally)
    amounts = [("supply", "lp", "DBT", cash + debt), ("supply", "alice", "COL", 4 * debt), ("borrow", "alice", "DBT", debt)]
    for operation, user, asset, amount in amounts:
        if amount:
            trace.replay({"op": operation, "user": user, "asset": asset, "amount": amount, "ok": True})
    reserve = trace.pool.market.reserves["DBT"]
    tally.number("variableBorrowRate", reserve.borrow_rate * RAY, row["out"]["variableBorrowRate"], 0.0)
    tally.number("liquidityRate", reserve.supply_rate * RAY, row["out"]["liquidityRate"], 0.0)


def replay_limit(dialect: Dialect, row: Mapping[str, Any], tally: Tally) -> None:
    """Find by bisection, through transactions that are refused in the end, the largest amount that the model accepts.

    The recorded largest amount is accepted and one unit above is not: so the model's own limit lies at the recorded one, to the
    tolerance of a number that inherits the base units of the collateral.
    """
    pool = replay_trace(dialect, row, tally).pool
    borrows = row["kind"] == "max_borrow"
    symbol = "DBT" if borrows else "COL"
    recorded = int(row["out"][row["kind"]])
    low, high = 0.0, recorded * pool.unit[symbol] * 2.0
    for _ in range(100):
        middle = 0.5 * (low + high)
        if accepts(pool, borrows, symbol, middle):
            low = middle
        else:
            high = middle
    tally.operation()
    market = pool.market
    worth = {name: market.price(name) * pool.unit[name] for name in pool.assets}
    unit = (sum(worth.values()) + 1.0 / dialect.base) / worth[symbol]
    tally.number(row["kind"], low / pool.unit[symbol], recorded, unit)
    slack = max(1e-9 * recorded, tally.slack * unit) * pool.unit[symbol]
    edge = recorded * pool.unit[symbol]
    tally.same("below the limit", accepts(pool, borrows, symbol, edge - slack), True)
    tally.same("above the limit", accepts(pool, borrows, symbol, edge + slack), False)


def accepts(pool: AavePool, borrows: bool, symbol: str, amount: float) -> bool:
    """Whether the model accepts an amount: a second action, aimed at nothing, takes the first one back."""
    first: Action = (Borrow if borrows else Withdraw)(target=MARKET, token=symbol, amount=amount)
    receipt = pool.execute("alice", first, Supply(target="nowhere", token=symbol, amount=1.0))
    return receipt.reason.startswith("no_such_target")
