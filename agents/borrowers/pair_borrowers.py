"""Kind ``pair_borrowers``: accounts of one collateral and one debt token in any account market, of four behaviours.

Behaviour is a threshold on one uniform per account, so that shares nest: health managers, then loopers, then those who repay when their
debt is cheap, then those who never look.
"""

from __future__ import annotations

import numpy as np
from pydantic import model_validator

from agents.base import EcosystemAgent
from agents.borrowers.cheap_repayer import CheapRepayer, RepayerParams
from agents.borrowers.health_manager import HealthManager, ManagerParams
from agents.borrowers.looper import Looper, LooperParams
from agents.borrowers.pair_book import PairBook, PairBookParams
from agents.borrowers.passive import PassiveBorrower
from model.core.draws import Floats, Stream
from model.core.params import param
from model.ecosystem import Ecosystem


class PairBorrowersParams(PairBookParams):
    """A population with one collateral and one debt token."""

    nearest: float = param(0.7, unit="fraction", gt=0, lt=1, description="Levels are at most 1 + this share of health - 1 at the start")
    managers: float = param(0.0, unit="fraction", ge=0, le=1, description="Share of the accounts that manage their health")
    loopers: float = param(0.0, unit="fraction", ge=0, le=1, description="Share of the accounts that unwind like loops")
    repayers: float = param(0.0, unit="fraction", ge=0, le=1, description="Share of the accounts that repay when their debt is cheap")
    manager: ManagerParams = param(ManagerParams(), unit="table", description="How health managers act")
    looper: LooperParams = param(LooperParams(), unit="table", description="How loopers act")
    repayer: RepayerParams = param(RepayerParams(), unit="table", description="How those act who repay cheaply")

    @model_validator(mode="after")
    def _is_whole(self) -> PairBorrowersParams:
        if self.managers + self.loopers + self.repayers > 1.0 + 1e-12:
            raise ValueError("managers + loopers + repayers of at most 1")
        if self.repayers > 0.0 and (self.repayer.feed is None or self.repayer.pays is None):
            raise ValueError("repayer.feed and repayer.pays where there are repayers")
        return self


class PairBorrowers(PairBook, kind="pair_borrowers"):
    """Accounts of four behaviours."""

    Params = PairBorrowersParams

    def people(self, model: Ecosystem, accounts: range, owed: Floats, health: Floats, draws: Stream) -> None:
        """Endow wallets and enrol."""
        kinds = self._behaviours(draws)
        self._endow(model, accounts, owed, kinds, draws)
        self._enrol(model, accounts, kinds, health, draws)

    def _behaviours(self, draws: Stream) -> Floats:
        """0 for a manager, 1 for a looper, 2 for a repayer, 3 for who never looks."""
        params = self.params
        edges = np.cumsum([params.managers, params.loopers, params.repayers])
        return np.asarray(np.searchsorted(edges, draws.uniforms(params.count, number=3), side="right"), dtype=np.float64)

    def _endow(self, model: Ecosystem, accounts: range, owed: Floats, kinds: Floats, draws: Stream) -> None:
        """Wallets of managers in the debt token, of repayers in what they pay with; purses for all."""
        params = self.params
        drawn = draws.uniforms(params.count, number=4)
        wallets: dict[str, float | Floats] = {params.debt: np.where(kinds == 0, owed * _between(params.manager.wallet, drawn), 0.0)}
        if params.repayer.pays is not None:
            extra = np.where(kinds == 2, owed * params.repayer.par * _between(params.repayer.wallet, drawn), 0.0)
            wallets[params.repayer.pays] = wallets.get(params.repayer.pays, 0.0) + extra
        self.endow(model.world, params.chain, accounts, wallets)

    def _enrol(self, model: Ecosystem, accounts: range, kinds: Floats, health: Floats, draws: Stream) -> None:
        params, count = self.params, self.params.count
        most = 1.0 + params.nearest * np.maximum(health - 1.0, 0.0)
        drawn = draws.uniforms(count, number=5)
        manager = np.minimum(_between(params.manager.level, drawn), most).tolist()
        level = np.minimum(_between(params.looper.level, drawn), most).tolist()
        carry = _between(params.looper.worst_carry, draws.uniforms(count, number=6)).tolist()
        discount = _between(params.looper.most_discount, draws.uniforms(count, number=7)).tolist()
        cheap = _between(params.repayer.level, drawn).tolist()
        for index, account in enumerate(accounts):
            agent: EcosystemAgent
            if kinds[index] == 0:
                agent = HealthManager(model, account, index, params, draws, manager[index])
            elif kinds[index] == 1:
                agent = Looper(model, account, index, params, draws, (level[index], carry[index], discount[index]))
            elif kinds[index] == 2:
                agent = CheapRepayer(model, account, index, params, draws, cheap[index])
            else:
                agent = PassiveBorrower(model, account, index, params, draws)
            model.enrol(agent)


def _between(bounds: tuple[float, float], uniforms: Floats) -> Floats:
    return bounds[0] + (bounds[1] - bounds[0]) * uniforms
