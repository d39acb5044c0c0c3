"""Fixed maturity: a claim on one unit at a date, priced below par before it (a principal token)."""

from __future__ import annotations

from model.claims.base import Claim, Cover, Issue, Turn, check_redemption
from model.core.errors import Refused
from model.core.moment import Moment
from model.core.params import Params, param
from model.core.units import DAY, YEAR


class FixedMaturityParams(Params):
    """A principal token."""

    backing: str = param("steth", unit="token", description="Token paid at maturity")
    maturity: Moment = param(unit="date", description="Moment from which one token is redeemed for one unit of backing")
    discount_per_year: float = param(0.05, unit="1/year", ge=0, description="Discount to par per year left, linear in time")
    payout_period: float = param(DAY, unit="seconds", gt=0, description="Time between payments of rewards to the yield side")


class FixedMaturity(Claim, kind="fixed_maturity"):
    """A zero-coupon claim. Minting splits backing into principal and yield: the minter brings the discounted value, the buyers of the
    yield side (outside the model) bring the rest, so that principal is whole from the start. Rewards of the backing beyond par are theirs
    and paid out to them, before maturity and after.

    Source: Pendle v2 principal tokens and their linear-discount feed (discount * years to maturity). Assumes: par is one unit of the
    backing token; redemption before maturity is not possible (sell on a venue instead).
    """

    Params = FixedMaturityParams
    params: FixedMaturityParams

    def value(self, now: float) -> float:
        """Discounted value of one whole token in units of backing: par less discount times years left, 1 from maturity on."""
        left = max(0.0, self.params.maturity - now)
        return max(0.0, 1.0 - self.params.discount_per_year * left / YEAR)

    def period(self) -> float:
        """Seconds between payments to the yield side."""
        return self.params.payout_period

    def turn(self) -> Turn:
        """Maturity."""
        return Turn(self.params.maturity, "maturity")

    def yield_per_year(self, now: float, under: float) -> float:
        """The discount, on what a token costs now; none from maturity on. The backing's own yield is the other side's."""
        price = self.value(now)
        return self.params.discount_per_year / price if now < self.params.maturity and price > 0.0 else 0.0

    def rate(self, cover: Cover) -> tuple[float, ...]:
        """Units of backing that one token is owed: par, or what is left where the backing has been impaired."""
        if not cover.supply > 0.0:
            return (1.0,)
        return (min(1.0, cover.amounts[0] / cover.supply),)

    def surplus(self, cover: Cover) -> float:
        """Backing beyond par, which belongs to the yield side."""
        return max(0.0, cover.amounts[0] - cover.supply)

    def mintable(self, now: float) -> bool:
        """Until maturity."""
        return now < self.params.maturity

    def mint(self, cover: Cover, amounts: tuple[float, ...]) -> Issue:
        """Tokens for ``amounts`` at the discounted value; the yield side adds the backing up to the rate.

        Raises:
            Refused: ``invalid_amount``; ``no_backing`` where backing or value is gone.
        """
        if len(amounts) != 1 or not amounts[0] > 0.0:
            raise Refused("invalid_amount", f"{amounts}")
        (rate,) = self.rate(cover)
        price = rate * self.value(cover.now)
        if not price > 0.0:
            raise Refused("no_backing")
        minted = amounts[0] / price
        return Issue(minted, amounts, (minted * rate - amounts[0],))

    def redeem(self, cover: Cover, amount: float) -> tuple[float, ...]:
        """Par (or what is left of it) per token.

        Raises:
            Refused: ``invalid_amount``; ``not_matured`` before maturity.
        """
        check_redemption(cover, amount)
        if cover.now < self.params.maturity:
            raise Refused("not_matured")
        return (amount * self.rate(cover)[0],)

    def wait(self, queued: float | None, amount: float, now: float, liquid: float | None = None) -> float | None:
        """At once from maturity on, closed before."""
        return 0.0 if now >= self.params.maturity else None
