"""Restaked: stake that secures several services at once and can be slashed by each (a liquid restaking token)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import NormalDist

from model.claims.base import Claim
from model.claims.exit_queue import ExitQueueParams, LossRule, exit_wait
from model.core.errors import Refused
from model.core.params import Params, param
from model.core.units import DAY, YEAR

_NORMAL = NormalDist()


class ServiceParams(Params):
    """One service secured by the stake."""

    allocation: float = param(0.2, unit="fraction", ge=0, le=1, description="Share of the stake that this service can slash")
    severity: float = param(0.1, unit="fraction", ge=0, le=1, description="Share of its allocation that it takes when it slashes")
    events_per_year: float = param(0.0, unit="1/year", ge=0, description="Expected slashing events a year")


class RestakedParams(ExitQueueParams):
    """A liquid restaking token."""

    backing: str = param("eth", unit="token", description="Token at stake")
    yield_per_year: float = param(0.03, unit="1/year", ge=-1, le=1, description="Yield of validators and services after fees, simple")
    rebase_period: float = param(DAY, unit="seconds", gt=0, description="Time between updates of the rate")
    services: dict[str, ServiceParams] = param({}, unit="services", description="Services by name")
    correlation: float = param(0.3, unit="1", ge=0, lt=1, description="Correlation of the services' slashing events (one common factor)")
    escrow_delay: float = param(
        14 * DAY,
        unit="seconds",
        ge=0,
        description="Escrow before the stake enters the validators' queue",
        source="EigenLayer DelegationManager, MIN_WITHDRAWAL_DELAY_BLOCKS 100,800, 14 d since 2025",
    )
    losses_until: LossRule = param(
        "escrow",
        unit="rule",
        description="Until when what is leaving bears losses; it is paid the lower of the rates at request and at that moment",
        source="EigenLayer: queued withdrawals stay slashable for MIN_WITHDRAWAL_DELAY_BLOCKS; Kelp LRTWithdrawalManager: the lower rate",
    )
    paused: bool = param(False, unit="rule", description="The operator has paused redemptions")


class Restaked(Claim, kind="restaked"):
    """A share of restaked stake with a fixed balance. Redemption is paid at once from the operator's buffer; what exceeds it waits in
    escrow, where it can still be slashed, and only then joins the validators' queue that all stakers share. What is restaked as another
    claim is paid out in that claim after the escrow; who wants the native token goes on through that one's queue. The operator may pause.
    Services may slash at every update of the rate, each as often as its ``events_per_year`` say.

    Source: EigenLayer slashing (ELIP-002: each service slashes within its allocation, so losses add); one-factor Gaussian dependence of
    rare events, Vasicek 2002. Assumes: escrow and queue run one after the other; allocations that add up to more than the
    stake (shared security) are cut off at the whole of it.
    """

    queues = True
    Params = RestakedParams
    params: RestakedParams

    @property
    def stake(self) -> ExitQueueParams:
        """The validators' queue."""
        return self.params

    @property
    def escrow(self) -> float:
        """Seconds in escrow before the stake joins the validators' queue."""
        return self.params.escrow_delay

    @property
    def losses_until(self) -> LossRule:
        """The kind's rule."""
        return self.params.losses_until

    def period(self) -> float:
        """Seconds between updates of the rate."""
        return self.params.rebase_period

    def reward(self, backing: float, seconds: float) -> float:
        """Rewards of ``seconds`` on ``backing``, simple."""
        return backing * self.params.yield_per_year * seconds / YEAR

    def wait(self, queued: float | None, amount: float, now: float, liquid: float | None = None) -> float | None:
        """0 within the buffer ``liquid``; else escrow, then queue, withdrawability and sweep for the rest. None while closed."""
        if self.params.paused or not self.params.is_open(now):
            return None
        rest = amount - (liquid or 0.0)
        return 0.0 if rest <= 0.0 else self.params.escrow_delay + exit_wait(self.params, queued, rest)

    def strikes(self, normal: Callable[[str], float], seconds: float) -> list[str]:
        """Services that slash within ``seconds``, given a standard normal for each name and, for the empty name, the common one."""
        services = self.params.services
        if not any(service.events_per_year > 0.0 for service in services.values()):
            return []
        return self.struck(normal(""), {name: normal(name) for name in services}, seconds)

    def struck(self, common: float, own: Mapping[str, float], seconds: float) -> list[str]:
        """Services that slash within ``seconds``, given standard normals: one ``common`` and each service's ``own``.

        A service slashes where sqrt(rho) * common + sqrt(1 - rho) * own lies below the quantile of its probability
        1 - exp(-events_per_year * seconds / year); a low common draw strikes several at once.
        """
        rho = self.params.correlation
        hit = []
        for name, service in self.params.services.items():
            chance = -math.expm1(-service.events_per_year * seconds / YEAR)
            if chance > 0.0 and math.sqrt(rho) * common + math.sqrt(1.0 - rho) * own[name] < _quantile(chance):
                hit.append(name)
        return hit

    def slashed(self, severities: Mapping[str, float]) -> float:
        """Share of the stake lost when each named service takes ``severities[name]`` of its allocation; at most all.

        Raises:
            Refused: ``invalid_amount`` for an unknown service or a severity outside 0 to 1.
        """
        for name, severity in severities.items():
            if name not in self.params.services or not 0.0 <= severity <= 1.0:
                raise Refused("invalid_amount", f"{name}: {severity}")
        return min(1.0, sum(self.params.services[name].allocation * severity for name, severity in severities.items()))

    def loss(self, struck: Sequence[str]) -> float:
        """Share of the stake lost when the services ``struck`` slash at their own severities."""
        return self.slashed({name: self.params.services[name].severity for name in struck})


def _quantile(chance: float) -> float:
    return math.inf if chance >= 1.0 else _NORMAL.inv_cdf(chance)
