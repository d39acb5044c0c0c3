import pytest

from model.core.units import YEAR, parse_time
from model.feeds import LinearDiscount
from model.feeds.base import Observation

MATURITY = parse_time("2026-06-25")


def make(**params):
    return LinearDiscount(LinearDiscount.Params.read({"maturity": "2026-06-25", "discount_per_year": 0.08, **params}))


def test_the_discount_runs_to_par_linearly_and_stays_there():
    times = [MATURITY - part * YEAR for part in (1.0, 0.5, 0.25, 0.0, -1.0)]
    assert [make().candidate([], now, None) for now in times] == pytest.approx([0.92, 0.96, 0.98, 1.0, 1.0], rel=1e-15)
    assert make(discount_per_year=2.0).candidate([], MATURITY - YEAR, None) == 0.0


def test_it_multiplies_the_backings_feed():
    feed = make(times="feed:steth_eth")
    assert feed.sources() == ("feed:steth_eth",)
    now = MATURITY - 0.5 * YEAR
    assert feed.candidate([Observation(0.99, 0.0, now)], now, None) == pytest.approx(0.99 * 0.96)
    assert make().sources() == ()
