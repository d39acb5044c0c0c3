"""Jump diffusion: compensated drift, number and size of jumps."""

import math

import numpy as np
import pytest

from model.core.draws import Draws
from model.core.errors import BadInput
from model.core.units import DAY, YEAR
from model.prices import GeometricBrownianMotion, JumpDiffusion

STREAM = Draws(5)["prices.eth"]


def test_without_jumps_it_is_geometric_brownian_motion():
    grid, normals = np.arange(101) * DAY, STREAM.normals(100)
    jump = JumpDiffusion(JumpDiffusion.Params(start=10.0, volatility=0.4, jumps_per_year=0.0)).path(grid, normals, STREAM)
    plain = GeometricBrownianMotion(GeometricBrownianMotion.Params(start=10.0, volatility=0.4)).path(grid, normals, STREAM)
    assert jump == pytest.approx(plain, rel=1e-12)


def test_number_and_size_of_jumps():
    """With no Brownian part and no spread, each return is a whole number of jumps over the compensation."""
    size, rate, jump = 20_000, 200.0, -0.05
    process = JumpDiffusion(JumpDiffusion.Params(start=1.0, volatility=0.0, jumps_per_year=rate, jump_mean=jump, jump_deviation=0.0))
    returns = np.diff(np.log(process.path(np.arange(size + 1) * DAY, np.zeros(size), STREAM)))
    counts = (returns + rate * math.expm1(jump) * DAY / YEAR) / jump
    assert counts == pytest.approx(np.round(counts), abs=1e-6)
    mean = rate * DAY / YEAR
    assert counts.mean() == pytest.approx(mean, abs=4 * math.sqrt(mean / size))
    assert counts.var() == pytest.approx(mean, rel=0.05)
    assert (np.round(counts) == 0).mean() == pytest.approx(math.exp(-mean), abs=0.015)


def test_jump_sizes_are_drawn_apart_from_the_innovations():
    size = 20_000
    params = JumpDiffusion.Params(start=1.0, volatility=0.0, jumps_per_year=100.0, jump_mean=0.0, jump_deviation=0.2)
    quiet, loud = (
        np.diff(np.log(JumpDiffusion(params).path(np.arange(size + 1) * DAY, normals, STREAM)))
        for normals in (np.zeros(size), STREAM.normals(size))
    )
    assert np.array_equal(quiet, loud)
    assert quiet.var() == pytest.approx(100.0 / 365 * 0.2**2, rel=0.1)


def test_expected_price_grows_at_the_drift_whatever_the_jumps():
    size = 200_000
    process = JumpDiffusion(JumpDiffusion.Params(start=1.0, drift=0.5, volatility=0.3, jumps_per_year=100.0, jump_mean=-0.1))
    ratios = np.exp(np.diff(np.log(process.path(np.arange(size + 1) * DAY, STREAM.normals(size), STREAM))))
    assert ratios.mean() == pytest.approx(math.exp(0.5 / 365), abs=4 * ratios.std() / math.sqrt(size))


def test_far_too_coarse_a_grid_is_refused():
    process = JumpDiffusion(JumpDiffusion.Params(start=1.0, jumps_per_year=5_000.0))
    with pytest.raises(ValueError, match=r"5000 jumps.*finer grid"):
        process.path(np.array([0.0, YEAR]), np.zeros(1), STREAM)
    assert len(process.path(np.array([0.0, YEAR / 11]), np.zeros(1), STREAM)) == 2


def test_faults_come_together():
    with pytest.raises(BadInput) as caught:
        JumpDiffusion.Params.read({"start": 1, "jumps_per_year": -1, "jump_deviation": -0.1, "volatility": -1}, "p")
    assert [fault.place for fault in caught.value.faults] == ["p.jump_deviation", "p.jumps_per_year", "p.volatility"]
