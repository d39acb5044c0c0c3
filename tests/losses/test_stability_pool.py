"""Liquity's pool: offset first, redistribution of the rest."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.losses import StabilityPool

rule = StabilityPool(StabilityPool.Params())


def test_pool_then_other_borrowers():
    assert rule.split(30.0, {"stability_pool": 100.0, "others": 1e9}) == {"stability_pool": 30.0}
    assert rule.split(130.0, {"stability_pool": 100.0, "others": 1e9}) == {"stability_pool": 100.0, "others": 30.0}
    assert rule.split(130.0, {"stability_pool": 100.0}) == {"stability_pool": 100.0, "deficit": 30.0}


def test_collateral_follows_the_debt():
    told = rule.offset(2_000.0, 10.0, 500.0)
    assert (told.debt_to_pool, told.collateral_to_pool) == (500.0, 2.5)
    assert (told.debt_to_others, told.collateral_to_others) == (1_500.0, 7.5)


@given(debt=st.floats(1.0, 1e8), collateral=st.floats(0.0, 1e6), deposits=st.floats(0.0, 1e9))
@settings(max_examples=40, deadline=None)
def test_nothing_is_lost(debt, collateral, deposits):
    told = rule.offset(debt, collateral, deposits)
    assert told.debt_to_pool + told.debt_to_others == pytest.approx(debt, rel=1e-15)
    assert told.collateral_to_pool + told.collateral_to_others == pytest.approx(collateral, rel=1e-15)
    assert told.debt_to_pool <= deposits
    if deposits >= debt:
        assert (told.debt_to_others, told.collateral_to_others) == (0.0, 0.0)


def test_no_debt_is_refused():
    with pytest.raises(ValueError, match="debt"):
        rule.offset(0.0, 1.0, 1.0)
