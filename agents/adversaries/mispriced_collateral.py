"""Kind ``mispriced_collateral``: adverse selection against a market whose feed states more for a token than a venue does.

Whoever gets the token for its market price, or holds it already, supplies it at the price of the feed, borrows something that is worth
what it seems, and never comes back: the loan is the sale that the venue would not have paid for.

Source: Aave forum 8614 and 15738 (Harmony, June 2022): bridged stablecoins bought at a discount, supplied at 1, ONE borrowed until
none was left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from agents.base import AgentParams, EcosystemAgent, Given, Population
from agents.sizing import best_size
from model.core.actions import Action, Borrow, Supply, Swap, Transaction
from model.core.draws import Stream
from model.core.errors import Refused
from model.core.params import Amounts, param
from model.ecosystem import Ecosystem
from model.markets.pooled import Pooled
from model.view import View
from model.wakes import Timer


class MispricedCollateralParams(AgentParams):
    """Accounts that look at one token, one venue and one market."""

    count: int = param(10, unit="accounts", ge=0, description="Number of accounts")
    market: str = param(unit="market", description="Pooled market that takes the token as collateral")
    venue: str = param(unit="venue", description="Where the token is bought, and its price seen")
    token: str = param(unit="token", description="Token whose feed may state too much")
    borrows: str = param(unit="token", description="Token that is borrowed, and paid with on the venue")
    capital: Amounts = param({}, unit="token", description="Capital of all together, of the one token and of the other")
    least_gain: float = param(
        0.1, unit="fraction", ge=0, description="Least of what is borrowed beyond what the collateral costs, as a share of that cost"
    )
    notices: float = param(3_600.0, unit="seconds", ge=0, description="Mean time from a gap that pays to the first step (exponential)")
    period: float = param(900.0, unit="seconds", gt=0, description="Time between looks while the gap pays")
    purse: float = param(1_000.0, unit="gas token", ge=0, description="Gas token set aside for fees, each account")


class MispricedBorrower(EcosystemAgent):
    """Supplies what it holds of the token, or buys it first, and borrows to the limit, in one transaction; as often as that pays, within
    its capital, the market's cash and its caps. What it has borrowed buys more.

    Assumes: what stands behind the loan is given up; the worth of the token to it is the price on the venue, fees and slippage included.
    """

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream) -> None:
        super().__init__(model, account, index, params, draws)
        self.noticed_at: float | None = None

    def wakes(self) -> Iterable[Timer]:
        """A look now and then: the gap is between two states of the world, not one quantity."""
        period = self.params.period
        return (Timer(self.model.world.clock.start + period * self.draws.uniform(self.index), period),)

    def decide(self, view: View) -> Sequence[Transaction]:
        """Use what is held, else buy; nothing where the gap has closed or there is nothing left to take."""
        market = view.market(self.params.market)
        assert isinstance(market, Pooled)
        if not self._pays(view, market):
            self.noticed_at = None
            return []
        if self.noticed_at is None:
            self.noticed_at = view.now + self.params.notices * self.draws.exponential(self.index, view.now)
        if view.now < self.noticed_at:
            return []
        room = self._room(market)
        if not room > 0.0:
            return []
        actions = self._with_what_is_held(view, market, room) or self._with_what_is_bought(view, market, room)
        return [Transaction(tuple(actions), tip=self.tip, expires_at=view.now + self.params.period)] if actions else []

    def lent_on(self, market: Pooled, row: int | None = None) -> float:
        """Tokens that may be borrowed on one token of collateral."""
        params = self.params
        group = "" if row is None else market.group_of(row)
        return market.terms_of(params.token, group)[0] * market.price(params.token) / market.price(params.borrows)

    def _pays(self, view: View, market: Pooled) -> bool:
        """Whether a loan on the token brings more than the token costs, and the market gives such loans."""
        params = self.params
        given, taken = market.reserves[params.token].params, market.reserves[params.borrows].params
        if given.frozen or given.paused or taken.frozen or taken.paused or not taken.borrowable:
            return False
        cost: float = view.venue(params.venue).spot(params.token, params.borrows) * (1.0 + params.least_gain)
        return self.lent_on(market) > cost

    def _room(self, market: Pooled) -> float:
        """Tokens that the market can still lend: cash, and the cap where there is one."""
        token: str = self.params.borrows
        params = market.reserves[token].params
        cap = float("inf") if params.borrow_cap is None else params.borrow_cap - market.debt(token)
        least = 1e-6 * market.deposits(token)
        room = min(market.cash(token), cap) * (1.0 - 1e-9)
        return room if room > least else 0.0

    def _takes(self, market: Pooled) -> float:
        """Tokens of collateral that the market still takes."""
        token: str = self.params.token
        cap = market.reserves[token].params.supply_cap
        return float("inf") if cap is None else max(cap - market.deposits(token), 0.0)

    def _with_what_is_held(self, view: View, market: Pooled, room: float) -> list[Action]:
        params = self.params
        amount = min(view.balance(params.token), self._takes(market), room / self.lent_on(market))
        return self._posted(market, amount, room) if amount > 1e-9 else []

    def _with_what_is_bought(self, view: View, market: Pooled, room: float) -> list[Action]:
        params, venue, lent = self.params, view.venue(self.params.venue), self.lent_on(market)
        most = min(self._takes(market), room / lent)

        def received(size: float) -> float:
            return venue.quote(params.borrows, params.token, size).received

        def gain(size: float) -> float:
            try:
                return float(lent * min(received(size), most) - (1.0 + params.least_gain) * size)
            except Refused:
                return -1.0

        size, _ = best_size(gain, view.balance(params.borrows))
        if not size > 0.0:
            return []
        bought = received(size) * (1.0 - 1e-9)
        swap = Swap(target=venue.name, sell=params.borrows, buy=params.token, amount=size, min_received=bought)
        return [swap, *self._posted(market, min(bought, most), room)]

    def _posted(self, market: Pooled, amount: float, room: float) -> list[Action]:
        """Supply and borrow to the limit of what the row has then."""
        params, row = self.params, market.book.find(self.account)
        standing = market.standing(row) if row is not None else None
        free = standing.collateral * standing.ltv - standing.debt if standing is not None else 0.0
        loan = min(self.lent_on(market, row) * amount + free / market.price(params.borrows), room) * (1.0 - 1e-6)
        if not loan > 0.0:
            return []
        return [
            Supply(target=market.name, token=params.token, amount=amount),
            Borrow(target=market.name, token=params.borrows, amount=loan),
        ]


class MispricedCollateral(Population, kind="mispriced_collateral"):
    """Accounts with equal parts of the capital."""

    role: ClassVar[str] = "adversaries"
    Params = MispricedCollateralParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Endow and enrol them."""
        world, params = model.world, self.params
        accounts = world.accounts.open_many(name, params.count)
        each = {token: np.full(params.count, amount / max(params.count, 1)) for token, amount in params.capital.items()}
        self.endow(world, params.chain, accounts, each)
        for index, account in enumerate(accounts):
            model.enrol(MispricedBorrower(model, account, index, params, world.draws[name]))
