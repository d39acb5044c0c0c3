"""Kind ``cross_chain_liquidator``: capital on several chains, moved over bridges when it runs low; what is on its way has to wait.

Also takes offers that are paid on one chain and give on another: it values what will arrive there, charges the wait, and sells it there.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from agents.base import Given, Population
from agents.liquidators.deposits import Deposit
from agents.liquidators.inventory import InventoryLiquidator
from agents.liquidators.inventory_params import InventoryParams
from agents.refilling import Terms, collections, refills
from model.core.actions import Receipt, Take, Transaction
from model.core.draws import Stream
from model.core.params import Amounts, Params, param
from model.core.units import YEAR
from model.ecosystem import Ecosystem
from model.markets.base import Offer
from model.view import Route, View

_DUST, _SLICES = 1e-6, 10


class ChainCapital(Params):
    """Capital on one more chain."""

    cash: str = param(unit="token", description="Token that proceeds are sold into there, worth as much as the home chain's")
    capital: Amounts = param({}, unit="token", description="Capital of all together there, by token")
    purse: float = param(100.0, unit="gas token", ge=0, description="Gas token set aside for fees there, each account")


class CrossChainLiquidatorParams(InventoryParams):
    """Liquidators on several chains. ``chain`` and ``capital`` are those of the home chain."""

    cash: str = param(unit="token", description="Token that proceeds of other chains are valued in")
    elsewhere: dict[str, ChainCapital] = param(unit="chain", min_length=1, description="Capital on other chains, by chain")
    bridges: tuple[str, ...] = param((), unit="bridge", description="Bridges over which capital moves; none: it stays where it is")
    low_water: float = param(0.25, unit="fraction", ge=0, lt=1, description="Share of its planned capital at which a chain is refilled")
    most_drift: float = param(
        0.05, unit="fraction", ge=0, lt=1,
        description="How much less collateral than quoted it takes after the wait for a message; for less it wants its money back",
    )  # fmt: skip
    most_cost: float = param(
        0.001, unit="fraction", ge=0,
        description="Most that a refill may cost, fee and wait at the required yield: a challenge period of 7 days costs more",
    )  # fmt: skip
    most_impact: float = param(0.03, unit="fraction", gt=0, lt=1, description="Most that one sale of proceeds may lose to the price impact")
    required_yield: float = param(0.2, unit="1/year", ge=0, description="Yield required for the time that capital is on its way")


class CrossChainLiquidator(InventoryLiquidator):
    """One firm with one account on all its chains. ``planned`` is its capital at the start: chain -> token -> amount."""

    def __init__(
        self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream, planned: dict[str, dict[str, float]]
    ) -> None:
        super().__init__(model, account, index, params, draws)
        self.planned = planned
        self.stock: dict[tuple[str, str], float] = {}
        """(chain, token) of proceeds that are to be sold -> time until which they may still arrive."""
        self.receipts: dict[str, int] = {}
        self._looked: dict[str, Hashable] = {}
        self.held_up = False
        """Whether capital that is missing somewhere could not be sent at the last look."""

    @property
    def offer_chains(self) -> tuple[str, ...]:
        """All its chains."""
        return tuple(self.planned)

    def cash_on(self, chain: str) -> str:
        """Token into which it sells on a chain."""
        found: str = self.params.cash if chain == self.params.chain else self.params.elsewhere[chain].cash
        return found

    def receive(self, receipt: Receipt) -> None:
        """What has become of its transactions is a reason to look again."""
        super().receive(receipt)
        chain = receipt.transaction.chain or self.chain
        self.receipts[chain] = self.receipts.get(chain, 0) + 1

    def decide(self, view: View) -> Sequence[Transaction]:
        """Take offers on every chain, sell what has arrived, refill what has run low."""
        made: list[Transaction] = []
        idle = not view.pending()  # what is on its way would be sold or sent a second time
        for chain in self.planned:
            here = view.on(chain)
            state = (here.settled, self.receipts.get(chain, 0))
            if state != self._looked.get(chain):  # asked for another chain's sake, it does not look again at what stands as it stood
                self._looked[chain] = state
                made.extend(replace(transaction, chain=chain) for transaction in super().decide(here))
            for deposit in self.deposits.on(chain):  # what has been withdrawn from a hub is paid later, and sold then
                until = view.now + deposit.wait + 2.0 * self.params.retry
                self.stock[chain, deposit.name] = max(until, self.stock.get((chain, deposit.name), until))
            made.extend(self._sales(here) if idle else ())
        made.extend(self._refills(view) if idle else ())
        moments = [moment for moment in self._arrivals(view) if moment > view.now]
        if moments:
            self.ask_again = min([*moments, self.ask_again if self.ask_again is not None else moments[0]])
        return made

    def handles(self, view: View, offer: Offer) -> bool:
        """What arrives on one of its chains it can sell."""
        return offer.gives_chain in ("", *self.planned)

    def worth(self, view: View, offer: Offer, received: float) -> float:
        """Proceeds elsewhere at marginal prices there, less the charge for the wait."""
        if offer.gives_chain in ("", view.chain):
            return super().worth(view, offer, received)
        there = view.on(offer.gives_chain)
        return self._home(view, offer, there.worth(offer.gives, received, self.cash_on(offer.gives_chain)))

    def sold(self, view: View, offer: Offer, received: float) -> float:
        """Proceeds elsewhere along the best route there, less the charge for the wait."""
        if offer.gives_chain in ("", view.chain):
            return super().sold(view, offer, received)
        there = view.on(offer.gives_chain)
        return self._home(view, offer, there.route(offer.gives, self.cash_on(offer.gives_chain), received).received)

    def _home(self, view: View, offer: Offer, cash: float) -> float:
        """Cash of another chain in the token that an offer asks for: cash is worth as much on every chain."""
        charge: float = 1.0 + self.params.required_yield * offer.wait / YEAR
        return view.worth(self.cash_on(view.chain), cash, offer.pays) / charge

    def _take(self, view: View, offer: Offer, size: float) -> Transaction:
        taken = super()._take(view, offer, size)
        if not offer.gives_chain:
            return taken
        until = view.now + offer.wait + 2.0 * self.params.retry
        self.stock[offer.gives_chain, offer.gives] = until
        given = Deposit(offer.market, f"{offer.gives}@{offer.gives_chain}", offer.gives_chain, wait=2.0 * offer.wait)
        self.deposits.expect(given, until)
        first, *rest = taken.actions
        assert isinstance(first, Take)
        least = max(first.min_received, offer.quote(size).received * (1.0 - self.params.most_drift))
        return replace(taken, actions=(replace(first, min_received=least), *rest))

    def _sales(self, view: View) -> Iterator[Transaction]:
        """Sell proceeds that have arrived on a chain; its own capital in the same token is kept."""
        for (chain, token), until in list(self.stock.items()):
            if chain != view.chain:
                continue
            spare = view.balance(token) - self.planned[chain].get(token, 0.0)
            route = self._slice(view, token, spare) if spare > _DUST else None
            if route is not None:
                yield Transaction(
                    route.swaps(self.params.slippage), tip=self.tip_on(chain), because=view.because("liquidation"), chain=chain
                )
            if until < view.now and spare <= _DUST:
                del self.stock[chain, token]

    def _slice(self, view: View, token: str, spare: float) -> Route | None:
        """The largest of ``spare`` and its halves that sells without moving the price too far; the rest waits."""
        cash = self.cash_on(view.chain)
        for power in range(_SLICES):
            amount = spare * 0.5**power
            route = view.route(token, cash, amount)
            if route.legs and route.received >= (1.0 - self.params.most_impact) * view.worth(token, amount, cash):
                return route
        return None

    def _refills(self, view: View) -> Iterator[Transaction]:
        """Send capital to a chain where it has run low, from the one that has most to spare; collect what waits."""
        params = self.params
        terms = Terms(params.low_water, params.required_yield, params.most_cost)
        self.held_up = False
        for bridge in (view.bridge(name) for name in params.bridges):
            yield from collections(view, bridge, self.tip_on)
            sides = [chain for chain in bridge.chains if bridge.tokens[chain] in self.planned.get(chain, {})]
            found = refills(view, bridge, {chain: self.planned[chain][bridge.tokens[chain]] for chain in sides}, terms, self.tip_on)
            self.held_up = self.held_up or found.held_up
            yield from found.made

    def _arrivals(self, view: View) -> list[float]:
        """When it should look again: at arrivals over its bridges, and at proceeds that may have come."""
        found = [one.due + 1.0 for name in self.params.bridges for one in view.bridge(name).waiting_for(self.account)]
        return found + ([view.now + self.params.retry] if self.stock or self.held_up else [])


class CrossChainLiquidators(Population, kind="cross_chain_liquidator"):
    """Liquidators whose capital falls with rank, on each chain alike."""

    role: ClassVar[str] = "liquidators"
    Params = CrossChainLiquidatorParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Share the capital out by rank and enrol them."""
        world, params = model.world, self.params
        accounts = world.accounts.open_many(name, params.count)
        weights = [(rank + 1.0) ** -params.concentration for rank in range(params.count)]
        total = sum(weights) or 1.0
        self.endow(world, params.chain, accounts, {})
        for chain, there in params.elsewhere.items():
            world.chains[chain].fund_purses(accounts, there.purse)
        capital = {params.chain: params.capital} | {chain: there.capital for chain, there in params.elsewhere.items()}
        for index, (account, weight) in enumerate(zip(accounts, weights, strict=True)):
            planned = {chain: {token: amount * weight / total for token, amount in held.items()} for chain, held in capital.items()}
            for chain, held in planned.items():
                self.endow_one(world, chain, account, held)
            model.enrol(CrossChainLiquidator(model, account, index, params, world.draws[name], planned))
