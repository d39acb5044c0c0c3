import pytest

from model.claims import FixedMaturity
from model.claims.base import Cover
from model.claims.fixed_maturity import FixedMaturityParams
from model.core.errors import Refused
from model.core.units import YEAR, parse_time

MATURITY = parse_time("2026-06-25")


def claim() -> FixedMaturity:
    return FixedMaturity(FixedMaturityParams(maturity="2026-06-25", discount_per_year=0.08))


def test_discount_runs_to_par_linearly() -> None:
    values = [claim().value(MATURITY - part * YEAR) for part in (1.0, 0.5, 0.25, 0.0, -1.0)]
    assert values == pytest.approx([0.92, 0.96, 0.98, 1.0, 1.0])


def test_minter_and_yield_side_together_bring_par() -> None:
    now = MATURITY - 0.5 * YEAR
    issue = claim().mint(Cover((50.0,), 50.0, now), (96.0,))
    assert issue.minted == pytest.approx(100.0)
    assert issue.taken[0] + issue.added[0] == pytest.approx(100.0)


def test_redeems_at_par_after_maturity_only() -> None:
    assert claim().wait(0.0, 1.0, MATURITY - 1.0) is None
    with pytest.raises(Refused, match="not_matured"):
        claim().redeem(Cover((100.0,), 100.0, MATURITY - 1.0), 10.0)
    assert claim().wait(0.0, 1.0, MATURITY) == 0.0
    assert claim().redeem(Cover((104.0,), 100.0, MATURITY), 10.0) == (10.0,)
    assert not claim().mintable(MATURITY)


def test_rewards_beyond_par_are_the_yield_sides_and_losses_the_holders() -> None:
    whole, slashed = Cover((104.0,), 100.0, MATURITY), Cover((90.0,), 100.0, MATURITY)
    assert claim().surplus(whole) == pytest.approx(4.0)
    assert claim().rate(whole) == (1.0,)
    assert claim().redeem(slashed, 10.0) == (pytest.approx(9.0),)
    assert claim().surplus(slashed) == 0.0


def test_a_holder_earns_the_discount_until_maturity_whatever_the_backing_yields() -> None:
    assert claim().yield_per_year(MATURITY - 0.5 * YEAR, 0.03) == pytest.approx(0.08 / 0.96)
    assert claim().yield_per_year(MATURITY, 0.03) == 0.0
