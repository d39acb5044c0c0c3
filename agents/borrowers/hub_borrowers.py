"""Kind ``hub_borrowers``: accounts with collateral on one chain and debt on another, some of whom repay in time, or try to.

A repayment counts when its message has arrived: who acts late is liquidated with the money on its way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from agents.base import BorrowerParams, EcosystemAgent, Given, Population
from agents.borrowers.passive import PassiveBorrower
from agents.borrowers.synthetic import from_quartiles
from model.core.actions import Repay, Transaction
from model.core.draws import Stream
from model.core.params import param
from model.ecosystem import Ecosystem
from model.markets.hub import Hub
from model.view import View
from model.wakes import Watch
from model.world.accounts import OUTSIDE
from model.world.claim import ClaimToken


class HubBorrowersParams(BorrowerParams):
    """Borrowers across a hub; ``chain`` is where they owe."""

    count: int = param(100, unit="accounts", ge=0, description="Number of accounts")
    market: str = param(unit="market", description="Hub that they borrow from")
    collateral: str = param(unit="token", description="Collateral")
    collateral_chain: str = param(unit="chain", description="Chain on which the collateral is supplied")
    debt: str = param(unit="token", description="Token that they owe")
    total: float = param(0.0, unit="collateral token", ge=0, description="Collateral of all together")
    log_sd: float = param(1.5, unit="1", ge=0, description="Standard deviation of the logarithm of the collateral held")
    health: tuple[float, float, float, float] = param(
        (1.05, 1.4, 2.0, 3.0), unit="1", description="Least health and quartiles at the start", source="calibration.md: 1.44 / 1.99 / 3.04"
    )
    managers: float = param(0.5, unit="fraction", ge=0, le=1, description="Share of the accounts that repay when their health falls")
    level: tuple[float, float] = param((1.03, 1.2), unit="1", description="Range of health at which those act, uniform")
    target: float = param(1.15, unit="1", gt=1, description="Health that they restore, times their level")
    wallet: tuple[float, float] = param((0.0, 0.5), unit="fraction", description="Range of their wallet as a share of debt, uniform")
    retry: float = param(900.0, unit="seconds", gt=0, description="Time after which they look again at what is still missing")
    purse: float = param(1.0, unit="gas token", ge=0, description="Gas token set aside for fees, each account")


class HubBorrower(EcosystemAgent):
    """Repays from its wallet on the debt's chain as much as restores its health, what is on its way taken into account."""

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream, level: float) -> None:
        super().__init__(model, account, index, params, draws)
        self.level = level

    def wakes(self) -> Iterable[Watch]:
        """Its own health, in the state that has arrived at the hub."""
        return (Watch(f"health:{self.params.market}", self.level, "below"),)

    def decide(self, view: View) -> Sequence[Transaction]:
        """Repay what is missing beyond what is on its way."""
        hub, params = view.market(self.params.market), self.params
        assert isinstance(hub, Hub)
        row = hub.book.find(self.account)
        if row is None:
            return []
        cover, debt = hub.values(row, "liquidation_threshold")
        flying = sum(one.amount for one in hub.messages.values() if one.kind == "repay" and one.borrower == self.account)
        price = hub.price(params.debt)
        missing = (debt - cover / (self.level * params.target)) / price - flying if debt > 0.0 else 0.0
        amount = min(missing, view.balance(params.debt), hub.debts_of(self.account).get(params.debt, 0.0))
        if missing > 0.0 and view.balance(params.debt) > 0.0:
            self.ask_again = view.now + params.retry
        if not amount * price > 1e-3 * debt:
            return []
        repay = Repay(target=hub.name, token=params.debt, amount=amount)
        return [Transaction((repay,), tip=self.tip_at(cover / debt), expires_at=view.now + params.patience)]


class HubBorrowers(Population, kind="hub_borrowers"):
    """Accounts of lognormal size, passive or managing their health by one uniform each."""

    role: ClassVar[str] = "borrowers"
    Params = HubBorrowersParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Open the positions, endow wallets on the debt's chain, enrol."""
        world, params = model.world, self.params
        hub, draws, count = world.targets[params.market], world.draws[name], params.count
        assert isinstance(hub, Hub)
        if count == 0:
            return
        accounts = world.accounts.open_many(name, count)
        size = np.exp(params.log_sd * draws.normals(count, number=10))
        held = params.total * size / size.sum()
        home, far = f"{params.collateral}@{params.collateral_chain}", f"{params.debt}@{params.chain}"
        supplied, owed = hub.listing(home), hub.listing(far)
        if supplied is None or owed is None:
            raise ValueError(f"{name}: {home if supplied is None else far} is not listed on {hub.name}")
        worth = hub.price_at(supplied) * hub.terms(supplied).liquidation_threshold / hub.price_at(owed)
        debt = held * worth / from_quartiles(draws.uniforms(count, number=2), params.health)
        if isinstance(world.targets.get(params.collateral), ClaimToken):
            world.ledgers[params.collateral_chain].move(params.collateral, OUTSIDE, hub.account, float(held.sum()))
        hub.open_positions(accounts, {home: held}, {far: debt})
        manages = draws.uniforms(count, number=3) < params.managers
        low, high = params.wallet
        wallet = np.where(manages, (low + (high - low) * draws.uniforms(count, number=4)) * debt, 0.0)
        self.endow(world, params.chain, accounts, {params.debt: wallet})
        first, last = params.level
        levels = (first + (last - first) * draws.uniforms(count, number=5)).tolist()
        for index, account in enumerate(accounts):
            if manages[index]:
                model.enrol(HubBorrower(model, account, index, params, draws, levels[index]))
            else:
                model.enrol(PassiveBorrower(model, account, index, params, draws))
