"""The validators' exit queue: one rate-limited line for all stakers of a chain, and what a discount on a queued claim yields.

Source: Ethereum consensus specifications. Electra (EIP-7251): exits leave at a balance churn of at most 256 ETH per epoch, each
taking its place behind the one before (``compute_exit_epoch_and_update_churn``); before, ``max(4, active validators // 65,536)``
validators of 32 ETH per epoch. A validator that has left is withdrawable after 256 epochs, and paid when the sweep reaches it.
Assumes: the queue is continuous (no epoch grid) and first come first served.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from model.core.moment import OptionalMoment
from model.core.params import Params, param
from model.core.units import DAY

EPOCH: Final = 384.0
"""Seconds of an epoch: 32 slots of 12 s."""

EPOCHS_PER_DAY: Final = DAY / EPOCH
_DEPOSIT: Final = 32.0


LossRule = Literal["request", "escrow", "finalised"]
"""Until when what is leaving bears losses: it never does, until its escrow has ended, until it is finalised (ready to be paid)."""

QUEUE_TERMS: Final = ("churn_rule", "churn_per_day", "validators", "others_queued", "others_per_day")
"""Parameters that are facts of the chain's queue: every claim on the same native stake has the same."""


class ExitQueueParams(Params):
    """The way out through the validators' queue, shared with stakers outside the model. The line itself (churn, others) is one for each
    native token of a chain: claims on the same stake state it once, or alike.
    """

    redemption_opens: OptionalMoment = param(
        None, unit="date", description="Before this moment nothing can be redeemed; none: always open", source="Ethereum: 12 April 2023"
    )
    churn_rule: Literal["balance", "validators"] = param(
        "balance", unit="rule", description="balance: churn_per_day holds; validators: the formula before Pectra", source="EIP-7251"
    )
    churn_per_day: float = param(
        57_600.0, unit="ETH/day", gt=0, description="Stake that can leave in a day", source="EIP-7251: 256 ETH per epoch, from 7 May 2025"
    )
    validators: float = param(
        1_000_000.0, unit="1", ge=0, description="Active validators, for the churn of the old rule", source="Ethereum, 2024, rounded"
    )
    others_queued: float = param(0.0, unit="ETH", ge=0, description="Stake of others ahead in the queue at the start")
    others_per_day: float = param(0.0, unit="ETH/day", ge=0, description="Stake of others that joins the queue in a day")
    withdrawable_delay: float = param(
        256 * EPOCH,
        unit="seconds",
        ge=0,
        description="From leaving to being withdrawable, 27.3 h",
        source="MIN_VALIDATOR_WITHDRAWABILITY_DELAY",
    )
    sweep_delay: float = param(
        4.34 * DAY,
        unit="seconds",
        ge=0,
        description="From being withdrawable to being paid",
        source="half of a sweep over 1,000,000 validators, 16 per slot",
    )

    @property
    def churn(self) -> float:
        """Stake that can leave in a day (ETH), by the rule in force."""
        return self.churn_per_day if self.churn_rule == "balance" else validator_churn(self.validators)

    @property
    def after_exit(self) -> float:
        """Seconds from having left the queue until being paid."""
        return self.withdrawable_delay + self.sweep_delay

    def terms(self) -> dict[str, Any]:
        """The facts of the chain's queue that these parameters state, by name."""
        return {name: getattr(self, name) for name in QUEUE_TERMS}

    def is_open(self, now: float) -> bool:
        """Whether anything can be redeemed at ``now``."""
        return self.redemption_opens is None or now >= self.redemption_opens


def validator_churn(validators: float) -> float:
    """Stake that could leave in a day before Pectra: ``max(4, validators // 65,536)`` validators of 32 ETH per epoch of 6.4 minutes."""
    return max(4.0, validators // 65_536) * _DEPOSIT * EPOCHS_PER_DAY


def queue_wait(queued: float, churn_per_day: float) -> float:
    """Seconds until ``queued`` ETH have left at ``churn_per_day``."""
    return queued / churn_per_day * DAY


def queue_after(queued: float, seconds: float, churn_per_day: float, arrivals_per_day: float = 0.0) -> float:
    """ETH left of a queue after ``seconds``, with ``arrivals_per_day`` joining behind. Never below 0."""
    return max(0.0, queued + (arrivals_per_day - churn_per_day) * seconds / DAY)


def exit_wait(params: ExitQueueParams, queued: float | None, amount: float) -> float:
    """Seconds from joining the line with ``amount`` behind ``queued`` ETH until being paid; 0 where there is no line (None), because
    what stands behind the claim is itself a claim, whose holder leaves through that one's queue.
    """
    return 0.0 if queued is None else queue_wait(queued + amount, params.churn) + params.after_exit


def redemption_yield(discount: float, wait_days: float) -> float:
    """Simple yearly yield of buying a claim at ``discount`` to its backing (fraction) and redeeming it after ``wait_days``:
    d / (1 - d) * 365 / q. Source: exact results, item 5 (.6 % at 9 days is 24.5 % a year).
    """
    return discount / (1.0 - discount) * 365.0 / wait_days


def break_even_discount(yield_per_year: float, wait_days: float) -> float:
    """Discount at which redemption after ``wait_days`` yields ``yield_per_year``: the inverse of :func:`redemption_yield`."""
    gain = yield_per_year * wait_days / 365.0
    return gain / (1.0 + gain)
