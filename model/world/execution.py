"""Execution: the actions of one transaction, or of several in a bundle, all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from model.core.actions import PREVIOUS, Action, Receipt, Transaction
from model.core.errors import Refused
from model.world.target import Call

if TYPE_CHECKING:
    from model.world.chain import Chain


@dataclass(frozen=True, slots=True)
class Failure:
    """Where an execution ended: verb and target that refused, gas used by its transaction until then, the refusal."""

    verb: str
    target: str
    gas: float
    refusal: Refused


@dataclass(slots=True)
class _Place:
    """Where an execution stands in its transaction."""

    verb: str = ""
    target: str = ""
    gas: float = 0.0

    def use(self, gas: float, limit: float) -> None:
        """Use gas, all that is left where the limit ends it.

        Raises:
            Refused: ``out_of_gas``.
        """
        self.gas += gas
        if self.gas > limit:
            self.gas = limit
            raise Refused("out_of_gas")


def chained(action: Action, results: list[float]) -> Action:
    """The action with what the one before it settled as its amount, where it asks for that.

    Raises:
        Refused: ``invalid_amount`` where there is no action before it.
    """
    if getattr(action, "amount", None) != PREVIOUS:
        return action
    if not results:
        raise Refused("invalid_amount", "no action before the first")
    return replace(action, amount=results[-1])  # type: ignore[call-arg]


def execute_all(chain: Chain, parts: Sequence[tuple[int, Transaction, float]], now: float) -> tuple[list[Receipt], Failure | None]:
    """Execute (sender, transaction, gas limit) in order, without paying for gas: all of them, or none and the failure."""
    journal, place = chain.world.journal, _Place()
    receipts = []
    journal.begin()
    try:
        for sender, transaction, limit in parts:
            call = Call(chain.world, chain.name, sender, now, transaction.because)
            results = _perform(chain, call, transaction, limit, place)
            receipts.append(Receipt(transaction, "executed", now, "", results, place.gas))
    except Refused as refusal:
        journal.revert()
        return [], Failure(place.verb, place.target, place.gas, refusal)
    except BaseException:
        journal.revert()
        raise
    journal.commit()
    chain.settled += 1
    return receipts, None


def _perform(chain: Chain, call: Call, transaction: Transaction, limit: float, place: _Place) -> tuple[float, ...]:
    """The actions of one transaction, between flash funds and their return where it has any."""
    world, params, flash = chain.world, chain.params, transaction.flash
    results: list[float] = []
    place.gas = 0.0
    place.use(params.transaction_gas, limit)
    if flash is not None:
        place.verb, place.target = "flash", flash.lender
        place.use(params.flash_gas, limit)
        lender = world.target(flash.lender, chain.name)
        fee = lender.flash_lend(call, flash.token, flash.amount)
    for action in transaction.actions:
        place.verb, place.target = action.verb, action.target
        place.use(params.gas[action.verb], limit)
        results.append(world.target(action.target, chain.name).perform(call, chained(action, results)))
    if flash is not None:
        place.verb, place.target = "flash", flash.lender
        lender.flash_collect(call, flash.token, flash.amount + fee)
    return tuple(results)
