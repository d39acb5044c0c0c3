"""Loops: levering a claim against its own backing, what it earns and what unwinding it costs.

Source: exact results, item 6 (geometric series of deposit and borrowing); Xiong et al. 2024, arXiv 2401.08610.
Assumes: each borrowed unit is converted into the claim at par; rates are simple and per year.
"""

from __future__ import annotations


def leverage(ltv: float, loops: int) -> float:
    """Collateral per unit of equity after ``loops`` rounds of borrowing at ``ltv``: (1 - l^(n+1)) / (1 - l).

    Raises:
        ValueError: LTV outside 0 to 1, or a negative number of loops.
    """
    if not 0.0 <= ltv <= 1.0 or loops < 0:
        raise ValueError(f"ltv {ltv}, loops {loops}: allowed are an LTV from 0 to 1 and 0 loops or more")
    return loops + 1.0 if ltv == 1.0 else (1.0 - ltv ** (loops + 1)) / (1.0 - ltv)


def leverage_limit(ltv: float) -> float:
    """Collateral per unit of equity of endless loops (or of one flash-funded step) at ``ltv``: 1 / (1 - l).

    Raises:
        ValueError: LTV outside 0 to below 1.
    """
    if not 0.0 <= ltv < 1.0:
        raise ValueError(f"ltv {ltv}: allowed are values from 0 to below 1")
    return 1.0 / (1.0 - ltv)


def net_yield(leverage: float, yield_per_year: float, borrow_rate: float) -> float:
    """Yearly return on equity: L * y - (L - 1) * r."""
    return leverage * yield_per_year - (leverage - 1.0) * borrow_rate


def break_even_rate(leverage: float, yield_per_year: float) -> float:
    """Borrow rate at which the return on equity is zero: L * y / (L - 1); infinite without debt."""
    return leverage * yield_per_year / (leverage - 1.0) if leverage > 1.0 else float("inf")


def unwind_all_cost(leverage: float, discount: float) -> float:
    """Share of equity lost when all collateral is sold at ``discount``: d * L."""
    return discount * leverage


def unwind_debt_cost(leverage: float, discount: float) -> float:
    """Share of equity lost when only as much is sold at ``discount`` as repays the debt: (L - 1) * d / (1 - d)."""
    return (leverage - 1.0) * discount / (1.0 - discount)
