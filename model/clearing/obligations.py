"""A network of obligations: who owes whom, and what each pays of every unit that it pays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Obligations:
    """Checked obligations of n nodes: ``owed`` in all, shape (n,); ``shares[i, j]`` part of a payment of i that j receives, shape (n, n);
    ``assets`` from outside the network, shape (n,). What is owed to creditors outside ranks equally and lowers the shares.
    """

    owed: Floats
    shares: Floats
    assets: Floats

    def inflow(self, paid: Floats) -> Floats:
        """What each node receives from the others when ``paid`` is paid, shape (n,)."""
        received: Floats = self.shares.T @ paid
        return received


def read_obligations(matrix: ArrayLike, assets: ArrayLike, outside: ArrayLike | None = None) -> Obligations:
    """Check ``matrix[i, j]`` (i owes j), ``assets`` and what each owes ``outside`` the network (none by default).

    Raises:
        ValueError: wrong shapes, negative or non-finite numbers, a node that owes itself.
    """
    mutual = np.asarray(matrix, dtype=np.float64)
    cash = np.asarray(assets, dtype=np.float64)
    nodes = cash.shape[0] if cash.ndim == 1 else -1
    outward = np.zeros(max(nodes, 0)) if outside is None else np.asarray(outside, dtype=np.float64)
    if mutual.shape != (nodes, nodes) or outward.shape != (nodes,):
        raise ValueError(f"shapes {mutual.shape}, {cash.shape}, {outward.shape}: allowed are (n, n), (n,), (n,)")
    if any(not np.isfinite(part).all() or (part < 0.0).any() for part in (mutual, cash, outward)):
        raise ValueError("obligations and assets: allowed are finite numbers of 0 or more")
    if np.diagonal(mutual).any():
        raise ValueError("obligations: a node cannot owe itself")
    owed = mutual.sum(axis=1) + outward
    shares = np.divide(mutual, owed[:, None], out=np.zeros_like(mutual), where=owed[:, None] > 0.0)
    return Obligations(owed, shares, cash)
