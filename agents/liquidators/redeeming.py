"""Kind ``redeeming``: a liquidator that keeps a claim and redeems it where the wait yields more than the sale: the last buyer of a crash.

Source: reference exact.md 5, yield of redemption arbitrage d / (1 - d) x 365 / wait, here on what a liquidation seizes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from agents.liquidators.inventory import InventoryLiquidator, InventoryLiquidators
from agents.liquidators.inventory_params import InventoryParams
from model.core.actions import Action, Collect, Receipt, Redeem, Take, Transaction
from model.core.draws import Stream
from model.core.params import param
from model.core.units import HOUR, YEAR
from model.ecosystem import Ecosystem
from model.markets.base import Offer
from model.view import View
from model.world.claim import ClaimToken

_DUST = 1e-9


class RedeemingParams(InventoryParams):
    """Liquidators with inventory and patience."""

    claims: tuple[str, ...] = param((), unit="claim", description="Claims that they may keep; none named: all that redeem on their chain")
    required_yield: float = param(0.15, unit="1/year", ge=0, description="Yield required for the time until a redemption is paid")
    most_waiting: float = param(
        0.8, unit="fraction", ge=0, le=1,
        description="Most that may wait to be redeemed, as a share of that and of the backing token in hand",
    )  # fmt: skip
    hedged: bool = param(
        True, unit="yes or no",
        description="Where the debt is not the claim's backing, sell as much backing from inventory at once; false: sell the claim",
    )  # fmt: skip
    batch: float = param(HOUR, unit="seconds", gt=0, description="Time over which what is kept is gathered for one request")


class RedeemingLiquidator(InventoryLiquidator):
    """Values what it seizes at the better of two ways: sold along the best route now, or redeemed at par after the wait of the day, less
    the yield that the wait must bring. What it keeps it redeems in batches and collects when due; until then the capital is gone.

    Where the debt is owed in another token than the claim's backing, it sells that much backing from its inventory in the same
    transaction (on a reference book, where that is the best route) and gets it back from the redemption: the exposure is closed at once.
    Assumes: all of one liquidation is kept or sold; the wait is that of its own amount behind the line as it stands; bids in English
    auctions are judged by the sale alone.
    """

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream) -> None:
        super().__init__(model, account, index, params, draws)
        self.kept: dict[str, float] = {}
        """Claims in hand that are to be redeemed."""
        self.waiting: dict[str, float] = {}
        """Claim -> time at which its next redemption is due."""
        self._batched_at: dict[str, float] = {}
        self._coming: dict[str, float] = {}
        """Backing that transactions on their way would keep, by claim."""

    def decide(self, view: View) -> Sequence[Transaction]:
        """Take offers; redeem what has been gathered, collect what is due."""
        if not view.pending():
            self._coming.clear()
        requests = list(self._requests(view))
        made = [*super().decide(view), *requests]
        moments = [*self.waiting.values(), *(self._batched_at[token] + self.params.batch for token in self.kept)]
        if requests:
            moments.append(view.now + self.params.retry)  # by then it knows when they are due
        soonest = min((moment for moment in moments if moment > view.now), default=None)
        if soonest is not None:
            self.ask_again = soonest if self.ask_again is None else min(soonest, self.ask_again)
        return made

    def receive(self, receipt: Receipt) -> None:
        """Note what was kept, requested and collected."""
        super().receive(receipt)
        step, _, token = receipt.transaction.note.partition(" ")
        if not receipt.ok or not token:
            return
        if step == "keep":
            if token not in self.kept:
                self._batched_at[token] = receipt.time
            self.kept[token] = self.kept.get(token, 0.0) + receipt.results[0]
            return
        if step == "redeem":
            self.kept.pop(token, None)
        claim: Any = self.model.world.targets[token]
        self._look(token, claim)

    def worth(self, view: View, offer: Offer, received: float) -> float:
        """The better of a sale and a redemption, at marginal prices."""
        return max(super().worth(view, offer, received), self._redeemed(view, offer, received, marginal=True))

    def sold(self, view: View, offer: Offer, received: float) -> float:
        """The better of a sale along the best route and a redemption."""
        return max(super().sold(view, offer, received), self._redeemed(view, offer, received))

    def _redeemed(self, view: View, offer: Offer, received: float, *, marginal: bool = False) -> float:
        """What redeeming is worth now, in the token that an offer asks for; 0 where it cannot be kept."""
        claim = self._keepable(view, offer)
        wait = claim.wait(received) if claim is not None and received > 0.0 else None
        if claim is None or wait is None:
            return 0.0
        paid, backing = received * claim.price_of_one(), claim.backing_token
        charge: float = 1.0 + self.params.required_yield * wait / YEAR
        if backing == offer.pays:
            return paid / charge
        if not self.params.hedged:
            return 0.0
        hedge = view.worth(backing, paid, offer.pays) if marginal else view.route(backing, offer.pays, paid).received
        return hedge / charge

    def _sells(self, view: View, offer: Offer) -> bool:
        """Not where it keeps what it gets."""
        return super()._sells(view, offer) and not self._keeps(view, offer, offer.quote(offer.limit).received)

    def _keepable(self, view: View, offer: Offer) -> ClaimToken | None:
        """The claim that an offer gives, where it is one that is redeemed here for one token."""
        if offer.gives_chain not in ("", view.chain) or (self.params.claims and offer.gives not in self.params.claims):
            return None
        claim = view.claim(offer.gives)
        here = claim is not None and claim.custodian is None and (claim.chain, claim.home) == (view.chain, view.chain)
        return claim if here and claim is not None and len(claim.tokens) == 1 else None

    def _keeps(self, view: View, offer: Offer, received: float) -> bool:
        """Whether it would keep what it gets: that is worth more, and its own capital can wait so long."""
        claim = self._keepable(view, offer)
        if claim is None or self._redeemed(view, offer, received) <= super().sold(view, offer, received):
            return False
        paid, held = received * claim.price_of_one(), view.balance(claim.backing_token)
        queued = sum(claim.line.tokens(one)[0] for one in claim.line.requests.values() if one.account == self.account)
        queued += self.kept.get(offer.gives, 0.0) * claim.price_of_one() + self._coming.get(offer.gives, 0.0)
        within: bool = queued + paid <= self.params.most_waiting * (queued + held)
        return within

    def _judge(self, view: View, offer: Offer, held: float) -> tuple[float, float]:
        """As with inventory; who has not the capital to wait reckons with the sale."""
        size, gain = super()._judge(view, offer, held)
        if not size > 0.0 or offer.kind != "take":
            return size, gain
        received = offer.quote(size).received
        best, sale = self.sold(view, offer, received), super().sold(view, offer, received)
        if best > sale and not self._keeps(view, offer, received):
            gain -= (best - sale) * view.worth(offer.pays, 1.0, view.gas_token())
        return (size, gain) if gain > 0.0 else (0.0, 0.0)

    def _take(self, view: View, offer: Offer, size: float) -> Transaction:
        taken = super()._take(view, offer, size)
        first = taken.actions[0]
        if not isinstance(first, Take):
            return taken
        received = offer.quote(size).received
        claim = self._keepable(view, offer)
        if claim is None or not self._keeps(view, offer, received):
            return taken
        actions: tuple[Action, ...] = (first,)
        self._coming[offer.gives] = self._coming.get(offer.gives, 0.0) + received * claim.price_of_one()
        if claim.backing_token != offer.pays:
            hedge = view.route(claim.backing_token, offer.pays, received * claim.price_of_one())
            actions = (first, *hedge.swaps(self.params.slippage))
        return replace(taken, actions=actions, note=f"keep {offer.gives}")

    def _look(self, token: str, claim: ClaimToken | None) -> float:
        """Note when the next redemption of a claim is due: a new churn, or a loss, may have moved it."""
        due = claim.waiting(self.account).values() if claim is not None else ()
        self.waiting.pop(token, None)
        if due:
            self.waiting[token] = min(due)
        return min(due, default=math.inf)

    def _requests(self, view: View) -> Iterator[Transaction]:
        """Redeem and collect, one transaction for each claim at a time."""
        if view.pending():
            return
        for token, due in list(self.waiting.items()):
            if due <= view.now and self._look(token, view.claim(token)) <= view.now:
                yield Transaction((Collect(target=token),), tip=self.usual_tip, note=f"collect {token}")
        for token, amount in list(self.kept.items()):
            held = min(amount, view.balance(token))
            if held > _DUST and view.now >= self._batched_at[token] + self.params.batch:
                redeem = Redeem(target=token, amount=held)
                yield Transaction((redeem,), tip=self.usual_tip, because=view.because("liquidation"), note=f"redeem {token}")


class RedeemingLiquidators(InventoryLiquidators, kind="redeeming"):
    """Liquidators whose capital falls with rank."""

    Params = RedeemingParams
    behaviour: ClassVar[type[InventoryLiquidator]] = RedeemingLiquidator
