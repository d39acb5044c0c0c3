"""Kind ``cross_chain``: arbitrage of a token and its bridged form between venues on two chains, with capital on each.

Buys where it is cheap, sends it over the bridge, waits, and sells where it was dear. The price can move meanwhile: what arrives is sold at
what it then gets.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from agents.base import AgentParams, EcosystemAgent, Given, Population
from agents.sizing import best_size
from model.core.actions import PREVIOUS, Bridge, Collect, Swap, Transaction
from model.core.errors import Refused
from model.core.params import param
from model.core.units import YEAR
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import Timer, Watch

_DUST = 1e-6


class CrossChainParams(AgentParams):
    """Arbitrageurs between two chains."""

    count: int = param(2, unit="accounts", ge=0, description="Number of arbitrageurs")
    far_chain: str = param(unit="chain", description="The other chain")
    venue: str = param(unit="venue", description="Venue on the home chain")
    far_venue: str = param(unit="venue", description="Venue on the other chain")
    token: str = param(unit="token", description="Token on the home chain")
    far_token: str = param(unit="token", description="The same token's form on the other chain")
    numeraire: str = param(unit="token", description="Token in which it is priced on the home chain")
    far_numeraire: str = param(unit="token", description="Token in which it is priced on the other chain, worth as much")
    bridge: str = param(unit="bridge", description="Bridge of the token")
    return_bridge: str | None = param(None, unit="bridge", description="Bridge that brings the numeraire back; none: capital stays put")
    capital: float = param(0.0, unit="numeraire token", ge=0, description="Capital of each on the home chain")
    far_capital: float = param(0.0, unit="numeraire token", ge=0, description="Capital of each on the other chain")
    least_gap: float = param(0.005, unit="fraction", gt=0, description="Price gap at which they are asked")
    required_yield: float = param(0.1, unit="1/year", ge=0, description="Yield that they require for the time that capital is on its way")
    least_profit: float = param(0.001, unit="fraction", ge=0, description="Least profit as a share of what is spent, after all costs")
    low_water: float = param(0.25, unit="fraction", ge=0, lt=1, description="Share of its capital at which a chain is refilled")
    least_room: float = param(
        0.1, unit="fraction", ge=0, le=1, description="Part of the bridge's rate limit that must be free before it buys"
    )
    slippage: float = param(0.005, unit="fraction", ge=0, lt=1, description="How much worse than quoted a sale may fill")
    retry: float = param(1_800.0, unit="seconds", gt=0, description="Time between looks while a gap or stock is left")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two chains: venue, token and numeraire there, capital that it starts with."""

    chain: str
    venue: str
    token: str
    numeraire: str
    capital: float


class CrossChainArbitrageur(EcosystemAgent):
    """One firm with one account on both chains. ``sides`` are home and far."""

    @property
    def sides(self) -> tuple[Side, Side]:
        """Home and far side."""
        params = self.params
        home = Side(params.chain, params.venue, params.token, params.numeraire, params.capital)
        return home, Side(params.far_chain, params.far_venue, params.far_token, params.far_numeraire, params.far_capital)

    def wakes(self) -> Iterable[Watch | Timer]:
        """The gap between the two venues; a look now and then at what has arrived."""
        home, far = self.sides
        pair = f"{home.venue} {home.token}/{home.numeraire} {far.venue} {far.token}/{far.numeraire}"
        return (Watch(f"spread:{pair}", self.params.least_gap, hysteresis=0.2 * self.params.least_gap),)

    def decide(self, view: View) -> Sequence[Transaction]:
        """Sell what has arrived, buy and send what pays, and bring capital back to where it runs low."""
        home, far = self.sides
        made = [sale for side in (home, far) if (sale := self._sell(view.on(side.chain), side)) is not None]
        waiting = view.bridge(self.params.bridge).waiting_for(self.account)
        made.extend(self._collect(view, self.params.bridge))
        dear, cheap = (home, far) if self._spot(view, home) > self._spot(view, far) else (far, home)
        size = self._size(view, cheap, dear)
        if size > 0.0:
            made.append(self._buy(view.on(cheap.chain), cheap, dear, size))
        elif self.params.return_bridge is not None:
            made.extend(self._refill(view, home, far))
        if made or waiting:
            due = [message.due + 1.0 for message in waiting if message.due > view.now]
            self.ask_again = min([view.now + self.params.retry, *(max(moment, view.now + 1.0) for moment in due)])
        return made

    def _spot(self, view: View, side: Side) -> float:
        return view.venue(side.venue).spot(side.token, side.numeraire)

    def _size(self, view: View, cheap: Side, dear: Side) -> float:
        """Numeraire to spend on the cheap side, 0 where nothing pays."""
        params, bridge = self.params, view.bridge(self.params.bridge)
        here, there = view.on(cheap.chain), view.on(dear.chain)
        cost = here.worth(here.gas_token(), here.gas_cost("swap", "bridge", tip=self.tip_on(cheap.chain)), cheap.numeraire)
        cost += there.worth(there.gas_token(), there.gas_cost("swap", tip=self.tip_on(dear.chain)), dear.numeraire)

        def profit(size: float) -> float:
            try:
                bought = here.venue(cheap.venue).quote(cheap.numeraire, cheap.token, size).received
                transit = bridge.quote(cheap.chain, dear.chain, bought)
                sold = there.venue(dear.venue).quote(dear.token, dear.numeraire, transit.received).received
            except Refused:
                return -1.0
            if transit.seconds == math.inf:
                return -1.0  # it would be owed: nobody knows how long
            charge: float = params.least_profit + params.required_yield * transit.seconds / YEAR
            return sold - size * (1.0 + charge) - cost

        most, room, limit = here.balance(cheap.numeraire), bridge.room(cheap.chain, dear.chain), bridge.params.limit
        if limit is not None and room < params.least_room * limit:
            # A limit that is used up refills by the second: it waits until a purchase is worth while, and looks again.
            self.ask_again = view.now + params.retry
            return 0.0
        # In a pool that has run nearly dry a little buys more than the bridge lets through.
        while most > _DUST and self._bought(here, cheap, most) > room:
            most *= 0.5
        size, gain = best_size(profit, most)
        return size if gain > 0.0 else 0.0

    def _bought(self, view: View, side: Side, size: float) -> float:
        """Tokens that a purchase gets, 0 where it is refused."""
        try:
            return view.venue(side.venue).quote(side.numeraire, side.token, size).received
        except Refused:
            return 0.0

    def _buy(self, view: View, cheap: Side, dear: Side, size: float) -> Transaction:
        least = view.venue(cheap.venue).quote(cheap.numeraire, cheap.token, size).received * (1.0 - self.params.slippage)
        buy = Swap(target=cheap.venue, sell=cheap.numeraire, buy=cheap.token, amount=size, min_received=least)
        send = Bridge(target=self.params.bridge, token=cheap.token, amount=PREVIOUS, to_chain=dear.chain)
        return Transaction((buy, send), tip=self.tip_on(cheap.chain), expires_at=view.now + 300.0, chain=cheap.chain)

    def _sell(self, view: View, side: Side) -> Transaction | None:
        """Sell the token that is there: the firm holds it only to sell it."""
        held = view.balance(side.token)
        if held * max(self._spot(view, side), 0.0) <= _DUST * max(side.capital, 1.0):
            return None
        try:
            least = view.venue(side.venue).quote(side.token, side.numeraire, held).received * (1.0 - self.params.slippage)
        except Refused:
            return None
        swap = Swap(target=side.venue, sell=side.token, buy=side.numeraire, amount=held, min_received=least)
        return Transaction((swap,), tip=self.tip_on(side.chain), expires_at=view.now + 300.0, chain=side.chain)

    def _collect(self, view: View, bridge: str) -> list[Transaction]:
        """Ask for messages that wait to be collected."""
        ready = {one.to_chain for one in view.bridge(bridge).waiting_for(self.account) if one.claimed and one.due <= view.now}
        return [Transaction((Collect(target=bridge),), tip=self.tip_on(chain), chain=chain) for chain in sorted(ready)]

    def _refill(self, view: View, home: Side, far: Side) -> list[Transaction]:
        """Send numeraire to a chain whose capital has run low, back to its share of what there is."""
        name = self.params.return_bridge
        made = self._collect(view, name)
        coming = {side: sum(one.amount for one in view.bridge(name).waiting_for(self.account, side.chain)) for side in (home, far)}
        held = {side: view.balance(side.numeraire, chain=side.chain) for side in (home, far)}
        total, planned = sum(held.values()) + sum(coming.values()), home.capital + far.capital
        for low, high in ((home, far), (far, home)):
            share = total * low.capital / planned if planned > 0.0 else 0.0
            missing = share - held[low] - coming[low]
            if share > 0.0 and held[low] + coming[low] < self.params.low_water * share and held[high] > missing:
                send = Bridge(target=name, token=high.numeraire, amount=missing, to_chain=low.chain)
                made.append(Transaction((send,), tip=self.tip_on(high.chain), chain=high.chain))
        return made


class CrossChainArbitrageurs(Population, kind="cross_chain"):
    """A few arbitrageurs with the same capital on both chains."""

    role: ClassVar[str] = "arbitrageurs"
    Params = CrossChainParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Endow and enrol them."""
        world, params = model.world, self.params
        accounts = world.accounts.open_many(name, params.count)
        self.endow(world, params.chain, accounts, {params.numeraire: params.capital})
        self.endow(world, params.far_chain, accounts, {params.far_numeraire: params.far_capital})
        for index, account in enumerate(accounts):
            model.enrol(CrossChainArbitrageur(model, account, index, params, world.draws[name]))
