"""Other borrowers take over, pro rata to collateral."""

import numpy as np
import pytest

from model.losses import Redistribution

rule = Redistribution(Redistribution.Params())


def test_others_bear():
    assert rule.split(30.0, {"others": 100.0}) == {"others": 30.0}
    assert rule.split(30.0, {"others": 0.0}) == {"deficit": 30.0}


def test_shares_follow_collateral():
    parts = rule.shares(30.0, np.array([1.0, 0.0, 2.0]))
    assert parts == pytest.approx([10.0, 0.0, 20.0])
    assert rule.shares(30.0, np.zeros(2)).tolist() == [0.0, 0.0]
