"""Kind ``discount_buyer``: buys a discounted claim with limited capital when the yield of waiting for its backing is enough.

Source: reference exact.md 5, yield of redemption arbitrage d / (1 - d) x 365 / wait, plus what the claim itself yields meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from agents.base import AgentParams, EcosystemAgent, Given, Population
from model.core.actions import Swap, Transaction
from model.core.draws import Stream
from model.core.params import param
from model.core.units import DAY, YEAR
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import Timer, Watch

_SLICE = 0.25


class DiscountBuyerParams(AgentParams):
    """Buyers of one claim on one venue."""

    count: int = param(20, unit="accounts", ge=0, description="Number of buyers")
    venue: str = param(unit="venue", description="Where they buy")
    claim: str = param(unit="token", description="Claim that they buy")
    backing: str = param(unit="token", description="Token that they pay with and wait for")
    capital: float = param(0.0, unit="backing token", ge=0, description="Capital of all together")
    required_yield: tuple[float, float] = param((0.08, 0.16), unit="1/year", description="Range of yields that they require, uniform")
    expected_wait: float = param(365.0, unit="days", gt=0, description="Wait for redemption that they expect")
    retry: float = param(3_600.0, unit="seconds", gt=0, description="Time between looks while there is capital left")


class DiscountBuyer(EcosystemAgent):
    """Buys in slices as long as the price after its own purchase still yields what it requires; holds to redemption.

    ``stake`` is its capital at the start (backing tokens).
    """

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream, required: float, stake: float) -> None:
        super().__init__(model, account, index, params, draws)
        self.required = required
        self.stake = stake

    def wakes(self) -> Iterable[Watch | Timer]:
        """The discount at which the yield is enough."""
        params = self.params
        claim = self.model.world.targets[params.claim]
        level = self.discount(claim.yield_per_year())
        return (Watch(f"discount:{params.venue} {params.claim}/{params.backing}", level, hysteresis=0.1 * level),)

    def discount(self, carry: float = 0.0) -> float:
        """Discount at which waiting yields what is required, beyond ``carry`` (per year)."""
        gain: float = max(self.required - carry, 0.0) * self.params.expected_wait * DAY / YEAR
        return gain / (1.0 + gain)

    def decide(self, view: View) -> Sequence[Transaction]:
        """Buy a slice, down to the price that still yields enough."""
        params = self.params
        claim, venue, capital = view.claim(params.claim), view.venue(params.venue), view.balance(params.backing)
        if claim is None or capital <= 1e-9:
            return []
        price = claim.price_of_one() * (1.0 - self.discount(claim.yield_per_year()))
        if not price > 0.0:
            return []
        pool = venue.pool()
        most = venue.mechanism.amount_to(pool, venue.place[params.backing], venue.place[params.claim], 1.0 / price)
        amount = min(capital, most, max(_SLICE * self.stake, 1e-6))
        self.ask_again = view.now + params.retry
        if amount < 1e-3 * self.stake:
            return []
        least = venue.quote(params.backing, params.claim, amount).received * 0.995
        swap = Swap(target=params.venue, sell=params.backing, buy=params.claim, amount=amount, min_received=least)
        return [Transaction((swap,), tip=self.tip, expires_at=view.now + 600.0)]


class DiscountBuyers(Population, kind="discount_buyer"):
    """Buyers whose required yields are spread over a range."""

    role: ClassVar[str] = "arbitrageurs"
    Params = DiscountBuyerParams

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
            model.enrol(DiscountBuyer(model, account, index, params, world.draws[name], required, each))
