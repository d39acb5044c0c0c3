"""The loss stays where it is."""

from model.losses import Deficit


def test_all_of_it_is_the_deficit():
    rule = Deficit(Deficit.Params())
    assert rule.split(7.0, {"reserves": 100.0, "lenders": 100.0}) == {"deficit": 7.0}
    assert rule.split(0.0, {}) == {}
