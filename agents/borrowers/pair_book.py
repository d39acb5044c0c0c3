"""Positions of one collateral and one debt token in any account market: how they stand at the start, whoever owns them."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np

from agents.base import BorrowerParams, Given, Population
from agents.borrowers.synthetic import from_quartiles
from model.core.draws import Floats, Stream
from model.core.params import param
from model.ecosystem import Ecosystem


class PairBookParams(BorrowerParams):
    """A population with one collateral and one debt token."""

    count: int = param(100, unit="accounts", ge=0, description="Number of accounts")
    market: str = param(unit="market", description="Where they borrow")
    collateral: str = param(unit="token", description="What they give")
    debt: str = param(unit="token", description="What they owe")
    category: str = param("", unit="e-mode", description="E-mode category that they are in, empty for none; pooled markets only")
    total: float = param(0.0, unit="collateral token", ge=0, description="Collateral of all together")
    log_sd: float = param(1.5, unit="1", ge=0, description="Standard deviation of the logarithm of the collateral of one")
    health: tuple[float, float, float, float] = param(
        (1.05, 1.4, 2.0, 3.0), unit="1", description="Least health and quartiles at the start", source="calibration.md: 1.44 / 1.99 / 3.04"
    )
    highest: float | None = param(None, unit="1", gt=1, description="Highest health at the start; none for the long tail")
    purse: float = param(1.0, unit="gas token", ge=0, description="Gas token set aside for fees, each account")

    @property
    def claim(self) -> str:
        """What loopers and managers call the collateral."""
        return self.collateral

    @property
    def backing(self) -> str:
        """What loopers call the debt."""
        return self.debt


class PairBook(Population):
    """Accounts of lognormal size whose health follows given quartiles. A kind implements ``people``."""

    role: ClassVar[str] = "borrowers"
    params: Any

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Open the positions, endow wallets, enrol.

        Raises:
            ValueError: the market has no collateral factor for the pair, or no such category.
        """
        world, params, count = model.world, self.params, self.params.count
        if count == 0:
            return
        market: Any = world.targets[params.market]
        draws = world.draws[name]
        held, health = self.columns(draws)
        try:
            factor = market.covers(params.collateral, params.debt, params.category)
        except LookupError as error:
            where = f" in category {params.category!r}" if params.category else ""
            raise ValueError(f"{name}: {market.name} lends no {params.debt} on {params.collateral}{where}") from error
        owed = held * market.price(params.collateral) * factor / (health * market.price(params.debt))
        accounts = world.accounts.open_many(name, count)
        given_by = world.targets.get(params.collateral)
        if given_by is not None and given_by.issues:
            given_by.grant(np.array([market.account]), np.array([held.sum()]))
        market.open_positions(accounts, {params.collateral: held}, {params.debt: owed})
        if params.category:
            market.enter(accounts, params.category)
        self.people(model, accounts, owed, health, draws)

    def columns(self, draws: Stream) -> tuple[Floats, Floats]:
        """Collateral (tokens) and health of each, shape (count,)."""
        params = self.params
        size = np.exp(params.log_sd * draws.normals(params.count, number=10))
        health = from_quartiles(draws.uniforms(params.count, number=2), params.health)
        return params.total * size / size.sum(), health if params.highest is None else np.minimum(health, params.highest)

    @abstractmethod
    def people(self, model: Ecosystem, accounts: range, owed: Floats, health: Floats, draws: Stream) -> None:
        """Endow the owners of positions (debts in tokens and health at the start, shape (accounts,)) and enrol them."""
