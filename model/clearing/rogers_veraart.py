"""Clearing with costs of default: greatest and least clearing vectors.

A node that cannot meet its obligations pays the share ``asset_recovery`` of its outside assets and ``claim_recovery`` of what others
pay it. With such costs the map is not continuous, and clearing vectors need not be unique: the greatest is the best outcome for all, the
least the worst, and between them lies what confidence decides.

Source: Rogers and Veraart 2013, "Failure and rescue in an interbank network", Management Science 59(4): the clearing map with
recoveries alpha (assets) and beta (claims), and the greatest clearing vector algorithm (GA).
Assumes: equal rank of all creditors, limited liability.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.clearing.obligations import Floats, Obligations, read_obligations

_MARGIN = 1e-12
Flags = NDArray[np.bool_]


def greatest_clearing(
    matrix: ArrayLike, assets: ArrayLike, asset_recovery: float = 1.0, claim_recovery: float = 1.0, outside: ArrayLike | None = None
) -> Floats:
    """Greatest clearing vector, shape (n,): payments of each node when defaults happen only where they must.

    Starts from full payment and solves the linear system of the defaulted set until no further node defaults: at most n rounds.

    Raises:
        ValueError: see :func:`model.clearing.obligations.read_obligations`; recoveries outside 0 to 1.
    """
    network = _read(matrix, assets, asset_recovery, claim_recovery, outside)
    paid = network.owed.copy()
    failed = np.zeros(paid.shape, dtype=bool)
    while True:
        now = failed | ~solvent(network, paid)
        if (now == failed).all():
            return paid
        failed = now
        paid[~failed] = network.owed[~failed]
        paid[failed] = _solve(network, failed, paid, asset_recovery * network.assets, claim_recovery)


def least_clearing(
    matrix: ArrayLike, assets: ArrayLike, asset_recovery: float = 1.0, claim_recovery: float = 1.0, outside: ArrayLike | None = None
) -> Floats:
    """Least clearing vector, shape (n,): payments of each node when each pays only what it has received from those that surely pay.

    Starts from default of all; each round finds the least payments given who surely pays in full, and adds the nodes which those make
    solvent: at most n rounds.

    Raises:
        ValueError: as :func:`greatest_clearing`.
    """
    network = _read(matrix, assets, asset_recovery, claim_recovery, outside)
    sure = np.zeros(network.owed.shape, dtype=bool)
    while True:
        paid = _least_given(network, sure, asset_recovery, claim_recovery)
        now = sure | solvent(network, paid)
        if (now == sure).all():
            return paid
        sure = now


def solvent(network: Obligations, paid: Floats) -> Flags:
    """Nodes whose assets and receipts cover what they owe, with a rounding margin, shape (n,)."""
    covered: Flags = network.assets + network.inflow(paid) >= network.owed * (1.0 - _MARGIN)
    return covered


def _solve(network: Obligations, unknown: Flags, paid: Floats, source: Floats, claim_recovery: float) -> Floats:
    """Payments of the ``unknown`` nodes (``source`` plus recoveries on what they receive) when the others pay ``paid``."""
    among = network.shares[np.ix_(unknown, unknown)]
    received = network.shares[np.ix_(~unknown, unknown)].T @ paid[~unknown]
    solution = np.linalg.solve(np.eye(int(unknown.sum())) - claim_recovery * among.T, source[unknown] + claim_recovery * received)
    return np.asarray(np.clip(solution, 0.0, network.owed[unknown]), dtype=np.float64)


def _least_given(network: Obligations, sure: Flags, asset_recovery: float, claim_recovery: float) -> Floats:
    """Least payments when the ``sure`` nodes pay in full and every other pays recoveries, capped at what it owes.

    Money enters at sure nodes and outside assets; a node that none of it can reach pays nothing. Among the rest the capped map has one
    fixed point, found from above by solving for those below their cap.
    """
    source = np.where(sure, 0.0, asset_recovery * network.assets)
    reached = sure | (source > 0.0)
    for _ in range(reached.size if claim_recovery > 0.0 else 1):
        wider = reached | (network.shares[reached].any(axis=0) if claim_recovery > 0.0 else reached)
        if (wider == reached).all():
            break
        reached = wider
    capped = reached.copy()
    paid = np.where(reached, network.owed, 0.0)
    while True:
        possible = source + claim_recovery * network.inflow(paid)
        now = capped & (sure | (possible >= network.owed * (1.0 - _MARGIN)))
        if (now == capped).all():
            return paid
        capped = now
        below = reached & ~capped
        paid[below] = _solve(network, below, paid, source, claim_recovery)


def _read(
    matrix: ArrayLike, assets: ArrayLike, asset_recovery: float, claim_recovery: float, outside: ArrayLike | None = None
) -> Obligations:
    if not (0.0 <= asset_recovery <= 1.0 and 0.0 <= claim_recovery <= 1.0):
        raise ValueError(f"recoveries {asset_recovery}, {claim_recovery}: allowed are fractions from 0 to 1")
    return read_obligations(matrix, assets, outside)
