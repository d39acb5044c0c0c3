"""Columns of positions say what positions say one by one, in the markets of every scenario that ships."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.inputs import Inputs
from experiments.load import load, scenario_names
from experiments.run import open_ecosystem, release
from model.markets.base import Market


@pytest.mark.parametrize("name", scenario_names())
def test_columns_and_single_positions_agree(name):
    model = open_ecosystem(load(name).scenario, 3, Inputs())
    try:
        for _ in range(3):
            model.step()
        for market in model.markets:
            told, found = Market.position_columns(market), market.position_columns()
            for one, other in zip(told, found, strict=True):
                assert set(one) <= set(other)
                for token, amounts in other.items():
                    np.testing.assert_allclose(amounts, one.get(token, np.zeros(len(amounts))), rtol=1e-9, atol=1e-9)
    finally:
        release(model)
