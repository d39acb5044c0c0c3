"""What a token is worth by what stands behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.world.world import World


def look_through_usd(world: World, token: str) -> float:
    """USD behind one token: its true price, or that of what it stands on (claims, shares of venues or vaults), down to exogenous tokens.

    Raises:
        LookupError: it stands on something without a true price.
    """
    price = world.board.usd(token)
    if price is not None:
        return price
    target = world.targets.get(token)
    behind = target.stands_on() if target is not None else {}
    if not behind:
        raise LookupError(f"{token} has no true price")
    return sum(units * look_through_usd(world, under) for under, units in behind.items())


def backed_value(world: World, token: str) -> float:
    """USD behind one token by its backing alone, whatever its own price says; a token that stands on nothing counts at its true price,
    or as 1 where it has none.
    """
    target = world.targets.get(token)
    behind = target.stands_on() if target is not None else {}
    if not behind:
        price = world.board.usd(token)
        return 1.0 if price is None else price
    return sum(units * backed_value(world, under) for under, units in behind.items())
