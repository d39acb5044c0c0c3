"""What holds for every kind of price process: nested in time, positive, same draws same bytes, own draws apart from the innovations."""

import numpy as np
import pytest

import model.prices
from model.core.draws import Draws
from model.core.units import DAY, HOUR
from model.prices.base import PriceProcess

START = 1.6e9
PARAMETERS = {
    "constant": {"value": 2.0},
    "gbm": {"start": 2000.0},
    "jump_diffusion": {"start": 2000.0, "jumps_per_year": 400.0},
    "student_t": {"start": 2000.0},
    "regimes": {"start": 2000.0, "calm_duration": DAY, "stressed_duration": 6 * HOUR},
    "mean_reverting_peg": {"start": 0.97},
    "table": {"times": [0, DAY, 3 * DAY], "values": [3.0, 1.0, 2.0], "from_start": True},
    "anchors": {"times": [0, DAY + 100, 30 * DAY], "values": [3.0, 1.0, 2.0], "from_start": True, "volatility": 0.8},
}


def draw(kind, days, seed=7):
    cls = PriceProcess.of(kind)
    process = cls(cls.Params.read(PARAMETERS[kind]))
    end = START + days * DAY
    grid = process.grid(START, end)
    if grid is None:
        grid = np.arange(START, end + 1, HOUR)
    stream = Draws(seed)["prices.eth"]
    return grid, process.path(grid, stream.normals(len(grid) - 1), stream)


def test_every_kind_is_covered():
    assert set(PARAMETERS) == {kind for kind, cls in PriceProcess.kinds.items() if cls.__module__.startswith(model.prices.__name__)}


@pytest.mark.parametrize("kind", PARAMETERS)
def test_nested_in_time_to_the_bit(kind):
    short_grid, short = draw(kind, 2)
    long_grid, long = draw(kind, 11)
    shared = np.isin(short_grid, long_grid)
    assert shared.sum() >= 3
    assert np.array_equal(short[shared], long[np.isin(long_grid, short_grid)])


@pytest.mark.parametrize("kind", PARAMETERS)
def test_positive_of_the_grid_s_length_and_reproducible(kind):
    grid, path = draw(kind, 5)
    assert grid[0] == START
    assert grid[-1] >= START + 5 * DAY
    assert (np.diff(grid) > 0).all()
    assert path.shape == grid.shape
    assert (path > 0).all()
    assert np.array_equal(path, draw(kind, 5)[1])


@pytest.mark.parametrize("kind", ["gbm", "jump_diffusion", "student_t", "regimes", "mean_reverting_peg", "anchors"])
def test_another_seed_gives_another_path_from_the_same_start(kind):
    path, other = draw(kind, 5)[1], draw(kind, 5, seed=8)[1]
    assert path[0] == other[0]
    assert not np.isclose(path[1:], other[1:]).all()


@pytest.mark.parametrize("kind", PARAMETERS)
def test_a_run_of_no_length_has_its_first_price(kind):
    grid, path = draw(kind, 0)
    assert list(grid) == [START]
    assert path.shape == (1,)


@pytest.mark.parametrize(("first", "second"), [("jumps", "innovations"), ("regimes", "innovations")])
def test_further_draws_are_independent_of_the_innovations(first, second):
    stream = Draws(3)["prices.eth"]
    size = 20_000
    innovations = stream.normals(size)
    further = stream.normals(size, number=2) if first == "jumps" else stream.uniforms(size, number=2)
    for transform in (np.asarray, np.abs):
        assert abs(np.corrcoef(transform(innovations), transform(further))[0, 1]) < 0.03
