"""Kind ``carry_migrator``: borrowers who move their loan to the market of their chain where the same position costs less.

Source: the way in which DeFi Saver's loan shifter and Instadapp's refinancing move a position: flash loan, repay, withdraw, supply, borrow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from agents.base import EcosystemAgent
from agents.borrowers.pair_book import PairBook, PairBookParams
from agents.borrowers.standing import flash_source
from model.core.actions import ALL, PREVIOUS, Action, Borrow, Flash, Repay, Supply, Transaction, Withdraw
from model.core.draws import Floats, Stream
from model.core.errors import BadInput, Fault
from model.core.params import param
from model.core.units import DAY, YEAR
from model.ecosystem import Ecosystem
from model.markets.base import Market
from model.markets.pooled import EMode
from model.view import View
from model.wakes import Timer

_SPARE, _DUST = 1e-6, 1e-3
"""Part by which more is borrowed than is owed now, for interest until the block; part of a debt below which the rest goes along."""


class CarryMigratorParams(PairBookParams):
    """Borrowers with a choice of markets."""

    others: tuple[str, ...] = param(unit="market", min_length=1, description="Markets of the same chain to which they may move")
    categories: dict[str, str] = param({}, unit="e-mode", description="E-mode category that they enter there, by market; none for none")
    share: float = param(1.0, unit="fraction", gt=0, le=1, description="Share of the loan that one move takes along")
    least_gain: tuple[float, float] = param(
        (0.005, 0.03), unit="1/year", description="Range of gains, as a share of the debt, below which they stay, uniform"
    )
    horizon: float = param(30.0, unit="days", gt=0, description="Time over which the gain must pay for gas and flash fee")
    least_health: float = param(1.05, unit="1", gt=1, description="Least health at which they would arrive")
    period: float = param(21_600.0, unit="seconds", gt=0, description="Time between looks")
    flash: str | None = param(None, unit="market", description="Market whose flash loan funds the move; none: the one that they leave")


@dataclass(frozen=True, slots=True)
class Move:
    """A loan that moves: ``debt`` and ``collateral`` (tokens) from one market to another, ``whole`` for all of it."""

    origin: Market
    target: Market
    debt: float
    collateral: float
    whole: bool


class CarryMigrator(EcosystemAgent):
    """Compares what its position costs where it stands with what it would cost elsewhere, at today's rates: borrowing less what the
    collateral earns. Assumes: it does not foresee that its own move changes the rates; moving a share at a time it finds out.
    """

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream, least: float) -> None:
        super().__init__(model, account, index, params, draws)
        self.least_gain = least

    def wakes(self) -> Iterable[Timer]:
        """A look at a phase of its own."""
        period = float(self.params.period)
        return (Timer(self.model.world.clock.start + period * self.draws.uniform(self.index, 1.0), period),)

    def decide(self, view: View) -> Sequence[Transaction]:
        """Move (a share of) the loan where that gains enough."""
        params = self.params
        markets = [view.market(name) for name in (params.market, *params.others)]
        origin = max(markets, key=lambda market: market.debts_of(self.account).get(params.debt, 0.0))
        owed = origin.debts_of(self.account).get(params.debt, 0.0)
        held = origin.collateral_of(self.account).get(params.collateral, 0.0)
        if owed <= 0.0 or held <= 0.0:
            return []
        worth = held * origin.price(params.collateral) / origin.price(params.debt)
        costs = {market.name: self._cost(market, owed, worth) for market in markets}
        target = min(markets, key=lambda market: costs[market.name])
        gain = (costs[origin.name] - costs[target.name]) / owed
        source = flash_source(view, origin, params.flash, params.debt)
        if target is origin or gain <= self.least_gain or source is None:
            return []
        lender, fee, most = source
        cash = target.payable(params.debt, view.chain) * (0.5 if lender == target.name else 1.0)
        amount = min(params.share * owed, most, cash / (1.0 + fee) * (1.0 - _SPARE))
        whole = amount >= owed * (1.0 - _DUST) and most >= owed * (1.0 + _SPARE)
        move = Move(origin, target, owed if whole else amount, held if whole else held * amount / owed, whole)
        if not self._pays(view, move, gain, fee) or not self._arrives(move, fee):
            return []
        return [self._moving(view, move, lender, fee)]

    def _cost(self, market: Market, owed: float, worth: float) -> float:
        """Yearly cost of the position in a market, in debt tokens; ``worth`` is the collateral's value in them."""
        earned = market.totals_of(self.params.collateral).get("supply_rate", 0.0)
        return market.totals_of(self.params.debt)["borrow_rate"] * owed - earned * worth

    def _pays(self, view: View, move: Move, gain: float, fee: float) -> bool:
        """Whether the gain over the horizon exceeds gas and fee."""
        chain = self.model.world.chains[view.chain]
        gas = view.gas_cost("repay", "withdraw", "supply", "borrow", tip=self.usual_tip)
        gas += chain.params.flash_gas * (chain.fee + self.usual_tip)
        unit = view.worth(self.params.debt, 1.0, view.gas_token())
        return bool(move.debt * (gain * self.params.horizon * DAY / YEAR - fee) * unit > gas)

    def _arrives(self, move: Move, fee: float) -> bool:
        """Whether the target lends so much on it, and leaves the health that it wants."""
        params, market, category = self.params, move.target, self.params.categories.get(move.target.name, "")
        there, owing = market.collateral_of(self.account), market.debts_of(self.account)
        value = (there.get(params.collateral, 0.0) + move.collateral) * market.price(params.collateral)
        debt = (owing.get(params.debt, 0.0) + move.debt * (1.0 + fee)) * market.price(params.debt)
        try:
            allowed = value * market.lends_up_to(params.collateral, params.debt, category)
            health = value * market.covers(params.collateral, params.debt, category) / debt
        except LookupError:
            return False
        return bool(debt * (1.0 + _SPARE) < allowed and health >= params.least_health)

    def _moving(self, view: View, move: Move, lender: str, fee: float) -> Transaction:
        params, category = self.params, self.params.categories.get(move.target.name, "")
        lent = move.debt * (1.0 + (_SPARE if move.whole else 0.0))
        terms = EMode(category) if category else None
        actions: tuple[Action, ...] = (
            Repay(target=move.origin.name, token=params.debt, amount=ALL if move.whole else move.debt),
            Withdraw(target=move.origin.name, token=params.collateral, amount=ALL if move.whole else move.collateral),
            Supply(target=move.target.name, token=params.collateral, amount=PREVIOUS),
            Borrow(target=move.target.name, token=params.debt, amount=lent * (1.0 + fee), terms=terms),
        )
        return Transaction(actions, tip=self.usual_tip, flash=Flash(lender, params.debt, lent), expires_at=view.now + params.period)


class CarryMigrators(PairBook, kind="carry_migrator"):
    """Borrowers whose least gains are spread over a range."""

    Params = CarryMigratorParams

    def people(self, model: Ecosystem, accounts: range, owed: Floats, health: Floats, draws: Stream) -> None:
        """Enrol them.

        Raises:
            BadInput: a market of another chain, or one that does not lend the debt on the collateral.
        """
        world, params = model.world, self.params
        faults = []
        for name in params.others:
            market: Any = world.targets[name]
            try:
                fits = market.chain == params.chain and market.covers(params.collateral, params.debt, params.categories.get(name, "")) > 0.0
            except LookupError:
                fits = False
            if not fits:
                allowed = f"a market on {params.chain} that lends {params.debt} on {params.collateral}"
                faults.append(Fault(f"agents.{world.accounts.group(accounts.start)}.others", repr(name), allowed))
        if faults:
            raise BadInput(faults)
        self.endow(world, params.chain, accounts, {})
        low, high = params.least_gain
        least = (low + (high - low) * draws.uniforms(params.count, number=5)).tolist()
        for index, account in enumerate(accounts):
            model.enrol(CarryMigrator(model, account, index, params, draws, least[index]))
