"""Kind ``redemption``: buys a claim below its backing, redeems it through its queue, and collects; mints it and sells above.

Source: reference exact.md 5, yield of redemption arbitrage d / (1 - d) x 365 / wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from agents.base import AgentParams, EcosystemAgent, Given, Population
from model.core.actions import PREVIOUS, Collect, Mint, Redeem, Swap, Transaction
from model.core.draws import Stream
from model.core.errors import Refused
from model.core.params import param
from model.core.units import HOUR, YEAR
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import Timer
from model.world.claim import ClaimToken

_LEAST, _ROUNDS = 1e-3, 16
"""Smallest purchase worth a request, as a share of the stake; halvings of the search for its size."""


class RedemptionParams(AgentParams):
    """Arbitrageurs between a discount and a redemption queue."""

    count: int = param(5, unit="accounts", ge=0, description="Number of arbitrageurs")
    venue: str = param(unit="venue", description="Where they buy")
    claim: str = param(unit="claim", description="Claim that they buy and redeem, on its chain")
    backing: str = param(unit="token", description="Token that they pay with and are paid in")
    capital: float = param(0.0, unit="backing token", ge=0, description="Capital of all together")
    required_yield: tuple[float, float] = param((0.08, 0.16), unit="1/year", description="Range of yields that they require, uniform")
    slice: float = param(0.25, unit="fraction", gt=0, le=1, description="Most of its stake that one spends at a time")
    slippage: float = param(0.002, unit="fraction", ge=0, lt=1, description="How much worse than quoted a trade may fill")
    least_premium: float = param(0.001, unit="fraction", ge=0, description="Premium over the price of minting that it asks, after fees")
    look: float = param(HOUR, unit="seconds", gt=0, description="Time between looks at the discount and the queue")


class RedemptionArbitrageur(EcosystemAgent):
    """Buys down to the price at which the wait of the day still yields what it requires; the wait includes its own place in the line.
    Where the claim trades above what it costs to mint, it mints and sells in one transaction, down to the premium that it asks.

    ``stake`` is its capital at the start (backing tokens).
    """

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream, required: float, stake: float) -> None:
        super().__init__(model, account, index, params, draws)
        self.required = required
        self.stake = stake

    def wakes(self) -> Iterable[Timer]:
        """A look at its own time within the period."""
        period = float(self.params.look)
        return (Timer(self.model.world.clock.now + period * self.draws.uniform(self.index, 0.0), period),)

    def decide(self, view: View) -> Sequence[Transaction]:
        """Collect what is due, buy and redeem what pays, mint and sell what pays."""
        params, claim = self.params, view.claim(self.params.claim)
        if claim is None:
            return []
        made, waiting = [], claim.waiting(self.account).values()
        if any(due <= view.now for due in waiting):
            made.append(Transaction((Collect(target=params.claim),), tip=self.tip))
        amount = self._purchase(view, claim)
        if amount > _LEAST * self.stake:
            least = view.venue(params.venue).quote(params.backing, params.claim, amount).received * (1.0 - params.slippage)
            buy = Swap(target=params.venue, sell=params.backing, buy=params.claim, amount=amount, min_received=least)
            redeem = Redeem(target=params.claim, amount=PREVIOUS)
            made.append(Transaction((buy, redeem), tip=self.tip, expires_at=view.now + 600.0))
        else:
            made.extend(self._minting(view, claim))
        later = [due for due in waiting if due > view.now]
        if later:
            self.ask_again = min(later)
        return made

    def _minting(self, view: View, claim: ClaimToken) -> list[Transaction]:
        """Mint and sell down to the price of minting and the premium; nothing where minting takes time or place elsewhere."""
        params, venue = self.params, view.venue(self.params.venue)
        most = min(view.balance(params.backing), params.slice * self.stake)
        if claim.home != claim.chain or len(claim.tokens) > 1 or claim.backing_token != params.backing or not view.may_hold(params.claim):
            return []
        each = claim.minted(most) / most if most > _LEAST * self.stake else 0.0
        if not each > 0.0:
            return []
        place = venue.place[params.claim], venue.place[params.backing]
        try:
            tokens = min(most * each, venue.mechanism.amount_to(venue.pool(), *place, (1.0 + params.least_premium) / each))
            if tokens / each <= _LEAST * self.stake:
                return []
            least = venue.quote(params.claim, params.backing, tokens).received * (1.0 - params.slippage)
        except Refused:
            return []
        mint = Mint(target=params.claim, amount=tokens / each)
        sell = Swap(target=params.venue, sell=params.claim, buy=params.backing, amount=PREVIOUS, min_received=least)
        return [Transaction((mint, sell), tip=self.tip, expires_at=view.now + 600.0)]

    def _purchase(self, view: View, claim: ClaimToken) -> float:
        """Backing tokens to spend: as much as its own wait still makes worth while; it lengthens the line that it joins."""
        most = min(view.balance(self.params.backing), self.params.slice * self.stake)
        least = _LEAST * self.stake
        if most <= least or self._reach(view, claim, least) < least:
            return 0.0
        if self._reach(view, claim, most) >= most:
            return float(most)
        low, high = 0.0, most
        for _ in range(_ROUNDS):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if self._reach(view, claim, middle) >= middle else (low, middle)
        return low

    def _reach(self, view: View, claim: ClaimToken, amount: float) -> float:
        """Backing tokens that can be spent down to the price at which the wait of ``amount`` yields what is required."""
        params, venue, wait = self.params, view.venue(self.params.venue), claim.wait(amount)
        if wait is None:
            return 0.0
        price = claim.price_of_one() / (1.0 + self.required * wait / YEAR)
        if not price > 0.0:
            return 0.0
        try:
            return float(venue.mechanism.amount_to(venue.pool(), venue.place[params.backing], venue.place[params.claim], 1.0 / price))
        except Refused:
            return 0.0


class RedemptionArbitrageurs(Population, kind="redemption"):
    """Arbitrageurs whose required yields are spread over a range."""

    role: ClassVar[str] = "arbitrageurs"
    Params = RedemptionParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Endow and enrol them."""
        world, params = model.world, self.params
        accounts = world.accounts.open_many(name, params.count)
        each = params.capital / max(params.count, 1)
        self.endow(world, params.chain, accounts, {params.backing: each})
        low, high = params.required_yield
        drawn = world.draws[name].uniforms(params.count).tolist()
        for index, account in enumerate(accounts):
            required = low + (high - low) * drawn[index]
            model.enrol(RedemptionArbitrageur(model, account, index, params, world.draws[name], required, each))
