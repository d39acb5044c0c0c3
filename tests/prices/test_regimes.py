"""Two states of volatility."""

import math

import numpy as np
import pytest

from model.core.draws import Draws
from model.core.errors import BadInput
from model.core.units import DAY, HOUR, YEAR
from model.prices import GeometricBrownianMotion, Regimes

STREAM = Draws(11)["prices.eth"]


def test_shares_and_lengths_of_the_states():
    process = Regimes(Regimes.Params(start=1.0, calm_duration=3 * DAY, stressed_duration=DAY))
    grid = np.arange(100_001) * HOUR
    states = process.stressed(grid, STREAM)
    assert not states[0]
    assert states.mean() == pytest.approx(0.25, abs=0.02)
    entries = int((np.diff(states.astype(int)) == 1).sum())
    assert states.sum() / entries == pytest.approx(24.5, rel=0.1)


def test_share_does_not_depend_on_the_grid():
    process = Regimes(Regimes.Params(start=1.0, calm_duration=3 * DAY, stressed_duration=DAY))
    coarse = process.stressed(np.arange(20_001) * DAY, STREAM)
    assert coarse.mean() == pytest.approx(0.25, abs=0.02)


def test_each_state_has_its_volatility():
    process = Regimes(Regimes.Params(start=1.0, calm_volatility=0.3, stressed_volatility=3.0, calm_duration=DAY, stressed_duration=DAY))
    grid = np.arange(30_001) * HOUR
    returns = np.diff(np.log(process.path(grid, STREAM.normals(30_000), STREAM)))
    states = process.stressed(grid, STREAM)
    hours = math.sqrt(YEAR / HOUR)
    assert returns[states].std() * hours == pytest.approx(3.0, rel=0.03)
    assert returns[~states].std() * hours == pytest.approx(0.3, rel=0.03)


def test_equal_volatilities_are_geometric_brownian_motion():
    grid, normals = np.arange(51) * HOUR, STREAM.normals(50)
    both = Regimes(Regimes.Params(start=5.0, calm_volatility=0.4, stressed_volatility=0.4)).path(grid, normals, STREAM)
    plain = GeometricBrownianMotion(GeometricBrownianMotion.Params(start=5.0, volatility=0.4)).path(grid, normals, STREAM)
    assert both == pytest.approx(plain, rel=1e-12)


def test_starts_under_stress_when_told():
    assert Regimes(Regimes.Params(start=1.0, starts_stressed=True)).stressed(np.array([0.0, HOUR]), STREAM)[0]


def test_faults_come_together():
    with pytest.raises(BadInput) as caught:
        Regimes.Params.read({"start": 1, "calm_volatility": -1, "stressed_duration": 0}, "p")
    assert [fault.place for fault in caught.value.faults] == ["p.calm_volatility", "p.stressed_duration"]
