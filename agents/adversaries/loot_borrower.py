"""Kind ``loot_borrower``: somebody with stolen tokens, which they do not sell but borrow against, on several chains.

Source: the order of events after the releases of unbacked tokens that lending markets took at face value (Aave forum 24580).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from pydantic import field_validator

from agents.base import AgentParams, EcosystemAgent, Given, Population
from model.core.actions import ALL, Action, Borrow, Bridge, Receipt, Supply, Transaction, Transfer
from model.core.draws import Stream
from model.core.params import Params, param
from model.ecosystem import Ecosystem
from model.markets.pooled import Pooled
from model.view import View
from model.wakes import On, Timer


class TrancheParams(Params):
    """One part of the loot and what becomes of it."""

    amount: float = param(unit="loot token", gt=0, description="Tokens of this part; less where the loot is smaller")
    market: str = param(unit="market", description="Pooled market that takes it as collateral")
    chain: str = param(unit="chain", description="Chain of that market")
    token: str = param(unit="token", description="Name of the loot token there")
    bridge: str | None = param(None, unit="bridge", description="Bridge by which it gets there; none on the home chain")
    positions: int = param(1, unit="accounts", gt=0, description="Number of accounts that it is spread over")
    borrows: dict[str, float] = param(
        unit="share by token", min_length=1, description="Tokens to borrow, with their share of the debt's value"
    )
    carry_home: dict[str, str] = param({}, unit="bridge by token", description="Bridges by which borrowed tokens go to the home chain")

    @field_validator("borrows")
    @classmethod
    def _adds_up(cls, value: dict[str, float]) -> dict[str, float]:
        if any(not 0.0 <= share <= 1.0 for share in value.values()) or abs(sum(value.values()) - 1.0) > 1e-9:
            raise ValueError(f"shares from 0 to 1 that add up to 1 (not to {sum(value.values()):g})")
        return value


class LootBorrowerParams(AgentParams):
    """Somebody who holds stolen tokens; ``chain`` is where those appear, at the population's first account."""

    loot: str = param(unit="token", description="Stolen token on the home chain")
    tranches: tuple[TrancheParams, ...] = param(unit="table", min_length=1, description="Parts of the loot")
    after: str | None = param(None, unit="shock", description="Look for loot when this shock strikes; none: from the start")
    preparation: float = param(600.0, unit="seconds", ge=0, description="Time from the loot to its distribution")
    spacing: float = param(300.0, unit="seconds", ge=0, description="Time from one position's borrowing to the next one's")
    health: tuple[float, float] = param((1.01, 1.03), unit="1", description="Range of the positions' health factors aimed at, uniform")
    period: float = param(300.0, unit="seconds", gt=0, description="Time between looks while something is left to do")
    persists: float = param(86_400.0, unit="seconds", gt=0, description="Time after the loot when they stop")


class LootBorrower(EcosystemAgent):
    """One account: gets its part, supplies it, borrows as much as rules and cash allow, sends the proceeds home. The first account hands
    the loot out before; what is left over stays with it.

    Assumes: at the market's word for the token; no part is sold.
    """

    def __init__(self, model: Ecosystem, accounts: range, index: int, params: Any, draws: Stream) -> None:
        super().__init__(model, accounts[index], index, params, draws)
        self.accounts = accounts
        self.tranche: TrancheParams = places(params)[index]
        self.health = params.health[0] + (params.health[1] - params.health[0]) * draws.uniform(index)
        self.began: float | None = None
        self.handed = index != 0
        self.part = ALL
        """Tokens that it supplies; the first account keeps what is no part."""

    def wakes(self) -> Iterable[On | Timer]:
        """The theft, or the start."""
        after = self.params.after
        return (Timer(self.model.world.clock.start),) if after is None else (On("shocks", after),)

    def decide(self, view: View) -> Sequence[Transaction]:
        """Hand out; supply and borrow; carry home."""
        params = self.params
        if self.began is None:
            self.began = view.now
        if view.now > self.began + params.persists:
            return []
        start = self.began + params.preparation
        if view.now < start:
            self.ask_again = start
            return []
        self.ask_again = view.now + params.period
        if not self.handed:
            return self._sent(self._handed_out(view), params.chain, "handed out")
        if view.now < start + self.index * params.spacing:
            return []
        there = view.on(self.tranche.chain)
        supplied = self._supplied(there)
        if supplied:
            return self._sent((*supplied, *self._borrowed(there, supplied[0].amount)), self.tranche.chain, "supplied")
        return self._sent(self._borrowed(there, 0.0) or self._carried(there), self.tranche.chain)

    def receive(self, receipt: Receipt) -> None:
        """Note what is done."""
        if receipt.ok and receipt.transaction.note == "handed out":
            self.handed = True
        elif receipt.ok and receipt.transaction.note == "supplied":
            self.part = 0.0

    def _sent(self, actions: Sequence[Action], chain: str, note: str = "") -> list[Transaction]:
        return [Transaction(tuple(actions), tip=self.tip_on(chain), chain=chain, note=note)] if actions else []

    def _handed_out(self, view: View) -> list[Action]:
        """Every other account's part, by transfer or over a bridge; a smaller loot shrinks all parts alike."""
        params = self.params
        found: list[Action] = []
        scale = min(1.0, view.balance(params.loot) / sum(tranche.amount for tranche in params.tranches))
        for account, tranche in zip(self.accounts, places(params), strict=True):
            part = scale * tranche.amount / tranche.positions
            if account == self.account:
                self.part = part
            if tranche.bridge is not None and part > 0.0:
                found.append(Bridge(target=tranche.bridge, token=params.loot, amount=part, to_chain=tranche.chain, recipient=account))
            elif account != self.account and part > 0.0:
                found.append(Transfer(target=params.chain, token=params.loot, amount=part, to=account))
        return found

    def _supplied(self, there: View) -> list[Supply]:
        """Its part, where that has arrived and the market takes it."""
        amount = min(self.part, there.balance(self.tranche.token))
        reserve = self._market(there).reserves[self.tranche.token].params
        if not amount > 0.0 or reserve.frozen or reserve.paused:
            return []
        return [Supply(target=self.tranche.market, token=self.tranche.token, amount=amount)]

    def _borrowed(self, there: View, supplied: float) -> list[Borrow]:
        """As much as takes the position, with ``supplied`` more collateral, to the health that it aims at, each token as far as its cash
        and its cap go.
        """
        market, tranche = self._market(there), self.tranche
        row = market.book.find(self.account)
        standing = market.standing(row) if row is not None else None
        ltv, threshold, _ = market.terms_of(tranche.token, market.group_of(row) if row is not None else "")
        collateral = supplied * market.price(tranche.token) + (standing.collateral if standing is not None else 0.0)
        owed = standing.debt if standing is not None else 0.0
        room = collateral * min(ltv, threshold / self.health) - owed
        if not room > 1e-3 * collateral:
            return []
        found = []
        for token, share in tranche.borrows.items():
            reserve, price = market.reserves[token].params, market.price(token)
            cap = float("inf") if reserve.borrow_cap is None else reserve.borrow_cap - market.debt(token)
            amount = min(share * room / price, market.cash(token), cap)
            if amount * price > 1e-3 * share * room and not (reserve.frozen or reserve.paused):
                found.append(Borrow(target=market.name, token=token, amount=amount))
        return found

    def _carried(self, there: View) -> list[Bridge]:
        """What it has borrowed, home."""
        home = self.params.chain
        ways = self.tranche.carry_home.items() if there.chain != home else ()
        return [
            Bridge(target=bridge, token=token, amount=ALL, to_chain=home)
            for token, bridge in ways
            if there.balance(token) > 1e-6 and there.bridge(bridge).room(there.chain, home) > there.balance(token)
        ]

    def _market(self, there: View) -> Pooled:
        found = there.market(self.tranche.market)
        assert isinstance(found, Pooled)
        return found


def places(params: Any) -> list[TrancheParams]:
    """The tranche of each position, in order of the accounts."""
    return [tranche for tranche in params.tranches for _ in range(tranche.positions)]


class LootBorrowers(Population, kind="loot_borrower"):
    """As many accounts as there are positions; the loot is expected at the first of them."""

    role: ClassVar[str] = "adversaries"
    Params = LootBorrowerParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Open the accounts with purses on the home chain and on that of their tranche, and enrol."""
        world, params = model.world, self.params
        tranches = places(params)
        accounts = world.accounts.open_many(name, len(tranches))
        self.endow(world, params.chain, accounts, {})
        for account, tranche in zip(accounts, tranches, strict=True):
            if tranche.chain != params.chain:
                world.chains[tranche.chain].fund_purses(range(account, account + 1), float(params.purse))
        for index in range(len(accounts)):
            model.enrol(LootBorrower(model, accounts, index, params, world.draws[name]))
