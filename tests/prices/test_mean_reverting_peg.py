"""A price that is drawn back to its peg."""

import math

import numpy as np
import pytest

from model.core.draws import Draws
from model.core.errors import BadInput
from model.core.units import DAY, YEAR
from model.prices import MeanRevertingPeg

STREAM = Draws(4)["prices.steth"]


def test_half_of_a_deviation_is_gone_after_a_half_life():
    process = MeanRevertingPeg(MeanRevertingPeg.Params(peg=2.0, start=1.8, half_life=10 * DAY, volatility=0.0))
    path = process.path(np.array([0.0, 3.0, 10.0, 20.0]) * DAY, np.zeros(3), STREAM)
    assert path[0] == 1.8
    assert np.log(path[[2, 3]] / 2.0) == pytest.approx(np.array([0.5, 0.25]) * math.log(0.9), rel=1e-12)


def test_stationary_deviation_whatever_the_step():
    params = MeanRevertingPeg.Params(half_life=5 * DAY, volatility=0.1)
    speed = math.log(2) * YEAR / (5 * DAY)
    for step in (0.5, 20.0):
        path = MeanRevertingPeg(params).path(np.arange(30_001) * step * DAY, STREAM.normals(30_000), STREAM)
        assert np.log(path).std() == pytest.approx(0.1 / math.sqrt(2 * speed), rel=0.05)


def test_starts_at_the_peg_by_default():
    assert MeanRevertingPeg(MeanRevertingPeg.Params(peg=3.0)).path(np.array([0.0]), np.zeros(0), STREAM).tolist() == [3.0]


def test_faults_come_together():
    with pytest.raises(BadInput) as caught:
        MeanRevertingPeg.Params.read({"peg": 0, "half_life": 0, "volatility": -0.1, "start": -1}, "p")
    assert [fault.place for fault in caught.value.faults] == ["p.half_life", "p.peg", "p.start", "p.volatility"]
