"""Correlated normal innovations of several prices, each from its own stream of draws."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from model.core.draws import Floats, Stream

_TOLERANCE = 1e-9


def correlation_matrix(names: Sequence[str], pairs: Mapping[tuple[str, str], float]) -> Floats:
    """Matrix of the correlations given by ``pairs``, 1 on the diagonal, 0 where nothing is said; shape (n, n), in the order of ``names``.

    Raises:
        ValueError: a pair of one name or of an unknown name, or given both ways with two values.
    """
    place = {name: index for index, name in enumerate(names)}
    matrix = np.eye(len(names))
    for (first, second), value in pairs.items():
        if first not in place or second not in place or first == second:
            raise ValueError(f"correlation of {first} and {second}: allowed are pairs of two of {', '.join(sorted(names))}")
        if pairs.get((second, first), value) != value:
            raise ValueError(f"correlation of {first} and {second}: {value} one way, {pairs[second, first]} the other; allowed: one value")
        matrix[place[first], place[second]] = matrix[place[second], place[first]] = value
    return matrix


def cholesky(names: Sequence[str], matrix: Floats) -> Floats:
    """Lower triangular root of a correlation matrix, rows in the order of ``names``. Singular matrices are fine.

    Raises:
        ValueError: not symmetric with ones on the diagonal, or not positive semi-definite; names the first pair at fault and, for
            the latter, the range that the other correlations leave it.
    """
    size = len(names)
    if matrix.shape != (size, size):
        raise ValueError(f"correlation matrix of shape {matrix.shape}: allowed is ({size}, {size}), one row per price")
    root = np.zeros((size, size))
    for i, name in enumerate(names):
        if abs(matrix[i, i] - 1.0) > _TOLERANCE or not np.isfinite(matrix[i]).all():
            raise ValueError(f"correlation of {name} with itself: {matrix[i, i]}; allowed: 1, and finite numbers beside it")
        left = 1.0
        for j in range(i):
            value = float(matrix[i, j])
            pair = f"correlation of {names[j]} and {name}"
            if abs(value - matrix[j, i]) > _TOLERANCE:
                raise ValueError(f"{pair}: {matrix[j, i]} one way, {value} the other; allowed: a symmetric matrix")
            middle = float(root[i, :j] @ root[j, :j])
            spread = math.sqrt(left) * float(root[j, j])
            if abs(value - middle) > spread + _TOLERANCE:
                raise ValueError(
                    f"{pair}: {value}; allowed, given the other correlations (positive semi-definite): "
                    f"{middle - spread:.6g} to {middle + spread:.6g}"
                )
            root[i, j] = (value - middle) / root[j, j] if root[j, j] > math.sqrt(_TOLERANCE) else 0.0
            left = max(left - float(root[i, j]) ** 2, 0.0)
        root[i, i] = math.sqrt(left)
    return root


def correlated_normals(names: Sequence[str], matrix: Floats, streams: Mapping[str, Stream], size: int) -> dict[str, Floats]:
    """Standard normal innovations of ``size`` intervals for each name, correlated as ``matrix`` (rows in the order of ``names``) says.

    Each name draws from its own stream (normals, number 0). Names are taken in alphabetical order: the first keeps its own draws
    as they are, each further one mixes in those before it. So a price's innovations change with another price only if that one comes
    before it and is correlated with it, directly or through others; entry i depends on nothing after i. Correlation is that of the
    same intervals: a price with a grid of its own takes the normals of its own stream.

    Raises:
        ValueError: see :func:`cholesky`.
    """
    order = sorted(range(len(names)), key=lambda index: names[index])
    ordered = [names[index] for index in order]
    root = cholesky(ordered, np.asarray(matrix, dtype=np.float64)[np.ix_(order, order)] if np.ndim(matrix) == 2 else np.asarray(matrix))
    own = [streams[name].normals(size) for name in ordered]
    mixed: dict[str, Floats] = {}
    for i, name in enumerate(ordered):
        total = root[i, i] * own[i]
        for j in range(i):
            if root[i, j] != 0.0:
                total = total + root[i, j] * own[j]
        mixed[name] = total
    return {name: mixed[name] for name in names}
