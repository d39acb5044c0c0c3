"""What shocks that act through the ledger have in common: they execute at once, outside of blocks, paying no gas."""

from __future__ import annotations

from model.core.actions import Action, Receipt, Transaction
from model.world.world import World


def dealt(world: World, chain: str, account: int, *actions: Action) -> Receipt:
    """Execute actions of ``account`` now, all or nothing; a refusal is an event of reverts, as for everybody.

    Assumes: whoever leaves or sells from outside gets in at once, whatever gas costs; a halted chain is closed to them too.
    """
    transaction = Transaction(actions)
    now = world.clock.now
    if world.chains[chain].halted_until > now:
        return Receipt(transaction, "dropped", now, "halted")
    return world.chains[chain].execute(account, transaction, now)
