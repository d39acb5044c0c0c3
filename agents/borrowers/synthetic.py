"""A synthetic population of accounts with staked collateral, fitted to published quartiles of the health factor."""

from __future__ import annotations

import numpy as np

from model.core.draws import Floats, Stream
from model.core.params import Params, param


class SyntheticParams(Params):
    """Accounts drawn when no file is given.

    Source: reference calibration.md, health factors of stETH accounts in June 2023: quartiles 1.44 / 1.99 / 3.04; position sizes lognormal
    with a heavy tail (log-sd 2-2.5), fitted to the same accounts.
    """

    count: int = param(1_309, unit="accounts", gt=0, description="Number of accounts")
    median: float = param(12.0, unit="claim token", gt=0, description="Median claim held")
    log_sd: float = param(2.6, unit="1", gt=0, description="Standard deviation of the logarithm of the claim held")
    other: float = param(0.2, unit="fraction", ge=0, lt=1, description="Other collateral as a share of all collateral")
    loops: float = param(0.25, unit="fraction", ge=0, le=1, description="Share of accounts that owe the backing token")
    loop_size: float = param(3.5, unit="1", gt=0, description="Factor on the size of loops")
    threshold: float = param(0.81, unit="fraction", gt=0, lt=1, description="Liquidation threshold at which the quartiles were stated")
    loop_health: tuple[float, float, float, float] = param(
        (1.02, 1.22, 1.35, 1.69), unit="1", description="Least health factor and quartiles of loops"
    )
    other_health: tuple[float, float, float, float] = param(
        (1.05, 1.66, 2.23, 3.50), unit="1", description="Least health factor and quartiles of the others"
    )


def from_quartiles(uniforms: Floats, quartiles: tuple[float, float, float, float]) -> Floats:
    """Values with a given minimum and quartiles, shape as ``uniforms``: linear in the logarithm between them, Pareto beyond the third."""
    least, first, second, third = quartiles
    inner = np.exp(np.interp(uniforms, [0.0, 0.25, 0.5, 0.75], np.log([least, first, second, third])))
    tail = third * ((1.0 - 0.75) / np.maximum(1.0 - uniforms, 1e-6)) ** 0.8
    return np.where(uniforms <= 0.75, inner, tail)


def synthetic_accounts(params: SyntheticParams, draws: Stream, rate: float = 1.0) -> dict[str, Floats]:
    """Columns as a file would give them: claim (claim tokens), collateral, debt, debt_in_backing (backing tokens), shape (count,); a claim
    is worth ``rate`` backing tokens.
    """
    count = params.count
    loop = draws.uniforms(count, number=10) < params.loops
    size = params.median * np.exp(params.log_sd * draws.normals(count, number=11)) * np.where(loop, params.loop_size, 1.0)
    uniforms = draws.uniforms(count, number=30)
    health = np.where(loop, from_quartiles(uniforms, params.loop_health), from_quartiles(uniforms, params.other_health))
    collateral = size * rate / (1.0 - params.other)
    debt = collateral * params.threshold / health
    return {"claim": size, "collateral": collateral, "debt": debt, "debt_in_backing": np.where(loop, debt, 0.0)}
