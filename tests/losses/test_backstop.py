"""Slashing up to a share; leaving after a cooldown."""

import pytest

from model.losses import Backstop

rule = Backstop(Backstop.Params(max_slash=0.3, cooldown=100.0, withdrawal_window=20.0))


def test_slashes_up_to_its_share():
    assert rule.split(20.0, {"backstop": 100.0}) == {"backstop": 20.0}
    assert rule.split(50.0, {"backstop": 100.0}) == {"backstop": pytest.approx(30.0), "deficit": pytest.approx(20.0)}


@pytest.mark.parametrize(("now", "may"), [(1_000.0, False), (1_099.9, False), (1_100.0, True), (1_120.0, True), (1_120.1, False)])
def test_withdrawal_waits_for_the_cooldown_and_has_a_window(now, may):
    assert rule.withdrawable(1_000.0, now) is may
