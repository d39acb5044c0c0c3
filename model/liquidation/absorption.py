"""Absorption of a whole account by the protocol, and the discounted sale of what it absorbed: Compound v3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model.core.errors import Refused
from model.core.params import Params, param
from model.liquidation.base import Liquidation


@dataclass(frozen=True, slots=True)
class Absorbed:
    """What an absorption settles, in the base token: ``credit`` is what the seized collateral counts for, ``paid`` the debt that
    ends, ``surplus`` what exceeds the debt and is credited to the borrower, ``uncovered`` what reserves pay beyond the credit.
    """

    credit: float
    paid: float
    surplus: float
    uncovered: float


class AbsorptionParams(Params):
    """Parameters of absorption."""

    store_front_price_factor: float = param(
        0.6, ge=0, le=1, unit="fraction", description="Share of the liquidation penalty that buyers of absorbed collateral get.",
        source="Compound v3 Comet storeFrontPriceFactor",
    )  # fmt: skip


class Absorption(Liquidation, kind="absorption"):
    """The protocol takes all collateral of an account at the liquidation factors and ends its debt; buyers take it later at a discount.

    Source: Compound v3 Comet.absorbInternal, quoteCollateral, buyCollateral. Assumes: the account is liquidatable by the collaterals'
    own liquidate factors, which the market's health states.
    """

    Params = AbsorptionParams
    params: AbsorptionParams

    def absorb(self, health: float, debt: float, debt_price: float, values: Sequence[float], factors: Sequence[float]) -> Absorbed:
        """Absorb an account that owes ``debt`` base tokens, with collaterals of ``values`` (numeraire) and liquidation ``factors``.

        Raises:
            Refused: ``healthy`` at health 1 or more, ``invalid_amount`` without debt.
        """
        if health >= 1.0:
            raise Refused("healthy", f"health {health:.6g}")
        if not debt > 0.0:
            raise Refused("invalid_amount", "no debt")
        credit = sum(value * factor for value, factor in zip(values, factors, strict=True)) / debt_price
        return Absorbed(credit, debt, max(credit - debt, 0.0), max(debt - credit, 0.0))

    def discount(self, liquidation_factor: float) -> float:
        """Discount at which collateral with this liquidation factor is sold, a fraction of the feed price."""
        return self.params.store_front_price_factor * (1.0 - liquidation_factor)

    def price(self, collateral_price: float, liquidation_factor: float) -> float:
        """Sale price of a unit of absorbed collateral, in the numeraire."""
        return collateral_price * (1.0 - self.discount(liquidation_factor))

    def buy(self, pay: float, debt_price: float, unit_price: float, available: float, reserves: float, target_reserves: float) -> float:
        """Collateral received for ``pay`` base tokens at ``unit_price`` (from :meth:`price`).

        Raises:
            Refused: ``not_for_sale`` while reserves stand at their target, ``invalid_amount``, ``insufficient_collateral`` above
                what was absorbed.
        """
        if reserves >= 0.0 and reserves >= target_reserves:
            raise Refused("not_for_sale", f"reserves {reserves:.6g} at or above {target_reserves:.6g}")
        if not pay > 0.0:
            raise Refused("invalid_amount", f"pay {pay:.6g}")
        if pay * debt_price > available * unit_price:
            raise Refused("insufficient_collateral", f"available {available:.6g}")
        return pay * debt_price / unit_price
