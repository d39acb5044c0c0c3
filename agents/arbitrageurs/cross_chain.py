"""Kind ``cross_chain``: arbitrage of a token and its bridged form between venues on two chains, with capital on each.

Buys where it is cheap, sends it over the bridge, waits, and sells where it was dear. The price can move meanwhile: of what arrives as much
is sold as brings more than it would on the other chain, and without running the venue down; the rest waits, or goes back.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from agents.base import AgentParams, EcosystemAgent, Given, Population
from agents.refilling import Terms, collections, refills
from agents.sizing import best_size
from model.core.actions import PREVIOUS, Bridge, Swap, Transaction
from model.core.errors import Refused
from model.core.params import param
from model.core.units import YEAR
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import Timer, Watch

_DUST, _LEAST_SENT = 1e-6, 1e-2


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
    most_cost: float = param(
        0.001, unit="fraction", ge=0,
        description="Most that bringing capital back may cost, fee and wait at the required yield: a challenge period of 7 days costs more",
    )  # fmt: skip
    least_room: float = param(
        0.1,
        unit="fraction",
        ge=0,
        le=1,
        description="Part of a bridge's rate limit that must be free before it buys, or sends capital back",
    )
    most_impact: float = param(
        0.03, unit="fraction", gt=0, lt=1, description="Most by which the last unit of one sale fetches less than the first"
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
        made = [*self._part(view, home, far), *self._part(view, far, home)]
        sold = len(made)
        made.extend(collections(view, view.bridge(self.params.bridge), self.tip_on))
        dear, cheap = (home, far) if self._spot(view, home) > self._spot(view, far) else (far, home)
        size, held_up = self._size(view, cheap, dear), False
        if size > 0.0:
            made.append(self._buy(view.on(cheap.chain), cheap, dear, size))
        elif self.params.return_bridge is not None:
            held_up = self._refill(view, home, far, made)
        self._look_again(view, bool(made) or held_up or (not sold and any(self._stock(view, side) for side in (home, far))))
        return made

    def _look_again(self, view: View, unsettled: bool) -> None:
        """When something arrives; before, where something is left to do that the gap between the venues does not tell of."""
        waiting = view.bridge(self.params.bridge).waiting_for(self.account)
        back = view.bridge(self.params.return_bridge).waiting_for(self.account) if self.params.return_bridge is not None else []
        moments = [max(one.due, view.now) + 1.0 for one in (*waiting, *back) if one.due < math.inf]
        moments += [view.now + self.params.retry] if unsettled or waiting else []
        moments += [self.ask_again] if self.ask_again is not None else []
        self.ask_again = min(moments, default=None)

    def _spot(self, view: View, side: Side) -> float:
        return view.venue(side.venue).spot(side.token, side.numeraire)

    def _size(self, view: View, cheap: Side, dear: Side) -> float:
        """Numeraire to spend on the cheap side, 0 where nothing pays: what is there, or on its way, is sold before."""
        params, bridge = self.params, view.bridge(self.params.bridge)
        here, there = view.on(cheap.chain), view.on(dear.chain)
        cost = here.worth(here.gas_token(), here.gas_cost("swap", "bridge", tip=self.tip_on(cheap.chain)), cheap.numeraire)
        cost += there.worth(there.gas_token(), there.gas_cost("swap", tip=self.tip_on(dear.chain)), dear.numeraire)

        coming = self._coming(view, dear)
        before = self._proceeds(there, dear, coming)

        def profit(size: float) -> float:
            """What ``size`` spent on the cheap side gains, after the charge for the wait; -1 where it cannot be done."""
            try:
                bought = here.venue(cheap.venue).quote(cheap.numeraire, cheap.token, size).received
                transit = bridge.quote(cheap.chain, dear.chain, bought)
                sold = self._proceeds(there, dear, transit.received + coming) - before
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

    def _stock(self, view: View, side: Side) -> float:
        """Tokens on a side beyond dust: the firm holds them only to sell them."""
        held = view.balance(side.token, chain=side.chain)
        return held if held * max(self._spot(view, side), 0.0) > _DUST * max(side.capital, 1.0) else 0.0

    def _part(self, view: View, side: Side, other: Side) -> list[Transaction]:
        """Part with what is there, where each unit brings most: sold here, as far as the price bears it at once, and the rest sent on."""
        held, here = self._stock(view, side), view.on(side.chain)
        if not held > 0.0:
            return []
        spot, made = self._spot(view, side), list[Transaction]()
        stays = self._split(here, side, other, held)
        least = spot * (1.0 - self.params.most_impact)
        sold = best_size(lambda size: self._proceeds(here, side, size) - least * size, stays)[0]
        if sold > 0.0:
            received = self._proceeds(here, side, sold) * (1.0 - self.params.slippage)
            sell = Swap(target=side.venue, sell=side.token, buy=side.numeraire, amount=sold, min_received=received)
            made.append(Transaction((sell,), tip=self.tip_on(side.chain), expires_at=view.now + 300.0, chain=side.chain))
        if (held - stays) * spot > _LEAST_SENT * max(side.capital, other.capital):
            send = Bridge(target=self.params.bridge, token=side.token, amount=held - stays, to_chain=other.chain)
            made.append(Transaction((send,), tip=self.tip_on(side.chain), expires_at=view.now + 300.0, chain=side.chain))
        return made

    def _split(self, here: View, side: Side, other: Side, held: float) -> float:
        """How much of ``held`` to keep on a side, so that it brings most there and, less fee and wait, on the other chain together."""
        bridge, there = here.bridge(self.params.bridge), here.on(other.chain)
        room, coming = bridge.room(side.chain, other.chain), self._coming(here, other)
        before = self._proceeds(there, other, coming)

        def both(kept: float) -> float:
            """What the part that stays and the part that is sent bring together."""
            sent = min(held - kept, room)
            value = self._proceeds(here, side, held - max(sent, 0.0))
            if not sent > 0.0:
                return value
            try:
                transit = bridge.quote(side.chain, other.chain, sent)
            except Refused:
                return self._proceeds(here, side, kept)
            charge: float = 1.0 + self.params.least_profit + self.params.required_yield * transit.seconds / YEAR
            return value + (self._proceeds(there, other, transit.received + coming) - before) / charge

        kept, value = best_size(both, held)
        return max(kept if value > both(0.0) else 0.0, held - max(room, 0.0))

    def _coming(self, view: View, side: Side) -> float:
        """Tokens that are to be sold on a side before others get there: held, and on their way."""
        waiting = view.bridge(self.params.bridge).waiting_for(self.account, side.chain)
        return view.balance(side.token, chain=side.chain) + sum(one.amount for one in waiting)

    def _proceeds(self, view: View, side: Side, size: float) -> float:
        """Numeraire that a sale gets, 0 where it is refused."""
        try:
            return view.venue(side.venue).quote(side.token, side.numeraire, size).received if size > 0.0 else 0.0
        except Refused:
            return 0.0

    def _refill(self, view: View, home: Side, far: Side, made: list[Transaction]) -> bool:
        """Have numeraire sent to a chain whose capital has run low; returns whether some of it could not be."""
        params, bridge = self.params, view.bridge(self.params.return_bridge)
        made.extend(collections(view, bridge, self.tip_on))
        terms = Terms(params.low_water, params.required_yield, params.most_cost, params.least_room)
        found = refills(view, bridge, {home.chain: home.capital, far.chain: far.capital}, terms, self.tip_on)
        made.extend(found.made)
        return found.held_up


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
