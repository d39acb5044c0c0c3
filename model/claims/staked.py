"""Staked: a token on stake with a chain's validators (stETH; rETH and the like with a fixed balance)."""

from __future__ import annotations

from model.claims.base import Claim
from model.claims.exit_queue import ExitQueueParams, exit_wait, queue_after
from model.core.params import param
from model.core.units import DAY, YEAR


class StakedParams(ExitQueueParams):
    """A liquid staking token."""

    backing: str = param("eth", unit="token", description="Token at stake")
    yield_per_year: float = param(
        0.029, unit="1/year", ge=-1, le=1, description="Validator yield after fees, simple", source="LST yield 2.7-3 % a year"
    )
    rebase_period: float = param(DAY, unit="seconds", gt=0, description="Time between payments of rewards", source="Lido: once a day")
    rebases: bool = param(True, unit="rule", description="Rewards raise balances (stETH) rather than the rate of a fixed balance (rETH)")


class Staked(Claim, kind="staked"):
    """A share of a pool of stake. Rewards are paid at each rebase; slashing is an impairment that all holders bear alike.

    Source: Lido stETH (shares times pooled ether / total shares), Rocket Pool rETH (rate accruing); exit queue of ``exit_queue``.
    Assumes: the yield does not depend on how much is staked; stake in the queue earns nothing; at genesis one token is one unit of backing.
    """

    Params = StakedParams
    params: StakedParams

    @property
    def rebasing(self) -> bool:
        """Whether rewards raise balances."""
        return self.params.rebases

    @property
    def others_queued(self) -> float:
        """Stake of others ahead in the queue at the start (ETH)."""
        return self.params.others_queued

    def period(self) -> float:
        """Seconds between rebases."""
        return self.params.rebase_period

    def reward(self, backing: float, seconds: float) -> float:
        """Validator rewards of ``seconds`` on ``backing``, simple."""
        return backing * self.params.yield_per_year * seconds / YEAR

    def wait(self, queued: float, amount: float, now: float, liquid: float | None = None) -> float | None:
        """Queue ahead, own exit, withdrawability and sweep; None before redemption opens."""
        return exit_wait(self.params, queued, amount, now)

    def drained(self, queued: float, seconds: float) -> float:
        """What is left of the shared queue after ``seconds``."""
        return queue_after(queued, seconds, self.params.churn, self.params.others_per_day)
