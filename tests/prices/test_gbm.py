"""Geometric Brownian motion: closed form, moments, refusals."""

import math

import numpy as np
import pytest

from model.core.draws import Draws
from model.core.errors import BadInput
from model.core.units import YEAR
from model.prices import GeometricBrownianMotion as Gbm

STREAM = Draws(5)["prices.eth"]


def test_closed_form_with_uneven_steps():
    grid = np.array([0.0, 0.25, 1.0]) * YEAR
    path = Gbm(Gbm.Params(start=100.0, drift=0.1, volatility=0.4)).path(grid, np.array([1.0, -0.5]), STREAM)
    first = 100.0 * math.exp((0.1 - 0.08) * 0.25 + 0.4 * 0.5)
    assert path == pytest.approx([100.0, first, first * math.exp((0.1 - 0.08) * 0.75 - 0.5 * 0.4 * math.sqrt(0.75))], rel=1e-12)


def test_without_volatility_it_grows_at_its_drift():
    path = Gbm(Gbm.Params(start=100.0, drift=0.1, volatility=0.0)).path(np.array([0.0, YEAR]), np.array([9.0]), STREAM)
    assert path[-1] == pytest.approx(100.0 * math.exp(0.1), rel=1e-12)


def test_moments_of_returns():
    normals = STREAM.normals(40_000)
    grid = np.arange(40_001) * (YEAR / 365)
    returns = np.diff(np.log(Gbm(Gbm.Params(start=1.0, volatility=0.57)).path(grid, normals, STREAM)))
    assert returns.std() * math.sqrt(365) == pytest.approx(0.57, rel=0.02)
    assert np.exp(returns).mean() == pytest.approx(1.0, abs=6e-4)


def test_faults_come_together_with_their_places():
    with pytest.raises(BadInput) as caught:
        Gbm.Params.read({"start": float("nan"), "volatility": -0.1, "vol": 1}, "prices.eth")
    assert [fault.place for fault in caught.value.faults] == ["prices.eth.start", "prices.eth.vol", "prices.eth.volatility"]
