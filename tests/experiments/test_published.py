from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from experiments.compare import against_published
from experiments.load import read
from experiments.published import PublishedParams, published_figure
from experiments.run import run
from model.core.errors import BadInput
from tests.experiments.small import small

SERIES = pd.DataFrame({"time": np.arange(6) * 1800.0, "x": [4.0, 5.0, 3.0, math.nan, 9.0, 1.0]})
FIGURES = {
    "final": ({}, 1.0),
    "lowest": ({"hours": 1.0}, 3.0),
    "highest": ({"since": "1970-01-01T00:30"}, 9.0),
    "mean": ({"hours": 1.0}, 4.0),
    "change": ({"scale": 1e-3}, -3e-3),
    "rise": ({}, 5.0),
    "fall": ({"since": "1970-01-01T00:30", "hours": 1.0}, 2.0),
    "hours_until": ({"level": 9.0, "since": "1970-01-01T00:30"}, 1.5),
    "hours_until_below": ({"level": 2.0}, 2.5),
}


def entry(**given):
    return PublishedParams.read({"outcome": "x", "low": 0.0, **given})


@pytest.mark.parametrize("statistic", FIGURES)
def test_a_figure_of_a_window(statistic):
    given, expected = FIGURES[statistic]
    assert published_figure(entry(statistic=statistic, **given), SERIES) == pytest.approx(expected)


def test_a_level_that_is_not_reached_and_a_window_without_values_have_no_figure():
    assert math.isnan(published_figure(entry(statistic="hours_until", level=10.0), SERIES))
    assert math.isnan(published_figure(entry(since="1970-01-02"), SERIES))


@pytest.mark.parametrize("given", [{"level": 1.0}, {"statistic": "hours_until"}, {"high": -1.0}, {"since": "soon"}, {"status": "guessed"}])
def test_an_entry_that_says_two_things_is_bad_input(given):
    with pytest.raises(BadInput):
        entry(**given)


def test_a_run_states_them_and_an_unknown_outcome_is_bad_input():
    raw = small()
    raw["run"]["days"] = 0.1
    raw["published"] = {"low_of_ratio": {"outcome": "price.curve.steth/eth", "statistic": "lowest", "low": 0.9, "high": 1.0}}
    done = run(read(raw).scenario, 3)
    assert done.summary["low_of_ratio"].value == done.series["price.curve.steth/eth"].min()
    assert done.summary["low_of_ratio"].unit == "eth per steth"
    raw["published"]["low_of_ratio"]["outcome"] = "price.nowhere"
    with pytest.raises(BadInput, match=r"published.low_of_ratio.outcome: 'price.nowhere'"):
        run(read(raw).scenario, 3)


def test_runs_inside_the_range_are_counted_and_levels_not_reached_come_last():
    frame = pd.DataFrame({"variant": "W", "seed": [1, 2, 3], "a": [1.0, 2.0, 3.0], "b": [1.0, math.nan, math.nan]})
    rows = against_published(frame, {"a": entry(low=2.0, high=3.0), "b": entry(statistic="hours_until", level=1.0, low=1.0)})
    first, second = rows.to_dict("records")
    assert (first["median"], first["inside"], first["runs"]) == (2.0, 2, 3)
    assert (second["median"], second["inside"]) == (math.inf, 1)
