"""What every loss rule owes: the parts add up, nobody bears more than it can, the rest has a name."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.losses.base import LossRule

NAMES = ("reserves", "stability_pool", "backstop", "lenders", "others", "treasury", "governance")
SETTINGS = {
    "deficit": {},
    "socialisation": {},
    "reserve_first": {"share": 0.7, "then": {"kind": "reserve_first", "then": {"kind": "backstop", "max_slash": 0.5}}},
    "stability_pool": {},
    "redistribution": {},
    "backstop": {"max_slash": 0.3},
    "surplus_and_debt_auction": {"debt_lot": 10.0},
}

bearers = st.dictionaries(st.sampled_from(NAMES), st.one_of(st.floats(0.0, 1e9), st.just(math.inf)))


def test_every_kind_is_tested():
    assert set(SETTINGS) == set(LossRule.kinds)


@pytest.mark.parametrize("kind", SETTINGS)
@given(loss=st.floats(0.0, 1e9), able=bearers)
@settings(max_examples=40, deadline=None)
def test_parts_add_up_to_the_loss_and_respect_capacities(kind, loss, able):
    cls = LossRule.of(kind)
    parts = cls(cls.Params.read(SETTINGS[kind])).split(loss, able)
    assert math.fsum(parts.values()) == pytest.approx(loss, rel=1e-12, abs=1e-12)
    for bearer, part in parts.items():
        assert part > 0.0
        assert bearer == "deficit" or part <= able[bearer] * (1.0 + 1e-12)


@pytest.mark.parametrize("kind", SETTINGS)
@pytest.mark.parametrize("loss", [-1.0, math.nan, math.inf])
def test_impossible_losses_are_refused(kind, loss):
    cls = LossRule.of(kind)
    with pytest.raises(ValueError, match="loss"):
        cls(cls.Params.read(SETTINGS[kind])).split(loss, {})
