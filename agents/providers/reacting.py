"""Kind ``reacting``: liquidity providers who leave a pool that fills with a falling claim, or whose fees do not pay, and return later.

Source: adverse selection of liquidity providers (Milionis et al. 2022, loss-versus-rebalancing); June 2022, when the stETH pool's providers
left with the discount (events.md). The levels are assumptions.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from agents.base import AgentParams, EcosystemAgent, Given, Population
from model.core.actions import AddLiquidity, Receipt, RemoveLiquidity, Transaction
from model.core.draws import Stream
from model.core.errors import BadInput, Fault, Refused
from model.core.params import param
from model.core.units import DAY, YEAR
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import Timer, Watch
from model.world.venue import TradingVenue

_LEAST = 1e-6


class ReactingParams(AgentParams):
    """Providers of one pool of a claim and other tokens."""

    count: int = param(10, unit="accounts", gt=0, description="Number of providers")
    venue: str = param(unit="venue", description="Pool")
    claim: str = param(unit="token", description="Token of the pool whose fall they fear; counted at its exchange rate where it is a claim")
    share: float = param(0.5, unit="fraction", gt=0, le=1, description="Share of the genesis liquidity that they hold together")
    most_share: tuple[float, float] = param(
        (0.6, 0.85), unit="fraction", description="Range of the claim's share of the pool at which they leave, uniform"
    )
    returns_below: float = param(0.05, unit="fraction", ge=0, description="How far below that share the pool must be when they return")
    impairment: float = param(
        1.0, unit="fraction", ge=0, le=1, description="Loss of the claim's backing at which they leave for good; 1: none"
    )
    required_fees: tuple[float, float] = param(
        (0.0, 0.0), unit="1/year", description="Range of fee yields below which they leave, uniform; 0: they ask for none"
    )
    window: float = param(7.0 * DAY, unit="seconds", gt=0, description="Time over which they measure what the fees yield")
    stays_out: float = param(DAY, unit="seconds", ge=0, description="Least time from leaving to returning")
    period: float = param(3_600.0, unit="seconds", gt=0, description="Time between looks")


@dataclass(frozen=True, slots=True)
class Limits:
    """At what one provider leaves: share of the claim, yield of the fees."""

    share: float
    fees: float


class ReactingProvider(EcosystemAgent):
    """Takes all out in proportion, and puts in again what it then has in the pool's proportion; the rest stays in its wallet.

    Fees are what the curve has grown per share over its window, so that the price does not count; until a window is over it trusts them.
    """

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream, limits: Limits) -> None:
        super().__init__(model, account, index, params, draws)
        self.limits = limits
        self.left_at: float | None = None
        self._seen: deque[tuple[float, float]] = deque()

    def wakes(self) -> Iterable[Timer | Watch]:
        """A look at a phase of its own, and the claim's loss."""
        params = self.params
        found: list[Timer | Watch] = [
            Timer(self.model.world.clock.start + params.period * self.draws.uniform(self.index, 1.0), params.period)
        ]
        if params.impairment < 1.0:
            found.append(Watch(f"impairment:{params.claim}", params.impairment))
        return found

    def decide(self, view: View) -> Sequence[Transaction]:
        """Leave, return, or stay."""
        params, venue = self.params, view.venue(self.params.venue)
        earned, share = self._earned(view, venue), self.claim_share(view, venue)
        lost = params.impairment < 1.0 and view.quantity(f"impairment:{params.claim}") >= params.impairment
        poor = earned is not None and earned < self.limits.fees
        held = view.balance(params.venue)
        if held > 0.0:
            if not (share >= self.limits.share or lost or poor):
                return []
            leave = RemoveLiquidity(target=params.venue, shares=held)
            return [Transaction((leave,), tip=self.tip, expires_at=view.now + params.period, note="leave")]
        waits = self.left_at is None or view.now < self.left_at + params.stays_out
        if waits or lost or poor or share > self.limits.share - params.returns_below:
            return []
        amounts = self._affordable(view, venue)
        if not amounts:
            return []
        add = AddLiquidity(target=params.venue, amounts=amounts)
        return [Transaction((add,), tip=self.tip, expires_at=view.now + params.period, note="return")]

    def receive(self, receipt: Receipt) -> None:
        """Note when it left."""
        if receipt.ok:
            self.left_at = receipt.time if receipt.transaction.note == "leave" else None

    def claim_share(self, view: View, venue: TradingVenue) -> float:
        """Part of the pool's tokens that are the claim, at its exchange rate; 0 of an empty pool."""
        held = dict(zip(venue.tokens, venue.mechanism.reserves(venue.pool()), strict=True))
        claim = view.claim(self.params.claim)
        worth = held[self.params.claim] * (claim.price_of_one() if claim is not None else 1.0)
        others = sum(amount for token, amount in held.items() if token != self.params.claim)
        return worth / (worth + others) if worth + others > 0.0 else 0.0

    def _earned(self, view: View, venue: TradingVenue) -> float | None:
        """Fee yield per year over the window; None before one is over."""
        if self.limits.fees <= 0.0:
            return None
        self._seen.append((view.now, venue.mechanism.virtual_price(venue.pool())))
        while len(self._seen) > 1 and self._seen[1][0] <= view.now - self.params.window:
            self._seen.popleft()
        (since, before), (_, now) = self._seen[0], self._seen[-1]
        if view.now - since < self.params.window or not before > 0.0:
            return None
        return (now / before - 1.0) * YEAR / (view.now - since)

    def _affordable(self, view: View, venue: TradingVenue) -> tuple[tuple[str, float], ...]:
        """What its wallet allows in the pool's proportion."""
        reserves = venue.mechanism.reserves(venue.pool())
        parts = [view.balance(token) / reserve for token, reserve in zip(venue.tokens, reserves, strict=True) if reserve > 0.0]
        part = min(parts, default=0.0)
        return tuple((token, reserve * part) for token, reserve in zip(venue.tokens, reserves, strict=True)) if part > _LEAST else ()


class ReactingProviders(Population, kind="reacting"):
    """Providers with equal parts of a share of a pool's genesis liquidity, whose limits are spread over ranges."""

    role: ClassVar[str] = "providers"
    Params = ReactingParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Take the share over from the pool's first provider and enrol.

        Raises:
            BadInput: a pool without shares, without the claim, or whose fees have no measure where they are asked for.
        """
        world, params = model.world, self.params
        venue: Any = world.targets.get(params.venue)
        fits = (
            isinstance(venue, TradingVenue) and venue.mechanism.fungible and not venue.mechanism.exogenous and params.claim in venue.place
        )
        if not fits or (params.required_fees[1] > 0.0 and not _measured(venue)):
            allowed = f"a pool that trades {params.claim}, whose shares are a token" + (
                " and whose curve has a size" if params.required_fees[1] > 0.0 else ""
            )
            raise BadInput([Fault(f"agents.{name}.venue", repr(params.venue), allowed)])
        accounts = world.accounts.open_many(name, params.count)
        self.endow(world, params.chain, accounts, {})
        genesis, first = venue.ledger.supply(params.venue), world.accounts.of(f"providers of {params.venue}")
        draws = world.draws[name]
        ranges = (params.most_share, params.required_fees)
        drawn = [
            (low + (high - low) * draws.uniforms(params.count, number=number)).tolist()
            for number, (low, high) in enumerate(ranges, start=2)
        ]
        for index, account in enumerate(accounts):
            venue.ledger.move(params.venue, first, account, genesis * params.share / params.count)
            limits = Limits(drawn[0][index], drawn[1][index])
            model.enrol(ReactingProvider(model, account, index, params, draws, limits))


def _measured(venue: TradingVenue) -> bool:
    """Whether the venue's curve has a size per share."""
    try:
        venue.mechanism.virtual_price(venue.pool())
    except Refused:
        return False
    return True
