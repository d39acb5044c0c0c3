"""Staked: a token on stake with a chain's validators (stETH; rETH and the like with a fixed balance)."""

from __future__ import annotations

from typing import Literal

from model.claims.base import Claim
from model.claims.exit_queue import ExitQueueParams, LossRule, exit_wait
from model.core.params import param
from model.core.units import DAY, YEAR


class StakedParams(ExitQueueParams):
    """A liquid staking token."""

    backing: str = param("eth", unit="token", description="Token at stake")
    yield_per_year: float = param(
        0.029, unit="1/year", ge=-1, le=1, description="Validator yield after fees, simple", source="LST yield 2.7-3 % a year"
    )
    rebase_period: float = param(DAY, unit="seconds", gt=0, description="Time between payments of rewards", source="Lido: once a day")
    losses_until: Literal["request", "finalised"] = param(
        "finalised",
        unit="rule",
        description="Until when what is leaving bears losses; finalised: it is paid the lower of the rates at request and when it is ready",
        source="Lido WithdrawalQueueBase (0.8.9), _calculateClaimableEther: maxShareRate of finalisation",
    )
    rebases: bool = param(True, unit="rule", description="Rewards raise balances (stETH) rather than the rate of a fixed balance (rETH)")


class Staked(Claim, kind="staked"):
    """A share of a pool of stake. Rewards are paid at each rebase; slashing is an impairment that all holders bear alike, and who is
    leaving with them until he is finalised.

    Source: Lido stETH (shares times pooled ether / total shares), Rocket Pool rETH (rate accruing); exit queue of ``exit_queue``.
    Assumes: the yield does not depend on how much is staked; stake in the queue earns nothing; at genesis one token is one unit of backing;
    on another claim there is no stake of its own to leave, and redemption is at once.
    """

    queues = True
    Params = StakedParams
    params: StakedParams

    @property
    def rebasing(self) -> bool:
        """Whether rewards raise balances."""
        return self.params.rebases

    @property
    def stake(self) -> ExitQueueParams:
        """The validators' queue."""
        return self.params

    @property
    def losses_until(self) -> LossRule:
        """The kind's rule."""
        return self.params.losses_until

    def period(self) -> float:
        """Seconds between rebases."""
        return self.params.rebase_period

    def reward(self, backing: float, seconds: float) -> float:
        """Validator rewards of ``seconds`` on ``backing``, simple."""
        return backing * self.params.yield_per_year * seconds / YEAR

    def wait(self, queued: float | None, amount: float, now: float, liquid: float | None = None) -> float | None:
        """Queue ahead, own exit, withdrawability and sweep; None before redemption opens."""
        return exit_wait(self.params, queued, amount) if self.params.is_open(now) else None
