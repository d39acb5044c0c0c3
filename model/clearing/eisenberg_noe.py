"""Clearing without costs of default: the case of full recoveries.

Source: Eisenberg and Noe 2001, "Systemic risk in financial systems", Management Science 47(2): clearing payment vector and fictitious
default algorithm; as recoveries of 1 in Rogers and Veraart 2013. Assumes: equal rank of all creditors, limited liability.
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from model.clearing.obligations import Floats, read_obligations
from model.clearing.rogers_veraart import greatest_clearing, least_clearing


def clear(matrix: ArrayLike, assets: ArrayLike, outside: ArrayLike | None = None) -> Floats:
    """Greatest clearing vector, shape (n,): what each node pays in all. It is the only one where every node can reach outside assets.

    ``matrix[i, j]`` is what i owes j, ``assets`` what each has from outside the network, ``outside`` what each owes outside it.

    Raises:
        ValueError: see :func:`model.clearing.obligations.read_obligations`.
    """
    return greatest_clearing(matrix, assets, outside=outside)


def clear_least(matrix: ArrayLike, assets: ArrayLike, outside: ArrayLike | None = None) -> Floats:
    """Least clearing vector, shape (n,); differs only in closed circles of debt that no outside assets reach.

    Raises:
        ValueError: as :func:`clear`.
    """
    return least_clearing(matrix, assets, outside=outside)


def equity(matrix: ArrayLike, assets: ArrayLike, paid: Floats, outside: ArrayLike | None = None) -> Floats:
    """What is left to each node's owners after payments ``paid``, shape (n,).

    Raises:
        ValueError: as :func:`clear`.
    """
    network = read_obligations(matrix, assets, outside)
    left: Floats = network.assets + network.inflow(paid) - paid
    return left
