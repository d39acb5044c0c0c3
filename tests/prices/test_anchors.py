"""A random path through anchor points."""

import math

import numpy as np
import pytest

from model.core.draws import Draws
from model.core.errors import BadInput
from model.core.units import DAY, HOUR, YEAR
from model.prices import Anchors

START = 1.6e9
TIMES = [START - DAY, START + 1234.5, START + DAY, START + 3 * DAY]
VALUES = [100.0, 194.11, 113.7, 120.3]


def run(seed=1, start=START, end=START + 4 * DAY, **changes):
    process = Anchors(Anchors.Params.read({"times": TIMES, "values": VALUES, **changes}))
    grid = process.grid(start, end)
    stream = Draws(seed)["prices.eth"]
    return grid, process.path(grid, stream.normals(len(grid) - 1), stream)


@pytest.mark.parametrize("volatility", [0.0, 0.5, 5.0])
def test_passes_through_each_anchor_to_the_bit(volatility):
    grid, path = run(volatility=volatility)
    for moment, value in zip(TIMES[1:], VALUES[1:], strict=True):
        assert path[grid == moment].tolist() == [value]
    assert (path[grid > TIMES[-1]] == VALUES[-1]).all()


def test_without_volatility_a_straight_line_in_the_logarithm():
    grid, path = run()
    half = np.interp(START + 2 * DAY, grid, np.log(path))
    assert math.exp(half) == pytest.approx(math.sqrt(113.7 * 120.3), rel=1e-12)


def test_volatility_between_anchors_is_that_of_a_bridge():
    """Variance of the logarithm at time t of a bridge of length T: volatility^2 t (T - t) / T; quadratic variation volatility^2 T."""
    times, values = [START, START + DAY], [1.0, 1.0]
    paths = np.log([run(seed, end=START + DAY, times=times, values=values, volatility=1.0)[1] for seed in range(600)])
    hours = np.arange(25)
    exact = (DAY / YEAR) * hours / 24 * (1 - hours / 24)
    assert paths.mean(axis=0) == pytest.approx(np.zeros(25), abs=4 * math.sqrt(exact.max() / 600))
    assert paths.var(axis=0) == pytest.approx(exact, rel=0.25, abs=1e-12)
    variation = (np.diff(paths, axis=1) ** 2).sum(axis=1).mean()
    assert variation == pytest.approx(DAY / YEAR * 23 / 24, rel=0.05)


def test_a_coarse_grid_that_misses_anchors_still_bridges():
    process = Anchors(Anchors.Params(times=TIMES, values=VALUES, volatility=0.5))
    grid = np.arange(START, START + 4 * DAY, 7 * HOUR)
    path = process.path(grid, Draws(1)["x"].normals(len(grid) - 1), Draws(1)["x"])
    assert np.isfinite(path).all()
    assert path[0] == process.path(grid[:1], np.zeros(0), Draws(1)["x"])[0]


def test_faults_come_together():
    with pytest.raises(BadInput) as caught:
        Anchors.Params.read({"times": [2, 1], "values": [1, 0], "volatility": -0.1, "step": 0}, "a")
    assert [fault.place for fault in caught.value.faults] == ["a.step", "a.times", "a.values.1", "a.volatility"]
