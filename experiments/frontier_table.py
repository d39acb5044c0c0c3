"""What each mechanism does to one account at loan-to-value ratios around 1, at fixed prices, liquidated to the end.

The figures come from the mechanisms themselves, by the verbs that markets call. An account with 100 of collateral owes LTV x 100.
Spread mechanisms are run until nothing can be seized; auctions are bought at the feed price, as takers without costs would; the stability
pool bears what its collateral does not cover.

Source: Warmuz, Chaudhary and Pinna 2022 (arXiv 2212.07306) for what is tabulated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from model.core.actions import ALL
from model.core.errors import Refused
from model.liquidation import (
    Absorption,
    DustAwareSpread,
    DutchAuction,
    EnglishAuction,
    FixedSpread,
    HealthScaled,
    LltvIncentive,
    TargetHealth,
)
from model.liquidation.base import Position
from model.losses import StabilityPool

LTVS: Final = (0.90, 0.93, 0.95, 0.96, 0.97, 0.98, 0.99, 1.00, 1.02, 1.05)
COLLATERAL, THRESHOLD, BONUS = 100.0, 0.83, 0.05
_SCALE = 1e4
"""Hundreds of collateral value are counted in units of this many dollars, so that no rule for dust applies."""

Outcome = tuple[float, bool | None]
"""Bad debt per 100 of collateral; whether one liquidation, for the smallest share that the mechanism sells, raises health (None where it
leaves no position).
"""


def position(collateral: float, debt: float) -> Position:
    """An account at the terms of the table, values in dollars."""
    health = collateral * THRESHOLD / debt if debt > 0.0 else float("inf")
    return Position(health, debt, 1.0, collateral, 1.0, debt, collateral, BONUS, THRESHOLD)


def run_spread(settle: Callable[[Position, float], object]) -> Callable[[float], Outcome]:
    """Liquidate again and again for as much as is allowed; whether a first sliver helps."""

    def outcome(ltv: float) -> Outcome:
        """Bad debt per 100 of collateral at a loan-to-value ratio, and whether a first sliver helps."""
        start = position(COLLATERAL * _SCALE, COLLATERAL * _SCALE * ltv)
        sliver = settle(start, 0.001 * start.debt)
        helps = position(start.collateral - sliver.seized, start.debt - sliver.repaid).health > start.health  # type: ignore[attr-defined]
        at = start
        for _ in range(200):
            if at.collateral == 0.0 or at.debt == 0.0:
                break
            try:
                done = settle(at, ALL)
            except Refused as refused:
                if refused.reason == "healthy":
                    break
                raise
            at = position(at.collateral - done.seized, at.debt - done.repaid)  # type: ignore[attr-defined]
        return (at.debt / _SCALE if at.collateral == 0.0 else 0.0), helps

    return outcome


def absorbed(ltv: float) -> Outcome:
    """Absorbed at liquidation factor .95, sold at the store front's price: what the reserves are short of in the end."""
    rule, debt = Absorption(Absorption.Params()), COLLATERAL * ltv
    credit = rule.absorb(THRESHOLD / ltv, debt, 1.0, [COLLATERAL], [1.0 - BONUS])
    proceeds = COLLATERAL * rule.price(1.0, 1.0 - BONUS)
    return max(debt + credit.surplus - proceeds, 0.0), None


def dutch(ltv: float) -> Outcome:
    """A Dutch auction bought at the first moment at which its price is no more than the feed's."""
    rule = DutchAuction(DutchAuction.Params(curve="linear", buf=1.2, tail=8400.0, penalty=BONUS))
    sale, moment = rule.start(COLLATERAL, COLLATERAL * ltv, 1.0, 0.0), 0.0
    while rule.price(sale, moment) > 1.0:
        moment += 1.0
    taken = rule.take(sale, ALL, 1.0, 0.0, moment)
    return max(COLLATERAL * ltv - taken.owe, 0.0), None


def english(ltv: float) -> Outcome:
    """An English auction won at the feed price: up to the tab for the whole lot, above it by a smaller lot."""
    rule = EnglishAuction(EnglishAuction.Params(lot_size=COLLATERAL, penalty=BONUS))
    auction = rule.start(COLLATERAL, COLLATERAL * ltv, 0.0)
    auction = rule.tend(auction, 1, min(COLLATERAL, auction.tab), 0.0)
    return max(COLLATERAL * ltv - auction.bid, 0.0), None


def pooled_stability(ltv: float) -> Outcome:
    """A stability pool that holds enough: its depositors burn the debt and keep the collateral."""
    offset = StabilityPool(StabilityPool.Params()).offset(COLLATERAL * ltv, COLLATERAL, 10.0 * COLLATERAL)
    return max(offset.debt_to_pool - offset.collateral_to_pool, 0.0), None


MECHANISMS: Final[dict[str, Callable[[float], Outcome]]] = {
    "Aave v2": run_spread(FixedSpread(FixedSpread.Params()).settle),
    "Aave v3.0": run_spread(FixedSpread(FixedSpread.Params(full_close_health=0.95)).settle),
    "Aave v3.3": run_spread(DustAwareSpread(DustAwareSpread.Params()).settle),
    "Aave v4": run_spread(TargetHealth(TargetHealth.Params()).settle),
    "Compound v2": run_spread(FixedSpread(FixedSpread.Params(above="refuse", fee_on="seizure", protocol_fee=0.028)).settle),
    "Compound v3, absorption and sale": absorbed,
    "Morpho Blue, LLTV .83": run_spread(LltvIncentive(LltvIncentive.Params()).settle),
    "Euler v2, discount to .15": run_spread(HealthScaled(HealthScaled.Params()).settle),
    "Maker, Dutch auction": dutch,
    "Maker, English auction": english,
    "Liquity, stability pool": pooled_stability,
}


def markdown() -> str:
    """The table of the documentation: bad debt per 100 of collateral; a cross where a liquidation makes the account worse."""
    lines = ["| mechanism | " + " | ".join(f"{ltv:.2f}" for ltv in LTVS) + " |", "|---|" + "---:|" * len(LTVS)]
    for name, outcome in MECHANISMS.items():
        cells = []
        for ltv in LTVS:
            bad_debt, helps = outcome(ltv)
            cells.append(f"{bad_debt:.2f}{' x' if helps is False else ''}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def refreshed(text: str) -> str:
    """A page with its table, between two marks, made anew."""
    begin, end = "<!-- table -->\n", "\n<!-- end of table -->"
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(end)
    return f"{head}{begin}{markdown()}{end}{tail}"
