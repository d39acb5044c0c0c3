"""Fat-tailed returns: quantiles against closed forms and tables, variance, kurtosis, ranks."""

import math

import numpy as np
import pytest

from model.core.draws import Draws
from model.core.errors import BadInput
from model.core.units import HOUR, YEAR
from model.prices import StudentT
from model.prices.student_t import t_from_normal


def upper(z):
    return 0.5 * math.erfc(z / math.sqrt(2.0))


@pytest.mark.parametrize("z", [0.0, 0.1, 1.0, 3.0, 6.0, 8.2])
def test_quantiles_of_two_degrees_of_freedom(z):
    """F(t) = 1/2 + t / (2 sqrt(2 + t^2)): t = (2p - 1) sqrt(2 / (4 p (1 - p)))."""
    tail = upper(z)
    exact = (1.0 - 2.0 * tail) * math.sqrt(2.0 / (4.0 * tail * (1.0 - tail)))
    assert t_from_normal(np.array([z, -z]), 2.0) == pytest.approx([exact, -exact], rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("z", [0.1, 1.0, 3.0, 6.0, 8.2])
def test_quantiles_of_four_degrees_of_freedom(z):
    """Shaw 2006: t = 2 sqrt(cos(acos(sqrt a)/3)/sqrt a - 1), a = 4 p (1 - p)."""
    tail = upper(z)
    root = math.sqrt(4.0 * tail * (1.0 - tail))
    exact = 2.0 * math.sqrt(math.cos(math.acos(root) / 3.0) / root - 1.0)
    assert t_from_normal(np.array([z]), 4.0)[0] == pytest.approx(exact, rel=1e-5)


@pytest.mark.parametrize(("freedom", "exact"), [(3, 5.840909), (5, 4.032143), (10, 3.169273), (30, 2.749996), (100, 2.625891)])
def test_quantiles_of_the_published_table(freedom, exact):
    """Two-sided 1 % points; the normal's is 2.575829."""
    assert t_from_normal(np.array([2.5758293035489004]), float(freedom))[0] == pytest.approx(exact, rel=5e-6)


def test_returns_have_the_volatility_and_fat_tails():
    size = 100_000
    process = StudentT(StudentT.Params(start=2000.0, volatility=0.6, freedom=6.0))
    stream = Draws(2)["prices.eth"]
    normals = stream.normals(size)
    returns = np.diff(np.log(process.path(np.arange(size + 1) * HOUR, normals, stream)))
    assert returns.std() * math.sqrt(YEAR / HOUR) == pytest.approx(0.6, rel=0.02)
    kurtosis = ((returns - returns.mean()) ** 4).mean() / returns.var() ** 2
    assert 4.5 < kurtosis < 8.0
    order = np.argsort(normals)
    assert (np.diff(returns[order]) >= 0).all()


@pytest.mark.parametrize("freedom", [2, 1.5, 101, float("nan")])
def test_impossible_freedom_is_refused(freedom):
    with pytest.raises(BadInput, match=r"prices\.eth\.freedom"):
        StudentT.Params.read({"start": 1.0, "freedom": freedom}, "prices.eth")
