"""Dutch auction: the price of the lot falls with time until somebody takes it. Maker Liquidation 2.0."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Self

from pydantic import model_validator

from model.core.errors import Refused
from model.core.params import Params, param
from model.liquidation.base import Liquidation
from model.liquidation.curves import Curve, Exponential, Linear, Stairstep


@dataclass(frozen=True, slots=True)
class Sale:
    """A running sale: collateral left (``lot``), debt with penalty still to raise (``tab``), start price (``top``, debt tokens per
    collateral token), time of the start or last reset in seconds.
    """

    lot: float
    tab: float
    top: float
    started: float


@dataclass(frozen=True, slots=True)
class Taken:
    """What a take settles: ``slice`` collateral bought for ``owe`` debt tokens; the sale that remains, None when it is over; then
    ``returned`` collateral goes back to the borrower and ``uncovered`` tab was not raised.
    """

    slice: float
    owe: float
    sale: Sale | None
    returned: float = 0.0
    uncovered: float = 0.0


class DutchAuctionParams(Params):
    """Parameters of the Dutch auction (defaults: the shape of Maker's ETH types at launch)."""

    curve: Literal["linear", "stairstep", "exponential"] = param(
        "stairstep", unit="word", description="How the price falls.", source="Maker abaci.sol"
    )
    tau: float = param(21_600.0, gt=0, unit="seconds", description="Linear: time to a price of zero.", source="LinearDecrease.tau")
    cut: float = param(
        0.99, gt=0, lt=1, unit="1", description="Stairstep: factor per step; exponential: factor per second.",
        source="StairstepExponentialDecrease.cut, ExponentialDecrease.cut",
    )  # fmt: skip
    step: float = param(90.0, gt=0, unit="seconds", description="Stairstep: length of a step.", source="StairstepExponentialDecrease.step")
    buf: float = param(1.3, gt=0, unit="1", description="Start price as a multiple of the feed price.", source="Clipper.buf")
    tail: float = param(8_400.0, gt=0, unit="seconds", description="Time after which the auction must be reset.", source="Clipper.tail")
    cusp: float = param(
        0.4, ge=0, lt=1, unit="fraction", description="Share of the start price below which it must be reset.", source="Clipper.cusp"
    )
    penalty: float = param(
        0.13, ge=0, le=1, unit="fraction", description="Liquidation penalty added to the debt.", source="Dog.ilks.chop - 1"
    )
    tip: float = param(0.0, ge=0, unit="debt token", description="Flat incentive for starting or resetting.", source="Clipper.tip")
    chip: float = param(0.0, ge=0, lt=1, unit="fraction", description="Incentive as a share of the tab.", source="Clipper.chip")

    @model_validator(mode="after")
    def _falls(self) -> Self:
        if self.curve == "stairstep" and (self.step > self.tail or self.cut < self.cusp):
            raise ValueError("the auction never falls before it must be reset: allowed are step <= tail and cut >= cusp")
        return self

    def shape(self) -> Curve:
        """The curve that these parameters describe."""
        if self.curve == "linear":
            return Linear(self.tau)
        return Stairstep(self.cut, self.step) if self.curve == "stairstep" else Exponential(self.cut)


class DutchAuction(Liquidation, kind="dutch_auction"):
    """Sells a lot at a falling price until the tab is raised; what is left of the lot goes back.

    Prices are debt tokens per collateral token, times seconds. ``dust`` is the market's least debt of a position: sales leave no
    less than ``dust`` with penalty (the contract's chost) except when they end.

    Source: MakerDAO dss Clipper (kick, redo, take, status) and Dog (bark), v1.3. Assumes: roundings of the contracts are dropped.
    """

    Params = DutchAuctionParams
    params: DutchAuctionParams

    def __init__(self, params: DutchAuctionParams) -> None:
        super().__init__(params)
        self.curve = params.shape()

    def chost(self, dust: float) -> float:
        """Least tab that a partial take may leave."""
        return dust * (1.0 + self.params.penalty)

    def portion(self, collateral: float, debt: float, room: float, dust: float) -> tuple[float, float]:
        """Collateral and debt of a position that go to auction when ``room`` tab is free under the limits on auctioned debt.

        Raises:
            Refused: ``limit_hit`` without room, ``dusty_auction`` where the part would be below dust, ``no_collateral``.
        """
        if not room > 0.0:
            raise Refused("limit_hit")
        part = min(debt, room / (1.0 + self.params.penalty))
        if debt - part < dust:
            part = debt
        elif part < dust:
            raise Refused("dusty_auction", f"debt {part:.6g} below {dust:.6g}")
        lot = collateral if part == debt else collateral * part / debt
        if not lot > 0.0:
            raise Refused("no_collateral")
        return lot, part

    def start(self, lot: float, debt: float, feed_price: float, now: float) -> Sale:
        """A fresh sale of ``lot`` for ``debt`` plus penalty, from buf times the feed price.

        Raises:
            Refused: ``zero_price``, ``invalid_amount``.
        """
        if not feed_price > 0.0:
            raise Refused("zero_price")
        if not (lot > 0.0 and debt > 0.0):
            raise Refused("invalid_amount", f"lot {lot:.6g}, debt {debt:.6g}")
        return Sale(lot, debt * (1.0 + self.params.penalty), feed_price * self.params.buf, now)

    def price(self, sale: Sale, now: float) -> float:
        """Price at ``now``."""
        return self.curve.price(sale.top, now - sale.started)

    def needs_reset(self, sale: Sale, now: float) -> bool:
        """Whether it ran too long or fell too far to be taken."""
        return now - sale.started > self.params.tail or self.price(sale, now) / sale.top < self.params.cusp

    def reset(self, sale: Sale, feed_price: float, now: float) -> Sale:
        """The sale restarted from buf times the feed price.

        Raises:
            Refused: ``cannot_reset`` while it runs, ``zero_price``.
        """
        if not self.needs_reset(sale, now):
            raise Refused("cannot_reset")
        if not feed_price > 0.0:
            raise Refused("zero_price")
        return replace(sale, top=feed_price * self.params.buf, started=now)

    def incentive(self, tab: float) -> float:
        """Incentive for starting a sale of this tab: tip + chip * tab, in debt tokens."""
        return self.params.tip + self.params.chip * tab

    def reset_incentive(self, sale: Sale, feed_price: float, dust: float) -> float:
        """Incentive for a reset: none where the tab or the lot's worth is below chost."""
        return self.incentive(sale.tab) if min(sale.tab, sale.lot * feed_price) >= self.chost(dust) else 0.0

    def take(self, sale: Sale, amount: float, max_price: float, dust: float, now: float) -> Taken:
        """Buy up to ``amount`` collateral (ALL for the lot) at the price of ``now``, no more than ``max_price``.

        Raises:
            Refused: ``needs_reset``, ``too_expensive``, ``invalid_amount``, ``no_partial_purchase`` where what would remain is below
                chost and the tab is too small to be split.
        """
        if self.needs_reset(sale, now):
            raise Refused("needs_reset")
        price = self.price(sale, now)
        if price > max_price:
            raise Refused("too_expensive", f"price {price:.6g} above {max_price:.6g}")
        if not amount > 0.0:
            raise Refused("invalid_amount", f"amount {amount:.6g}")
        bought = min(amount, sale.lot)
        owe = bought * price
        if owe > sale.tab:
            bought, owe = min(sale.tab / price, sale.lot), sale.tab
        elif owe < sale.tab and bought < sale.lot and sale.tab - owe < self.chost(dust):
            if sale.tab <= self.chost(dust):
                raise Refused("no_partial_purchase", f"tab {sale.tab:.6g}")
            owe = sale.tab - self.chost(dust)
            bought = min(owe / price, sale.lot)
        lot, tab = sale.lot - bought, sale.tab - owe
        if lot == 0.0 or tab == 0.0:
            return Taken(bought, owe, None, returned=lot, uncovered=tab)
        return Taken(bought, owe, replace(sale, lot=lot, tab=tab))
