"""Lenders bear the loss pro rata."""

import pytest

from model.losses import Socialisation

rule = Socialisation(Socialisation.Params())


def test_lenders_bear_up_to_their_claims():
    assert rule.split(30.0, {"lenders": 100.0, "reserves": 50.0}) == {"lenders": 30.0}
    assert rule.split(130.0, {"lenders": 100.0}) == {"lenders": 100.0, "deficit": 30.0}


def test_write_down_takes_the_loss_from_the_claims():
    claims = [60.0, 40.0]
    factor = rule.write_down(30.0, sum(claims))
    assert sum(claims) - sum(claim * factor for claim in claims) == pytest.approx(30.0)
    assert rule.write_down(130.0, 100.0) == 0.0
    assert rule.write_down(5.0, 0.0) == 1.0
