"""Kind ``depositor``: lenders, or depositors of a stability pool, who supply once and stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from agents.base import AgentParams, EcosystemAgent, Given, Population
from agents.lenders.opening import open_deposits
from model.core.actions import Supply, Transaction
from model.core.params import param
from model.ecosystem import Ecosystem
from model.markets.hub import Hub
from model.view import View


class DepositorParams(AgentParams):
    """Lenders of one token in one market."""

    count: int = param(1, unit="accounts", gt=0, description="Number of lenders")
    market: str = param(unit="market", description="Where they supply")
    token: str = param(unit="token", description="What they supply")
    supplied: float = param(unit="token", ge=0, description="Supplied by all together; 0 for nothing, where nobody lends")


class Depositor(EcosystemAgent):
    """Supplies once and stays."""

    def decide(self, view: View) -> Sequence[Transaction]:
        """Nothing."""
        return ()


class Depositors(Population, kind="depositor"):
    """Equal depositors, through the market's own verb; across a hub as positions that stand."""

    role: ClassVar[str] = "lenders"
    Params = DepositorParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Supply and enrol.

        Raises:
            ValueError: the market refuses the supply, with its reason.
        """
        world, params = model.world, self.params
        accounts = world.accounts.open_many(name, params.count)
        share = params.supplied / params.count
        hub = world.targets[params.market]
        if isinstance(hub, Hub):
            # A supply over the hub counts when its message has arrived; these were there before.
            open_deposits(world, params, accounts, np.full(params.count, share))
            self.endow(world, params.chain, accounts, {})
            for index, account in enumerate(accounts):
                model.enrol(Depositor(model, account, index, params, world.draws[name]))
            return
        self.endow(world, params.chain, accounts, {params.token: share})
        for index, account in enumerate(accounts if share > 0.0 else ()):
            supply = Supply(target=params.market, token=params.token, amount=share)
            receipt = world.chains[params.chain].execute(account, Transaction((supply,)), world.clock.now)
            if not receipt.ok:
                raise ValueError(f"{params.market} refuses {name}: {receipt.reason}")
            model.enrol(Depositor(model, account, index, params, world.draws[name]))
