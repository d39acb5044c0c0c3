"""The toxic frontier of a fixed spread in closed form: when liquidating helps, how much restores a health, what is left at the end.

Values are in one numeraire, ``bonus`` and ``threshold`` are fractions.

Source: Warmuz, Chaudhary and Pinna 2022, "Toxic liquidation spirals" (arXiv 2212.07306).
Assumes: fixed prices, one collateral seized, no protocol fee on top of the bonus (Aave's is a share of it).
"""

from __future__ import annotations

import math


def toxic_ltv(bonus: float) -> float:
    """LTV above which a liquidation lowers health instead of raising it: 1/(1+b)."""
    return 1.0 / (1.0 + bonus)


def seizing_helps(health: float, threshold: float, bonus: float) -> bool:
    """Whether seizing a collateral with this threshold and bonus raises the account's health: LT(1+b) < HF."""
    return threshold * (1.0 + bonus) < health


def health_after(health: float, debt_value: float, repaid_value: float, threshold: float, bonus: float) -> float:
    """Health after one liquidation that repays ``repaid_value`` and seizes ``repaid_value * (1 + bonus)`` of the collateral;
    infinity when no debt remains.

    Raises:
        ValueError: more is repaid than is owed.
    """
    if repaid_value > debt_value:
        raise ValueError(f"repaid {repaid_value}: allowed are values up to the debt, {debt_value}")
    if repaid_value == debt_value:
        return math.inf
    return (health * debt_value - threshold * (1.0 + bonus) * repaid_value) / (debt_value - repaid_value)


def repay_to_target(debt_value: float, health: float, target: float, threshold: float, bonus: float) -> float:
    """Value to repay so that health becomes ``target``: (h*D - HF*D)/(h - LT(1+b)); 0 at or above the target, infinity where no
    repayment reaches it. It may exceed the debt or what the collateral covers; the caller bounds it.
    """
    if health >= target:
        return 0.0
    reach = target - threshold * (1.0 + bonus)
    return debt_value * (target - health) / reach if reach > 0.0 else math.inf


def exhausted_bad_debt(collateral_value: float, debt_value: float, bonus: float) -> float:
    """Bad debt when liquidations go on until nothing is left to seize: max(0, D - C/(1+b)), whatever the close factor."""
    return max(0.0, debt_value - collateral_value / (1.0 + bonus))


def halted_bad_debt(collateral_value: float, debt_value: float) -> float:
    """Bad debt when liquidations are halted and the collateral is sold at its price: max(0, D - C)."""
    return max(0.0, debt_value - collateral_value)
