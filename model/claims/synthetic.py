"""Synthetic: a token that tracks a unit of account and is minted against collateral on another chain."""

from __future__ import annotations

from model.claims.base import Claim, Cover, Issue, check_redemption
from model.core.errors import Refused
from model.core.params import Params, param


class SyntheticParams(Params):
    """A synthetic token."""

    backing: str = param("eth", unit="token", description="Collateral, on its own chain")
    tracks: str = param("usd", unit="token", description="What one token is worth one of: usd, or a token")
    collateral_ratio: float = param(
        1.0, unit="1", ge=1, description="Value of collateral kept per unit of value minted: minters bring par, the minting vault the rest"
    )
    mint_fee: float = param(0.0, unit="fraction", ge=0, lt=1, description="Fee on minting, left in the collateral")
    redeem_fee: float = param(0.0, unit="fraction", ge=0, lt=1, description="Fee on redeeming, left in the collateral")
    message_delay: float = param(900.0, unit="seconds", ge=0, description="Time of a message to the chain of the collateral and back")
    paused: bool = param(False, unit="rule", description="The issuer has paused minting and redeeming")


class Synthetic(Claim, kind="synthetic"):
    """A token worth one unit of what it tracks as long as its collateral is. ``Cover.prices[0]`` is the collateral's price in that unit.
    A holder is owed one unit's worth of collateral, or an equal part of what is left where it has fallen below. It opens at the ratio.

    Assumes: one minting vault, outside the model, adds collateral up to the ratio whenever somebody mints at par, and takes back what
    exceeds the ratio whenever somebody redeems; between the two the excess bears the first loss. Redemption at the price of the request.
    """

    Params = SyntheticParams
    params: SyntheticParams

    @property
    def tracks(self) -> str:
        """What one token is worth one of."""
        return self.params.tracks

    def rate(self, cover: Cover) -> tuple[float, ...]:
        """Units of collateral owed per token.

        Raises:
            Refused: ``no_price``.
        """
        owed = 1.0 / self._price(cover)
        return (min(owed, cover.amounts[0] / cover.supply) if cover.supply > 0.0 else owed,)

    def opening(self, cover: Cover) -> tuple[float, ...]:
        """Units of collateral at the ratio.

        Raises:
            Refused: ``no_price``.
        """
        return (self.params.collateral_ratio / self._price(cover),)

    def surplus(self, cover: Cover) -> float:
        """Collateral beyond the ratio, the minting vault's; none while there is no price."""
        if not cover.supply > 0.0:
            return cover.amounts[0]
        if not cover.prices:
            return 0.0
        return max(0.0, cover.amounts[0] - self.params.collateral_ratio * cover.supply / self._price(cover))

    def coverage(self, cover: Cover) -> float:
        """Value of the collateral per unit of value owed; infinite where nothing is owed.

        Raises:
            Refused: ``no_price``.
        """
        price = self._price(cover)
        return cover.amounts[0] * price / cover.supply if cover.supply > 0.0 else float("inf")

    def mintable(self, now: float) -> bool:
        """Unless paused."""
        return not self.params.paused

    def mint(self, cover: Cover, amounts: tuple[float, ...]) -> Issue:
        """Tokens for collateral at its price, less the fee; the minting vault adds what the ratio asks beyond par.

        Raises:
            Refused: ``invalid_amount``, ``no_price``; ``no_backing`` where the collateral does not cover what is owed already.
        """
        if len(amounts) != 1 or not amounts[0] > 0.0:
            raise Refused("invalid_amount", f"{amounts}")
        if self.coverage(cover) < 1.0 - 1e-9:
            raise Refused("no_backing")
        par = amounts[0] * (1.0 - self.params.mint_fee)
        return Issue(par * self._price(cover), amounts, (par * (self.params.collateral_ratio - 1.0),))

    def redeem(self, cover: Cover, amount: float) -> tuple[float, ...]:
        """Collateral for ``amount`` tokens, after the fee."""
        check_redemption(cover, amount)
        return (amount * self.rate(cover)[0] * (1.0 - self.params.redeem_fee),)

    def wait(self, queued: float | None, amount: float, now: float, liquid: float | None = None) -> float | None:
        """The message's way; None while paused."""
        return None if self.params.paused else self.params.message_delay

    def _price(self, cover: Cover) -> float:
        if not cover.prices or not cover.prices[0] > 0.0:
            raise Refused("no_price", self.params.backing)
        return cover.prices[0]
