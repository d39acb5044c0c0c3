"""Kind ``reference``: arbitrage of a pool against the reference book, with capital of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from agents.base import AgentParams, EcosystemAgent, Given, Population
from agents.sizing import best_size
from model.core.actions import Swap, Transaction
from model.core.errors import Refused
from model.core.params import Amounts, param
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import Watch

_ROUNDING = 1e-9


class ReferenceParams(AgentParams):
    """Arbitrageurs between one pool and one reference book."""

    count: int = param(2, unit="accounts", ge=0, description="Number of arbitrageurs")
    venue: str = param(unit="venue", description="Pool")
    book: str = param(unit="venue", description="Reference book of the same pair")
    token: str = param(unit="token", description="Token whose price differs")
    numeraire: str = param(unit="token", description="Token in which it is priced")
    capital: Amounts = param({}, unit="token", description="Capital of each, by token")
    least_gap: float = param(0.004, unit="fraction", gt=0, description="Price gap at which they are asked")
    retry: float = param(600.0, unit="seconds", gt=0, description="Time between looks at a gap that did not pay")
    purse: float = param(2_000.0, unit="gas token", ge=0, description="Gas token set aside for fees, each account")


class ReferenceArbitrageur(EcosystemAgent):
    """Sells where the token is dear and buys it back where it is cheap, in one transaction."""

    def wakes(self) -> Iterable[Watch]:
        """The gap between pool and book."""
        params = self.params
        return (Watch(f"gap:{params.venue} {params.token}/{params.numeraire}/{params.book}", params.least_gap),)

    def decide(self, view: View) -> Sequence[Transaction]:
        """Trade the most profitable size."""
        params = self.params
        pool, book = view.venue(params.venue), view.venue(params.book)
        dear, cheap = (
            (pool, book) if pool.spot(params.token, params.numeraire) > book.spot(params.token, params.numeraire) else (book, pool)
        )
        fee = view.worth(view.gas_token(), view.gas_cost("swap", "swap", tip=self.tip), params.numeraire)

        def profit(size: float) -> float:
            try:
                got = cheap.quote(params.numeraire, params.token, size).received
                return dear.quote(params.token, params.numeraire, got).received - size - fee
            except Refused:
                return -1.0

        size, gain = best_size(profit, view.balance(params.numeraire))
        if gain <= 0.0:
            gap = abs(dear.spot(params.token, params.numeraire) / cheap.spot(params.token, params.numeraire) - 1.0)
            if gap > params.least_gap and view.balance(params.numeraire) > 0.0:
                self.ask_again = view.now + params.retry
            return []
        bought = cheap.quote(params.numeraire, params.token, size).received * (1.0 - _ROUNDING)
        actions = (
            Swap(target=cheap.name, sell=params.numeraire, buy=params.token, amount=size, min_received=bought),
            Swap(target=dear.name, sell=params.token, buy=params.numeraire, amount=bought, min_received=size + 0.5 * fee),
        )
        return [Transaction(actions, tip=self.tip, expires_at=view.now + 120.0)]


class ReferenceArbitrageurs(Population, kind="reference"):
    """A few arbitrageurs with the same capital."""

    role: ClassVar[str] = "arbitrageurs"
    Params = ReferenceParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Endow and enrol them."""
        world, params = model.world, self.params
        accounts = world.accounts.open_many(name, params.count)
        self.endow(world, params.chain, accounts, params.capital)
        for index, account in enumerate(accounts):
            model.enrol(ReferenceArbitrageur(model, account, index, params, world.draws[name]))
