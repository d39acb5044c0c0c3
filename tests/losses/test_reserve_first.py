"""Own funds first, then the next rule."""

import pytest

from model.core.errors import BadInput
from model.losses import ReserveFirst


def rule(**params):
    return ReserveFirst(ReserveFirst.Params.read(params))


def test_funds_in_their_order_then_the_next_rule():
    able = {"reserves": 10.0, "treasury": 5.0, "lenders": 100.0}
    assert rule().split(12.0, able) == {"reserves": 10.0, "treasury": 2.0}
    assert rule(then={"kind": "socialisation"}).split(50.0, able) == {"reserves": 10.0, "treasury": 5.0, "lenders": 35.0}
    assert rule(sources=("treasury",)).split(12.0, able) == {"treasury": 5.0, "deficit": 7.0}


def test_share_of_each_fund():
    assert rule(share=0.5).split(12.0, {"reserves": 10.0}) == {"reserves": 5.0, "deficit": 7.0}


def test_next_rule_sees_what_is_left():
    nested = rule(sources=("reserves",), share=0.5, then={"kind": "reserve_first", "sources": ("reserves",)})
    assert nested.split(12.0, {"reserves": 10.0}) == {"reserves": pytest.approx(10.0), "deficit": pytest.approx(2.0)}


def test_unknown_next_rule_is_refused():
    with pytest.raises(BadInput, match="then"):
        ReserveFirst.Params.read({"then": {"kind": "prayer"}})
    with pytest.raises(BadInput, match=r"then\.max_slash"):
        ReserveFirst.Params.read({"then": {"kind": "backstop", "max_slash": 2.0}})
