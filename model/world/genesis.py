"""Where the tokens that are there at the start come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from model.world.world import World


def grant(world: World, chain: str, token: str, holders: NDArray[np.int64], amounts: NDArray[np.float64]) -> None:
    """Genesis: distinct ``holders`` get ``amounts`` of a token. A claim, or a share of a venue or a vault, comes from those who have it or
    is paid for; other tokens are there by themselves (supply source ``genesis``).

    Raises:
        ValueError: there are fewer than that.
    """
    target = world.targets.get(token)
    if target is not None and target.issues:
        target.grant(holders, amounts)
    else:
        world.ledgers[chain].endow(token, holders, amounts)
