"""Kind ``flat_book``: borrowers who never look, in any market, opened through the market's own verbs."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from agents.base import AgentParams, Given, Population
from agents.borrowers.passive import PassiveBorrower
from model.core.actions import Borrow, Supply, Transaction
from model.core.draws import Floats, Stream
from model.core.params import param
from model.ecosystem import Ecosystem


class FlatBookParams(AgentParams):
    """Accounts of one collateral and one debt, spread evenly over loan-to-value ratios; the same whatever the market."""

    count: int = param(200, unit="accounts", gt=0, description="Number of borrowers")
    market: str = param(unit="market", description="Where they borrow")
    collateral: str = param(unit="token", description="What they give")
    debt: str = param(unit="token", description="What they owe")
    total: float = param(50_000.0, unit="collateral token", gt=0, description="Collateral of all together")
    log_sd: float = param(1.0, unit="1", ge=0, description="Standard deviation of the logarithm of the collateral of one")
    ltv: tuple[float, float] = param((0.4, 0.78), unit="fraction", description="Loan-to-value at the start: lowest, highest, even between")


class FlatBook(Population, kind="flat_book"):
    """Positions with lognormal sizes and evenly spread loan-to-value ratios. What they borrow stays in their wallets."""

    role: ClassVar[str] = "borrowers"
    Params = FlatBookParams

    def columns(self, draws: Stream) -> tuple[Floats, Floats]:
        """Collateral (tokens) and loan-to-value ratio of each, shape (count,)."""
        params = self.params
        size = np.exp(params.log_sd * draws.normals(params.count, number=1))
        low, high = params.ltv
        return params.total * size / size.sum(), low + (high - low) * draws.uniforms(params.count, number=2)

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Open the positions one by one and enrol their owners.

        Raises:
            ValueError: the market refuses a position, with its reason.
        """
        world, params = model.world, self.params
        market: Any = world.targets[params.market]
        chain, draws = world.chains[params.chain], world.draws[name]
        accounts = world.accounts.open_many(name, params.count)
        held, ratios = self.columns(draws)
        self.endow(world, params.chain, accounts, {params.collateral: held})
        price = market.price(params.collateral) / market.price(params.debt)
        for index, account in enumerate(accounts):
            amount = float(held[index])
            actions = (
                Supply(target=market.name, token=params.collateral, amount=amount),
                Borrow(target=market.name, token=params.debt, amount=amount * price * float(ratios[index])),
            )
            receipt = chain.execute(account, Transaction(actions), world.clock.now)
            if not receipt.ok:
                raise ValueError(f"{market.name} refuses position {index} of {name}: {receipt.reason}")
            model.enrol(PassiveBorrower(model, account, index, params, draws))
