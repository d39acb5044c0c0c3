"""Kind ``lst_borrowers``: accounts that borrow against a liquid staking token, of three behaviours, drawn or given.

Loops (debt mostly in the backing token) and the others are told apart by what they owe; among the others, and among loops that are
passive, the behaviour is a threshold on one uniform per account, so that shares nest.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from agents.base import BorrowerParams, EcosystemAgent, Given, Population
from agents.borrowers.health_manager import HealthManager, ManagerParams
from agents.borrowers.looper import Looper, LooperParams
from agents.borrowers.passive import PassiveBorrower
from agents.borrowers.synthetic import SyntheticParams, synthetic_accounts
from model.core.draws import Floats, Stream
from model.core.params import param
from model.ecosystem import Ecosystem
from model.markets.pooled import Pooled
from model.world.claim import ClaimToken


class LstBorrowersParams(BorrowerParams):
    """A population of accounts with a staked token as collateral."""

    market: str = param(unit="market", description="Pooled market that they borrow from")
    claim: str = param(unit="token", description="Staked token")
    backing: str = param(unit="token", description="Token that the claim stands on; other collateral is held in it too")
    stable: str = param(unit="token", description="Stablecoin that the others owe")
    total: float | None = param(None, unit="claim token", gt=0, description="Claim tokens of all accounts after scaling; none for as given")
    stable_share: float = param(1.0, unit="1", ge=0, description="Factor on debts in the stablecoin, beside the scaling")
    loop_share: float = param(0.5, unit="fraction", ge=0, le=1, description="Share of debt in the backing token that makes a loop")
    loopers: float = param(1.0, unit="fraction", ge=0, le=1, description="Share of the loops that exist (0: the counterfactual without)")
    nearest: float = param(0.7, unit="fraction", gt=0, lt=1, description="Levels are at most 1 + this share of health - 1 at the start")
    active_loops: float = param(0.9, unit="fraction", ge=0, le=1, description="Share of the loops that unwind by themselves")
    managers: float = param(0.6, unit="fraction", ge=0, le=1, description="Share of the others that manage their health")
    synthetic: SyntheticParams = param(SyntheticParams(), unit="table", description="Population drawn when none is given")
    manager: ManagerParams = param(ManagerParams(), unit="table", description="How health managers act")
    looper: LooperParams = param(LooperParams(), unit="table", description="How loopers act")
    purse: float = param(1.0, unit="gas token", ge=0, description="Gas token set aside for fees, each account")


class LstBorrowers(Population, kind="lst_borrowers"):
    """Accounts with the staked token as collateral: passive, health managers, loopers."""

    role: ClassVar[str] = "borrowers"
    Params = LstBorrowersParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Open the positions, endow wallets, enrol."""
        world, params = model.world, self.params
        draws = world.draws[name]
        market = world.targets[params.market]
        assert isinstance(market, Pooled)
        claim = world.targets.get(params.claim)
        rate = claim.price_of_one() if isinstance(claim, ClaimToken) else 1.0
        columns = dict(given.columns) if given is not None and given.size else synthetic_accounts(params.synthetic, draws, rate)
        held, other, owed, stable = self._scaled(
            columns, rate, self._price(world.board.true), market.reserves[params.claim].params.liquidation_threshold
        )
        loop = owed > params.loop_share * (owed + stable / self._price(world.board.true))
        kept = ~loop | (draws.uniforms(len(held), number=1) < params.loopers)
        held, other, owed, stable, loop = held[kept], other[kept], owed[kept], stable[kept], loop[kept]
        accounts = world.accounts.open_many(name, len(held))
        wallet = self._between(params.manager.wallet, draws.uniforms(len(kept), number=2)[kept])
        behaviour = draws.uniforms(len(kept), number=3)[kept]
        manages = ~loop & (behaviour < params.managers)
        mostly_backing = owed * self._price(world.board.true) > stable
        self.endow(
            world, params.chain, accounts,
            {params.backing: np.where(manages & mostly_backing, wallet * owed, 0.0),
             params.stable: np.where(manages & ~mostly_backing, wallet * stable, 0.0)},
        )  # fmt: skip
        self._place_claims(model, market, held)
        market.open_positions(accounts, {params.claim: held, params.backing: other}, {params.backing: owed, params.stable: stable})
        levels = draws.uniforms(len(kept), number=4)[kept]
        carries, discounts = draws.uniforms(len(kept), number=5)[kept], draws.uniforms(len(kept), number=6)[kept]
        health = market.health(np.arange(len(market.book) - len(held), len(market.book)))
        most = np.where(np.isfinite(health), 1.0 + params.nearest * np.maximum(health - 1.0, 0.0), np.inf)
        active = loop & (behaviour < params.active_loops)
        self._enrol(model, accounts, draws, active, manages, (levels, carries, discounts, most))

    def _price(self, true: dict[str, float]) -> float:
        """Stablecoins per backing token."""
        return true[self.params.backing] / true[self.params.stable]

    def _scaled(self, columns: dict[str, Floats], rate: float, price: float, threshold: float) -> tuple[Floats, Floats, Floats, Floats]:
        """Claim (claim tokens), other collateral and debt (backing tokens), debt in stablecoins (tokens), scaled to the total."""
        held = columns["claim"]
        other = np.maximum(columns["collateral"] - held * rate, 0.0)
        owed = columns["debt_in_backing"]
        stable = np.maximum(columns["debt"] - owed, 0.0) * price * self.params.stable_share
        factor = self.params.total / held.sum() if self.params.total else 1.0
        if "threshold" in columns:
            # The health factors are kept, not the debts: thresholds differed when the accounts were recorded.
            kept = threshold / columns["threshold"]
            owed, stable = owed * kept, stable * kept
        return held * factor, other * factor, owed * factor, stable * factor

    def _place_claims(self, model: Ecosystem, market: Pooled, held: Floats) -> None:
        """Genesis: the claims that are supplied come from their holders outside into the market's account."""
        market.ledger.move(self.params.claim, 0, market.account, float(held.sum()))

    def _between(self, bounds: tuple[float, float], uniforms: Floats) -> Floats:
        return bounds[0] + (bounds[1] - bounds[0]) * uniforms

    def _enrol(
        self, model: Ecosystem, accounts: range, draws: Stream, loops: Any, manages: Any, drawn: tuple[Floats, Floats, Floats, Floats]
    ) -> None:
        params = self.params
        manager = np.minimum(self._between(params.manager.level, drawn[0]), drawn[3]).tolist()
        level = np.minimum(self._between(params.looper.level, drawn[0]), drawn[3]).tolist()
        carry = self._between(params.looper.worst_carry, drawn[1]).tolist()
        discount = self._between(params.looper.most_discount, drawn[2]).tolist()
        for index, account in enumerate(accounts):
            agent: EcosystemAgent
            if loops[index]:
                agent = Looper(model, account, index, params, draws, (level[index], carry[index], discount[index]))
            elif manages[index]:
                agent = HealthManager(model, account, index, params, draws, manager[index])
            else:
                agent = PassiveBorrower(model, account, index, params, draws)
            model.enrol(agent)
